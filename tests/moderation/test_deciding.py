"""A decision: what it does to review, reply, rating, places and history, and who is told."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog import actions as catalog
from arvio.moderation import deciding
from arvio.moderation.deciding import Words
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.models import Case, Decision, DecisionDraft, Notice
from arvio.notify.models import Message
from arvio.policy.form import FormError
from arvio.ratings.queries import rating
from arvio.reviews import actions as reviews
from arvio.reviews import inbox
from arvio.reviews.errors import Gone
from arvio.reviews.models import Reply, Review
from arvio.reviews.queries import public_review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import Stage, full_answers, install, make_app, member
from tests.moderation.desk import WHY, Desk, desk
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Desk:
    return desk()


def count(store: Stage) -> int:
    found = rating(marketplace=store.marketplace.slug, app=store.app.ref, now=store.now)
    return found.rating.count


def answered(store: Stage, review: Review) -> Reply:
    return reviews.send_reply(
        member=member(store), review_id=review.pk, text="Thank you, Anna.", now=store.now
    )


def parties(case: Case) -> Counter[str]:
    """Who was told of the decision, and how often."""
    told = Notice.objects.filter(case=case).exclude(event="report_received")
    return Counter(told.values_list("party", flat=True))


def test_a_removed_review_leaves_rating_and_places_and_exactly_three_are_told(at: Desk) -> None:
    store = at.stage
    review = store.published(by=store.anna)
    case = at.report(review).case
    before = count(store)
    Message.objects.all().delete()
    decision = at.decide(case, "remove")
    review.refresh_from_db()
    assert (review.state, review.removed_rule) == ("removed", "personal_data")
    assert (review.person_place, review.account_place) == (None, None)
    assert count(store) == before - 1
    assert parties(case) == {"reporter": 1, "author": 1, "partner": 1}
    assert (decision.outcome, decision.ground) == ("removed", "contractual")
    # Petra, Pavel and Rita are the partner's.
    assert {mail.to_email for mail in Message.objects.all()} == {
        "zelda@mail.example", "anna@customer.example", "petra@pixel.example",
        "pavel@mail.example", "rita@mail.example",
    }  # fmt: skip
    with pytest.raises(Gone) as gone:
        public_review(review_id=review.pk, now=at.now)
    assert gone.value.rule == "personal_data"
    assert list(verify(now=at.now)) == []
    # R8: the author may write anew.
    assert store.review(by=store.anna).state == "held"


def test_only_the_author_reads_the_statement_of_reasons(at: Desk) -> None:
    case = at.report(at.stage.published(by=at.stage.anna)).case
    at.decide(case, "remove")
    told = {mail.to_email for mail in Message.objects.all() if WHY in mail.text}
    assert told == {"anna@customer.example"}


def test_a_kept_review_stays_and_the_reporter_alone_is_told(at: Desk) -> None:
    review = at.stage.published()
    case = at.report(review).case
    at.decide(case, "keep")
    review.refresh_from_db()
    assert review.state == "published"
    assert parties(case) == {"reporter": 1}
    assert Message.objects.latest("created_at", "pk").to_email == "zelda@mail.example"


def test_a_removed_reply_tells_two_and_the_partner_may_write_anew(at: Desk) -> None:
    store = at.stage
    review = store.published(by=store.anna)
    reply = answered(store, review)
    waiting = inbox.unanswered(partner_id=store.partner.pk)
    case = at.report(reply).case
    at.decide(case, "remove", rule="offensive")
    reply.refresh_from_db()
    review.refresh_from_db()
    assert (reply.state, review.state, review.answered) == ("removed", "published", False)
    assert parties(case) == {"reporter": 1, "partner": 1}
    assert inbox.unanswered(partner_id=store.partner.pk) == waiting + 1
    again = answered(store, review)
    assert again.state == "live"
    assert list(verify(now=at.now)) == []


def test_ten_reviews_become_nine_and_the_rating_hides_again(at: Desk) -> None:
    hub = desk(preset="hubspot-2022", slug="hub")
    found = [hub.stage.published() for _ in range(10)]
    shown = rating(marketplace="hub", app="calls", now=hub.now).rating
    assert (shown.count, shown.mean is None) == (10, False)
    hub.decide(hub.report(found[0]).case, "remove")
    shown = rating(marketplace="hub", app="calls", now=hub.now).rating
    assert (shown.count, shown.mean) == (9, None)
    assert list(verify(now=hub.now)) == []


def test_a_held_review_is_rejected_and_never_published(at: Desk) -> None:
    review = at.stage.review(by=at.stage.anna)
    case = at.report(review, by=at.mika, reason="spam").case
    at.decide(case, "reject", rule="spam")
    work_once(now=at.now + timedelta(days=4))
    review.refresh_from_db()
    assert (review.state, review.published_at) == ("rejected", None)
    assert parties(case) == {"author": 1, "partner": 1}
    assert list(verify(now=at.now + timedelta(days=4))) == []


def test_a_decision_changes_its_own_item_and_no_other(at: Desk) -> None:
    """Several reviews of an app, several apps of an author, a reply beside the review."""
    store = at.stage
    other_app = make_app(store.marketplace, store.partner, "mail")
    install(other_app, store.acme)
    mine = store.published(by=store.anna)
    elsewhere = reviews.submit_review(
        viewer=store.anna,
        app=other_app,
        answers=full_answers(store.marketplace, at.now),
        now=at.now - timedelta(days=10),
    )
    others = [store.published(by=store.arvo), store.published()]
    replies = [answered(store, review) for review in (mine, *others)]
    work_once(now=at.now)
    before = dict(Review.objects.values_list("pk", "state"))
    at.decide(at.report(replies[1]).case, "remove")
    assert dict(Review.objects.values_list("pk", "state")) == before
    at.decide(at.report(mine).case, "remove")
    after = dict(Review.objects.values_list("pk", "state"))
    assert after == before | {mine.pk: "removed"}
    assert after[elsewhere.pk] == "published"
    live = Reply.objects.filter(state="live").values_list("pk", flat=True)
    assert set(live) == {replies[0].pk, replies[2].pk}


def test_what_takes_something_away_needs_a_rule_and_a_reason(at: Desk) -> None:
    case = at.report(at.stage.published()).case
    with pytest.raises(FormError) as refusal:
        deciding.decide(moderator=at.mika, case_id=case.pk, words=Words("remove"), now=at.now)
    assert {error.field for error in refusal.value.errors} == {"rule", "statement"}
    with pytest.raises(FormError) as refusal:
        at.decide(case, "remove", rule="rudeness")
    assert refusal.value.errors[0].code == "not_a_choice"
    with pytest.raises(FormError) as refusal:
        at.decide(case, "reject")  # it is published: nothing is left to reject
    assert refusal.value.errors[0].field == "action"
    assert not Decision.objects.exists()


def test_another_marketplaces_case_is_as_one_that_is_not_there(at: Desk) -> None:
    hub = desk(preset="hubspot-2022", slug="hub")
    case = hub.report(hub.stage.published()).case
    with pytest.raises(NoSuchCase):
        at.decide(case, "keep")


def test_who_comes_second_is_told_who_was_first(at: Desk) -> None:
    case = at.report(at.stage.published()).case
    at.decide(case, "keep")
    with pytest.raises(Declined) as refusal:
        at.decide(case, "remove", by=at.maija)
    assert refusal.value.code == "already_decided"
    assert refusal.value.status == 409
    assert refusal.value.values["by"] == "Mika Moilanen"


def test_nobody_decides_about_their_own_companys_app(at: Desk) -> None:
    store = at.stage
    case = at.report(store.published()).case
    catalog.put_partner(
        marketplace=store.marketplace,
        ref="pixel",
        name="Pixel",
        members=[
            ("petra@pixel.example", "Petra", "owner"),
            (at.mika.person.email, "Mika", "reader"),
        ],
        now=at.now,
    )
    with pytest.raises(Declined) as refusal:
        at.decide(case, "remove")
    assert refusal.value.code == "own_partner"
    at.decide(case, "keep", by=at.maija)


def test_four_eyes_take_a_second_moderator_for_a_removal(at: Desk) -> None:
    strict = desk(slug="strict", overrides={"moderation": {"four_eyes": "removals"}})
    review = strict.stage.published()
    case = strict.report(review).case
    words = Words("remove", "spam", WHY)
    made = deciding.decide(moderator=strict.mika, case_id=case.pk, words=words, now=strict.now)
    assert isinstance(made, DecisionDraft)
    review.refresh_from_db()
    case.refresh_from_db()
    assert (review.state, case.state) == ("published", "proposed")
    for again in (
        partial(deciding.approve, moderator=strict.mika, case_id=case.pk, now=strict.now),
        partial(
            deciding.decide, moderator=strict.maija, case_id=case.pk, words=words, now=strict.now
        ),
    ):
        with pytest.raises(Declined):
            again()
    deciding.send_back(
        moderator=strict.maija, case_id=case.pk, note="Which number?", now=strict.now
    )
    case.refresh_from_db()
    assert (case.state, case.draft.note) == ("open", "Which number?")
    deciding.decide(moderator=strict.mika, case_id=case.pk, words=words, now=strict.now)
    made = deciding.approve(moderator=strict.maija, case_id=case.pk, now=strict.now)
    review.refresh_from_db()
    assert review.state == "removed"
    assert (made.decided_by, made.seconded_by) == (strict.mika.person, strict.maija.person)
    # What stays takes one.
    strict.decide(strict.report(strict.stage.published()).case, "keep")


def test_history_names_the_rule_and_who_asked_but_nobody(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    at.decide(at.report(review).case, "remove")
    row = AuditRow.objects.filter(subject=review.subject).latest("seq")
    assert row.tag == "review:removed"
    assert row.after is not None
    assert (row.after["rule"], row.after["asked_by"]) == ("personal_data", ["visitor"])
    assert "zelda" not in str(row.after)


@pytest.mark.django_db(transaction=True)
def test_of_two_moderators_at_once_one_wins_and_the_other_is_told() -> None:
    at = desk()
    review = at.stage.published()
    case = at.report(review).case
    results = race(
        [
            partial(at.decide, case, "remove", by=at.mika),
            partial(at.decide, case, "keep", by=at.maija),
        ]
    )
    won = [one for one in results if isinstance(one, Decision)]
    lost = [one for one in results if isinstance(one, Declined)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].code == "already_decided"
    assert Decision.objects.count() == 1
    assert list(verify(now=at.now)) == []
