"""Erasure (R75): words and person go, stars, history and its proof stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from arvio.audit import guards, rules
from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.policy.names import NAMELESS
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions, queries
from arvio.reviews.errors import Gone, Refused
from arvio.reviews.models import AboutAnswer, Draft, Reply, Review, ReviewVersion
from arvio.reviews.moves import evidence_hash
from arvio.reviews.states import State
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db

SECRETS = (
    "korhonen",
    "anna@customer.example",
    "unmistakable",
    "hidden pros",
    "sales queen",
    "drafted",
)


def everything() -> str:
    """Every value of every table, as text without case: what is searched has none."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables
            said.append(str(cursor.fetchall()))
    return " ".join(said).casefold()


def test_nothing_that_the_user_wrote_or_was_called_is_left_anywhere() -> None:
    stage = cast.stage(preset="hubspot-2024")
    review = stage.review(
        by=stage.anna,
        text="Unmistakable words",
        pros="Hidden pros",
        stars=2,
        about={"role": "Sales queen", "company_size": "1"},
    )
    change = {"text": "Unmistakable second words"}
    actions.edit_review(viewer=stage.anna, review_id=review.pk, changes=change, now=stage.now)
    actions.save_draft(
        viewer=stage.anna, app=stage.app, answers={"text": "drafted"}, step=1, now=stage.now
    )
    other = stage.review(by=stage.arvo, text="Words of Arvo")
    assert all(secret in everything() for secret in SECRETS)
    assert stage.anna.user is not None
    assert actions.erase_user(user=stage.anna.user, actor="command", now=stage.now) == 1
    assert [secret for secret in SECRETS if secret in everything()] == []
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert (public.stars, public.text, public.about, public.erased) == (2, "", {}, True)
    assert RatingSummary.objects.get().histogram == (0, 1, 0, 1, 0)
    assert not Draft.objects.exists()
    still, _ = queries.public_review(review_id=other.pk, now=stage.now)
    assert (still.text, still.display_name) == ("Words of Arvo", "Arvo A.")


def test_who_comes_back_is_known_again_but_not_on_what_was_erased() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    again = cast.viewer(stage.marketplace, stage.acme, "anna", name="Anna Korhonen")
    assert again.user is not None and again.user.name == "Anna Korhonen"
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert public.display_name == NAMELESS


def test_history_stays_whole_and_says_that_it_happened() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    rows = list(AuditRow.objects.filter(subject=review.subject).order_by("seq"))
    assert rows[-1].tag == "review:erased"
    assert rules.broken(rows) is None
    assert set(ReviewVersion.objects.values_list("salt", "erased_at")) == {("", stage.now)}
    assert set(AboutAnswer.objects.values_list("value", flat=True)) == {""}


def test_erasing_again_changes_nothing_more() -> None:
    stage = cast.stage(preset="hubspot-2022")
    stage.review(by=stage.anna)
    assert stage.anna.user is not None
    for _ in range(2):
        actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    assert ReviewVersion.objects.get().erased_at == stage.now


def test_a_held_review_is_never_published() -> None:
    """Nothing of it would be left to publish; what is public already keeps its stars."""
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna, stars=1)
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    assert review.publishes_at is not None
    assert work_once(now=review.publishes_at).get("publish") is None
    review.refresh_from_db()
    assert (review.state, review.removed_rule) == (State.REMOVED, "erased")
    assert (review.person_place, review.published_at) == (None, None)


def test_what_was_archived_for_an_affiliation_does_not_come_back_by_forgetting_it() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.published(by=stage.anna)
    members = [("anna@customer.example", "Anna", "reader")]
    for _ in range(2):
        catalog.put_partner(
            marketplace=stage.marketplace, ref="pixel", name="Pixel", members=members, now=stage.now
        )
        work_once(now=stage.now)
        assert stage.anna.user is not None
        actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)
    assert Review.objects.get(pk=review.pk).state == State.ARCHIVED


# --- Who comes back ------------------------------------------------------------------------------


def erase_anna(stage: cast.Stage) -> None:
    assert stage.anna.user is not None
    actions.erase_user(user=stage.anna.user, actor="command", now=stage.now)


@pytest.mark.parametrize("scope", ["account", "marketplace"])
def test_an_erasure_gives_no_second_place(scope: str) -> None:
    """In the same account the person is found; in another, their review is, where it counts."""
    stage = cast.stage(overrides={"limits": {"user_scope": scope}})
    stage.review(by=stage.anna, at=stage.now - timedelta(days=10))
    work_once(now=stage.now)
    erase_anna(stage)
    again = cast.viewer(stage.marketplace, stage.acme, "anna", name="Anna Korhonen")
    assert again.user and stage.anna.user and again.user.pk == stage.anna.user.pk
    with pytest.raises(Refused) as refusal:
        stage.review(by=again)
    assert [check.code for check in refusal.value.verdict.failed] == ["already_reviewed"]
    elsewhere = cast.viewer(stage.marketplace, cast.installed_account(stage, "b"), "anna")
    if scope == "account":
        stage.review(by=elsewhere)
    else:
        with pytest.raises(Refused):
            stage.review(by=elsewhere)
    assert list(verify(now=stage.now)) == []


def test_who_withdraws_what_was_erased_may_write_anew() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    erase_anna(stage)
    again = cast.viewer(stage.marketplace, stage.acme, "anna", name="Anna Korhonen")
    actions.withdraw_review(viewer=again, review_id=review.pk, now=stage.now)
    new = stage.review(by=again)
    public, _ = queries.public_review(review_id=new.pk, now=stage.now)
    assert public.display_name == "Anna K."
    erase_anna(stage)
    assert list(verify(now=stage.now)) == []


def test_a_ban_outlasts_an_erasure() -> None:
    stage = cast.stage()
    catalog.ban(account=stage.acme, user=stage.anna.user, reason="spam", now=stage.now)
    erase_anna(stage)
    again = cast.viewer(stage.marketplace, stage.acme, "anna", name="Anna Korhonen")
    with pytest.raises(Refused) as refusal:
        stage.review(by=again)
    assert [check.code for check in refusal.value.verdict.failed] == ["banned"]


def test_one_person_erased_in_two_accounts_keeps_both_places() -> None:
    """Two reviews of one app under one key: the later takes the next place."""
    limits = {"user_scope": "marketplace", "per_user": 2}
    stage = cast.stage(preset="hubspot-2022", overrides={"limits": limits})
    other = cast.viewer(stage.marketplace, cast.installed_account(stage, "b"), "anna")
    for who in (stage.anna, other):
        stage.review(by=who)
    for who in (stage.anna, other):
        assert who.user
        actions.erase_user(user=who.user, actor="command", now=stage.now)
    assert set(Review.objects.values_list("person_place", flat=True)) == {1, 2}
    assert Review.objects.values("person_key").distinct().count() == 1
    assert list(verify(now=stage.now)) == []


# --- The policy's word, replies, evidence --------------------------------------------------------


def test_where_the_policy_says_so_the_reviews_go_too() -> None:
    stage = cast.stage(preset="hubspot-2024", overrides={"retention": {"erasure": "remove"}})
    review = stage.review(by=stage.anna, stars=1)
    stage.review(by=stage.arvo, stars=5)
    erase_anna(stage)
    assert RatingSummary.objects.get().histogram == (0, 0, 0, 0, 1)
    with pytest.raises(Gone) as gone:
        queries.public_review(review_id=review.pk, now=stage.now)
    assert (gone.value.rule, gone.value.date) == ("erased", "2026-03-02")
    review.refresh_from_db()
    assert (review.person_place, review.account_place) == (None, None)
    assert list(verify(now=stage.now)) == []


@pytest.mark.parametrize(
    ("text", "left"), [("Hello Anna, it is mended.", ""), ("It is mended.", "It is mended.")]
)
def test_a_reply_that_names_the_author_goes_and_another_stays(text: str, left: str) -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    actions.send_reply(member=cast.member(stage), review_id=review.pk, text=text, now=stage.now)
    erase_anna(stage)
    public, _ = queries.public_review(review_id=review.pk, now=stage.now)
    assert public.reply is not None and public.reply.text == left
    assert list(verify(now=stage.now)) == []


def test_a_reply_is_not_erased_past_history() -> None:
    stage = cast.stage(preset="hubspot-2022")
    review = stage.review(by=stage.anna)
    actions.send_reply(member=cast.member(stage), review_id=review.pk, text="Thanks.", now=NOW)
    Reply.objects.update(text="", salt="", erased_at=NOW)
    assert [found.what for found in verify(now=NOW)] == ["reply: its erasure is in history"]


def test_history_tells_of_evidence_by_its_hash_and_erasure_takes_the_rest() -> None:
    stage = cast.stage(preset="hubspot-2022")
    stage.review(by=stage.anna)
    version = ReviewVersion.objects.get()
    assert version.evidence["locale"] == "en"
    told = AuditRow.objects.get(tag="review:submitted").after
    assert told is not None and told["evidence"] == evidence_hash(version)
    erase_anna(stage)
    assert ReviewVersion.objects.get().evidence == {}


@pytest.mark.parametrize("erased", [False, True])
def test_history_that_holds_evidence_itself_is_still_compared(erased: bool) -> None:
    """As rows were written before they held the hash."""
    stage = cast.stage(preset="hubspot-2022")
    stage.review(by=stage.anna)
    guards.lift(connection)
    version, row = ReviewVersion.objects.get(), AuditRow.objects.get(tag="review:submitted")
    row.after = {**(row.after or {}), "evidence": version.evidence}
    _rechain([row, *AuditRow.objects.filter(subject=row.subject, seq__gt=1).order_by("seq")])
    guards.install(connection)
    if erased:
        erase_anna(stage)
    assert list(verify(now=stage.now)) == []
    guards.lift(connection)
    ReviewVersion.objects.update(evidence={"plan": "other"})
    guards.install(connection)
    wrong = [found.what for found in verify(now=stage.now)]
    assert wrong == ([] if erased else ["version 1: evidence is that of history"])


def _rechain(rows: list[AuditRow]) -> None:
    prev = ""
    for row in rows:
        row.prev = prev
        row.hash = prev = rules.row_hash(row)
        row.save()
