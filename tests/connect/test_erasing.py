"""Erasure everywhere (R75): after it no column of any table holds a word of the user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from arvio import clock
from arvio.asking.prompt_models import Prompt
from arvio.asking.signing_in import new_link, save_links
from arvio.audit import rules
from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import BanAppeal, Installation, User
from arvio.catalog.staff import Moderator, moderator
from arvio.connect import erasing
from arvio.connect.erasing import erase_everywhere
from arvio.due.models import Due
from arvio.moderation import appealing, deciding, parties, reporting, threads
from arvio.moderation.models import CorrectionRequest
from arvio.notify.models import Message, Preference
from arvio.people.models import Person
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.reviews.states import HOLDS_PLACE, State
from arvio.reviews.verifying import verify
from arvio.screening.models import Flag
from arvio.work.loop import work_once
from tests import cast, marked
from tests.api.caller import holder, moderates, server
from tests.cast import NOW, member
from tests.marked import Author, Marked, some_case
from tests.moderation.desk import desk
from tests.test_privacy_walk import plain

pytestmark = pytest.mark.django_db

# What is known of an author's account, by our own ids, or of a ban that lasts, isn't theirs.
STAYS = {"account ref", "account", "domain", "industry", "size", "plan", "key", "id"}
STAYS |= {"user", "account id", "ban", "installed by"}
# Tables that can't hold anything of a customer, and why. Every other one is looked through with
# something of theirs in it: a new table belongs here, or its words into `fill`.
NOTHING = {
    "account": "organisations",
    "audit_seal": "hashes",
    "audit_seal_leaf": "hashes",
    "case_notice": "ids and events",
    "guidelines_accepted": "ids",
    "guidelines_version": "the marketplace's own",
    "moderation_case": "ids, states, times",
    "partner_domain": "the partner's own",
    "policy_draft": "the marketplace's own",
    "prompt_day": "codes and counts",
    "prompt_turn": "ids and pseudonyms",
    "prompt_use": "ids and pseudonyms",
    "rate_window": "hashes and counts",
    "screening_band": "hashes",
    "thread": "ids, states, times",
    "thread_read": "ids and numbers",
    "app": "what partners sell",
    "audit_row": "ids and hashes",
    "auth_group": "Django's",
    "auth_permission": "Django's",
    "connect_hubspot": "the partner's own",
    "connect_hubspot_grant": "ids, times, and a sealed token of an account",
    "cache": "counts of attempts to sign in, by persons",
    "django_content_type": "Django's",
    "django_migrations": "Django's",
    "django_session": "persons who sign in",
    "django_site": "Django's",
    "imported_row": "hashes of rows",
    "inbox_item": "derived: states, stars, times",
    "mail_relay": "whether the mail server answers",
    "marketplace": "the marketplace's own",
    "notify_preference": "ids and events",
    "partner": "the partner's own",
    "policy_version": "the marketplace's own",
    "rating_quality_day": "sums",
    "rating_quality": "sums",
    "review_consent": "keys and versions of texts",
    "review_link": "the partner's own",
    "review_link_review": "ids",
    "review_request": "ids and codes",
    "update_invitation": "ids, codes, the partner's versions",
    "connect_bitrix24_app": "what the platform calls the app",
    "connect_bitrix24_portal": "ids, a hash, versions, times",
    "webhook_attempt": "beginnings of answers; those about a review go with its words",
    "webhook_delivery": "ids, states, times",
    "webhook_endpoint": "the marketplace's and its partners' own",
    "webhook_secret": "theirs too",
}
# Of people who sign in: members of partners, moderators, operators.
PERSONS = ("account_email", "person", "mfa_", "socialaccount_")
TEXT = (models.CharField, models.TextField, models.JSONField)


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


# --- Filling and looking ------------------------------------------------------------------------


def tables() -> dict[str, str]:
    """Every value of every table, by table, as somebody reads it who decodes all that can be."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            values = (str(value) for row in cursor.fetchall() for value in row)
            found[table] = plain("\n".join(values)).casefold()
    return found


def holding(words: Mapping[str, str]) -> dict[str, set[str]]:
    """By table, which of these words are in it."""
    return {
        table: there
        for table, text in tables().items()
        if (there := {what for what, word in words.items() if word.casefold() in text})
    }


def words_of(author: Author) -> dict[str, str]:
    own = {**author.private, **author.shown}
    return {f"{author.life}'s {key}": word for key, word in own.items() if key not in STAYS}


def fill(made: Marked) -> None:
    """Put what is known of the authors wherever `marked` hasn't: replies, errors, kept answers."""
    for author in made.authors:
        user = author.viewer.user
        assert user
        _answer(made, author)
        _ban(author)
        Installation.objects.filter(account=user.account).update(installed_by=user.ref)
        error = f"nobody at {user.email}, {user.name}"
        waiting = str(author.review.pk) if author.review else str(user.pk)
        Due.objects.filter(key__contains=waiting).update(error=error)
        Message.objects.filter(reader_id=user.pk).update(error=error)
        link, _ = new_link(app=made.store.app, user=user, at=NOW)
        save_links(links=[link])
        Preference.objects.create(
            reader_id=user.pk, place_id=made.store.marketplace.pk, event="reply_sent"
        )
        Message.objects.create(
            marketplace_id=made.store.marketplace.pk,
            to_email=user.email,
            subject=f"To {user.name}",
            text="Please confirm.",
            message_id=f"<{user.pk}@store.example>",
            created_at=NOW,
        )
        # An app may call a moment as it likes, even by somebody's name.
        Prompt.objects.create(app=made.store.app, user=user, moment=user.ref[:60], asked_at=NOW)
        _keep_answers(made, author)
        _moderate(made, author)


def _answer(made: Marked, author: Author) -> None:
    """The partner greets some authors by name and quotes others."""
    review = author.review
    if review is None or author.life in ("answered", "withdrawn", "imported"):
        return
    assert author.viewer.user
    petra = member(made.store, made.members["petra e-mail"])
    name = re.sub("[<>&]", " ", author.viewer.user.name or "somebody")
    reviews.save_reply_draft(member=petra, review_id=review.pk, text=f"For {name} later.", now=NOW)
    if author.life in ("waiting", "edited"):
        text = review.live_version.text
        said = f"Thanks. “{text}” is what we hear a lot." if author.life == "edited" else name
        reviews.send_reply(member=petra, review_id=review.pk, text=said, now=NOW)


def _ban(author: Author) -> None:
    """A ban that is over."""
    user = author.viewer.user
    if author.life == "published" and user:
        ban = catalog.ban(account=user.account, user=user, reason=f"{user.name} lied", now=NOW)
        catalog.lift_ban(ban=ban, now=NOW)


def _moderate(made: Marked, author: Author) -> None:
    """What the author says to the moderators, and what others say there of the author."""
    user, review = author.viewer.user, author.review
    if author.life != "published" or user is None or review is None:
        return
    said = f"{user.name} at {user.email} wrote: {review.live_version.text}"
    said = re.sub("[<>&]", " ", said)[:900]
    store, mika = made.store, _mika(made.store)
    other = next(
        one.review
        for one in made.authors
        if one.review and one.review.state == State.PUBLISHED and one is not author
    )
    customer = parties.customer(viewer=author.viewer, language="en")
    visitor = parties.visitor(marketplace=store.marketplace, email="v@mail.example", language="en")
    assert customer
    reporting.file_report(
        target=reporting.Target(other), reporter=customer, reason="other", comment=said, now=NOW
    )
    about = reporting.file_report(
        target=reporting.target_of(item="review", item_id=review.pk),
        reporter=visitor,
        reason="other",
        comment=said,
        now=NOW,
    )
    reporting.confirm_report(report_id=about.pk, now=NOW)
    petra = member(store, made.members["petra e-mail"])
    threads.open_dispute(member=petra, review_id=review.pk, text=said, now=NOW)
    CorrectionRequest.objects.create(
        marketplace=store.marketplace,
        app=review.app,
        review=review,
        party="author",
        party_key=f"user:{user.pk}",
        user=user,
        text=said,
        reason=said,
        asked_at=NOW,
    )
    deciding.decide(
        moderator=mika,
        case_id=about.case_id,
        words=deciding.Words("remove", "spam", said),
        now=NOW,
    )
    case, appellant = appealing.as_author(viewer=author.viewer, case_id=about.case_id)
    appealing.appeal(case=case, appellant=appellant, text=said, now=NOW)
    words = deciding.Words("remove", "spam", said)
    deciding.save_draft(moderator=mika, case_id=case.pk, words=words, now=NOW)
    Flag.objects.create(
        marketplace=store.marketplace,
        app=review.app,
        review_id=review.pk,
        version_number=1,
        stars=review.stars,
        kind="denied_words",
        field="text",
        excerpt=said,
        detail=said,
        found_at=NOW,
    )
    ban = catalog.ban(account=user.account, user=user, reason=f"{user.name} lied again", now=NOW)
    BanAppeal.objects.create(
        marketplace=store.marketplace, ban=ban, user=user, text=said, filed_at=NOW
    )
    catalog.lift_ban(ban=ban, now=NOW)


def _mika(store: cast.Stage) -> Moderator:
    person = Person.objects.get(email="mika@store.example")
    found = moderator(person=person, marketplace_id=store.marketplace.pk)
    assert found
    return found


def _keep_answers(made: Marked, author: Author) -> None:
    """As a marketplace's server asked for tokens, and its page sent a review, with a key each."""
    user = author.viewer.user
    assert user
    body = {
        "account": user.account.ref,
        "user": user.ref,
        "surface": "in_product",
        "name": user.name,
        "email": user.email,
    }
    if user.name:
        sent = server(made.store).post(
            "/marketplaces/store/viewer-tokens", body, {"Idempotency-Key": str(user.pk)}
        )
        assert sent.status == 200


def erased_author(made: Marked) -> list[User]:
    users = [author.viewer.user for author in made.authors if author.viewer.user]
    imported = made.of("imported").review
    assert imported and imported.user
    return [*users, imported.user]


def built(folder: Path, number: int, preset: str, style: Any) -> Marked:
    made = marked.build(case=some_case(number, preset), style=style, folder=folder)
    fill(made)
    return made


# --- Laws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["keep_stars", "remove"])
@pytest.mark.parametrize(
    ("number", "preset", "style"),
    [(1, "bitrix24-2025", "first_l"), (2, "hubspot-2024", "last_f")],
)
def test_no_table_holds_a_word_of_who_was_erased(
    tmp_path: Path, number: int, preset: str, style: Any, kept: str
) -> None:
    made = built(tmp_path, number, preset, style)
    policy = {**_overrides(made), "retention": {"erasure": kept}}
    set_policy(
        marketplace=made.store.marketplace,
        preset=preset,
        overrides=policy,
        effective_at=NOW,
        actor="test",
        now=NOW,
    )
    work_once(now=NOW, kinds=["policy", "rebuild", "archive_check"])
    living = [author for author in made.authors if author.life != "erased"]
    words = {key: word for author in living for key, word in words_of(author).items()}
    seen = holding(words)
    written = {mark.partition(" ")[2] for marks in seen.values() for mark in marks}
    assert written >= {"first", "last", "ref", "e-mail", "text", "role", "about", "draft", "edit"}
    _every_table_is_looked_at(set(seen))
    for user in erased_author(made):
        erase_everywhere(user=user, actor="test", now=NOW)
    work_once(now=NOW)
    assert holding(words) == {}
    assert list(verify(now=NOW)) == []
    _chains_are_whole()
    if kept == "remove":
        assert not Review.objects.filter(state__in=HOLDS_PLACE).exists()
    else:
        assert Review.objects.filter(state=State.PUBLISHED).exists()


def _overrides(made: Marked) -> dict[str, Any]:
    version = made.store.marketplace.policy_versions.order_by("-number")[0]
    return dict(version.overrides)


def _every_table_is_looked_at(seen: set[str]) -> None:
    wordless = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if not any(isinstance(field, TEXT) for field in model._meta.local_concrete_fields)
    }
    unknown = [
        table
        for table in connection.introspection.table_names()
        if table not in seen | wordless | set(NOTHING) and not table.startswith(PERSONS)
    ]
    assert unknown == [], "say in NOTHING why these hold nothing of a customer, or mark them"


def _chains_are_whole() -> None:
    rows: dict[str, list[AuditRow]] = {}
    for row in AuditRow.objects.order_by("subject", "seq"):
        rows.setdefault(row.subject, []).append(row)
    assert [subject for subject, chain in rows.items() if rules.broken(chain)] == []
    assert any(row.tag == "review:erased" for chain in rows.values() for row in chain)


def test_the_command_erases_by_id_and_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    stage = cast.stage(preset="hubspot-2024")
    stage.review(by=stage.anna, text="Unmistakable words, all of them.")
    assert stage.anna.user and stage.arvo.user
    for named in ("store/acme/anna", "store/acme/anna", str(stage.arvo.user.pk)):
        call_command("erase", user=named)
    assert "the words of 1 reviews" in capsys.readouterr().out
    work_once(now=NOW)
    told = "".join(tables().values())
    marks = ("korhonen", "aalto", "unmistakable", "anna@customer", "arvo@customer")
    assert [mark for mark in marks if mark in told] == []
    assert set(User.objects.filter(account=stage.acme).values_list("erased_at", flat=True)) == {NOW}


def test_a_part_of_another_room_is_called_while_the_user_is_still_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, known = cast.stage(), []

    def forget(*, user: User, actor: str, now: Any) -> None:
        known.append((User.objects.get(pk=user.pk).email, actor, now))

    monkeypatch.setattr(erasing, "PARTS", (forget,))
    assert stage.anna.user
    erase_everywhere(user=stage.anna.user, actor="command", now=NOW)
    assert known == [("anna@customer.example", "command", NOW)]


def test_answers_kept_for_a_moderators_program_are_forgotten_too() -> None:
    """They tell of a case with its comments and appeals, and of what a dispute says."""
    at = desk()
    review = at.stage.published(by=at.stage.anna)
    case = at.report(review, reason="other", comment="Unmistakable words of a report.").case
    mika = moderates(at.mika)
    said = {"action": "remove", "rule": "spam", "statement": "Unmistakable words of a statement."}
    answer = mika.post(f"/moderation/cases/{case.pk}/decision", said, {"Idempotency-Key": "1"})
    assert answer.status == 201
    petra = holder(member(at.stage))
    said = {"text": "Unmistakable words of a dispute."}
    answer = petra.post(f"/reviews/{review.pk}/disputes", said)
    messages = f"/disputes/{answer.json['id']}/messages"
    assert petra.post(messages, said, {"Idempotency-Key": "2"}).status == 201
    assert "unmistakable" in "".join(tables().values())
    assert at.stage.anna.user
    erase_everywhere(user=at.stage.anna.user, actor="test", now=at.now)
    work_once(now=at.now)
    assert [table for table, text in tables().items() if "unmistakable" in text] == []


def test_a_visitor_who_reported_is_forgotten_by_their_address() -> None:
    at = desk()
    review = at.stage.published()
    report = at.report(review, comment="Unmistakable words.")
    other = at.report(review, email="yrjo@mail.example", comment="Words of somebody else.")
    at.decide(report.case, "keep")
    case, appellant = appealing.as_reporter(report=report)
    appealing.appeal(case=case, appellant=appellant, text="Unmistakable appeal.", now=at.now)
    call_command("erase", reporter=" ZELDA@mail.example")
    work_once(now=at.now)
    told = "".join(tables().values())
    assert [mark for mark in ("zelda", "unmistakable") if mark in told] == []
    other.refresh_from_db()
    assert (other.email, other.comment) == ("yrjo@mail.example", "Words of somebody else.")
    with pytest.raises(CommandError):
        call_command("erase")
    assert list(verify(now=at.now)) == []
