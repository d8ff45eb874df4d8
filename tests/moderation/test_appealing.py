"""Appeals: by whom and until when, by another moderator, and what a restore brings back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from arvio.catalog.queries import Viewer
from arvio.moderation import appealing
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.models import Case, Notice, Thread
from arvio.notify.models import Message
from arvio.policy.durations import parse
from arvio.policy.form import FormError
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import member, rival
from tests.moderation.desk import Desk, desk

pytestmark = pytest.mark.django_db
TEXT = "The number in it is our own public support line."
DAY = timedelta(days=1)


@pytest.fixture
def at() -> Desk:
    return desk()


def author_appeals(at: Desk, case: Case, who: Viewer) -> Thread:
    found, appellant = appealing.as_author(viewer=who, case_id=case.pk)
    return appealing.appeal(case=found, appellant=appellant, text=TEXT, now=at.now)


def partner_appeals(at: Desk, case: Case) -> Thread:
    found, appellant = appealing.as_partner(member=member(at.stage), case_id=case.pk)
    return appealing.appeal(case=found, appellant=appellant, text=TEXT, now=at.now)


def removed(at: Desk, review: Review) -> Case:
    case = at.report(review).case
    at.decide(case, "remove")
    case.refresh_from_db()
    return case


def test_an_appeal_goes_to_another_moderator_and_brings_all_back(at: Desk) -> None:
    store = at.stage
    review = store.published(by=store.anna)
    before = Review.objects.filter(pk=review.pk).values().get()
    case = removed(at, review)
    author_appeals(at, case, store.anna)
    with pytest.raises(Declined) as refusal:
        at.decide(case, "restore", by=at.mika)
    assert refusal.value.code == "same_moderator"
    told = Notice.objects.filter(case=case).count()
    decision = at.decide(case, "restore", by=at.maija)
    assert Review.objects.filter(pk=review.pk).values().get() == before
    assert decision.outcome == "restored"
    new = Notice.objects.filter(case=case).order_by("told_at", "id")[told:]
    assert sorted(new.values_list("party", flat=True)) == ["author", "partner", "reporter"]
    assert Thread.objects.get().outcome == "restored"
    work_once(now=at.now)
    assert list(verify(now=at.now)) == []


def test_where_the_author_wrote_anew_the_newer_stays(at: Desk) -> None:
    store = at.stage
    old = store.published(by=store.anna)
    case = removed(at, old)
    new = store.review(by=store.anna)
    author_appeals(at, case, store.anna)
    decision = at.decide(case, "restore", by=at.maija)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (decision.outcome, old.state, new.state) == ("upheld_superseded", "removed", "held")
    assert list(verify(now=at.now)) == []


def test_a_full_account_gives_the_next_number_above_its_limit() -> None:
    hub = desk(preset="hubspot-2022")
    store = hub.stage
    people = [store.viewer(account=store.acme) for _ in range(4)]
    first = [store.published(by=person) for person in people[:3]]
    case = removed(hub, first[0])
    store.published(by=people[3])
    author_appeals(hub, case, people[0])
    hub.decide(case, "restore", by=hub.maija)
    first[0].refresh_from_db()
    assert (first[0].state, first[0].account_place) == ("published", 4)
    work_once(now=hub.now)
    assert list(verify(now=hub.now)) == []


def test_a_rejected_review_is_held_again_or_published_when_its_time_has_passed(at: Desk) -> None:
    store = at.stage
    early, late = store.review(by=store.anna), store.review(by=store.arvo)
    cases = [at.report(review, by=at.mika, reason="spam").case for review in (early, late)]
    for case in cases:
        at.decide(case, "reject", rule="spam")
    author_appeals(at, cases[0], store.anna)
    at.decide(cases[0], "restore", by=at.maija, now=at.now + DAY)
    early.refresh_from_db()
    assert early.state == "held"
    author_appeals(at, cases[1], store.arvo)
    at.decide(cases[1], "restore", by=at.maija, now=at.now + 5 * DAY)
    late.refresh_from_db()
    assert (late.state, late.published_at) == ("published", at.now + 5 * DAY)
    work_once(now=at.now + 5 * DAY)
    early.refresh_from_db()
    assert early.state == "published"
    assert list(verify(now=at.now + 5 * DAY)) == []


def test_an_edit_that_waited_waits_again_after_a_restore() -> None:
    at = desk(preset="bitrix24-2025")
    store = at.stage
    review = store.published(by=store.anna, stars=5)
    reviews.edit_review(viewer=store.anna, review_id=review.pk, changes={"stars": 2}, now=at.now)
    case = removed(at, review)
    author_appeals(at, case, store.anna)
    at.decide(case, "restore", by=at.maija)
    assert list(verify(now=at.now)) == []
    work_once(now=at.now + 4 * DAY)
    review.refresh_from_db()
    assert (review.stars, ReviewVersion.objects.filter(review=review).count()) == (2, 2)
    assert list(verify(now=at.now + 4 * DAY)) == []


def test_a_removed_reply_is_restored_unless_a_newer_one_stands(at: Desk) -> None:
    store = at.stage
    review = store.published(by=store.anna)
    first = reviews.send_reply(
        member=member(store), review_id=review.pk, text="Thank you, Anna.", now=at.now
    )
    case = at.report(first).case
    at.decide(case, "remove")
    partner_appeals(at, case)
    at.decide(case, "restore", by=at.maija)
    first.refresh_from_db()
    review.refresh_from_db()
    assert (first.state, review.answered) == ("live", True)
    again = at.report(first, email="yrjo@mail.example").case
    at.decide(again, "remove")
    second = reviews.send_reply(
        member=member(store), review_id=review.pk, text="Thank you again.", now=at.now
    )
    partner_appeals(at, again)
    assert at.decide(again, "restore", by=at.maija).outcome == "upheld_superseded"
    second.refresh_from_db()
    assert second.state == "live"
    assert list(verify(now=at.now)) == []


def test_an_appeal_that_fails_is_answered_to_whoever_appealed_alone(at: Desk) -> None:
    case = removed(at, at.stage.published(by=at.stage.anna))
    author_appeals(at, case, at.stage.anna)
    told = Notice.objects.filter(case=case).count()
    assert at.decide(case, "remove", by=at.maija).outcome == "removed"
    new = Notice.objects.filter(case=case).order_by("told_at", "id")[told:]
    assert list(new.values_list("party", flat=True)) == ["author"]


def test_a_reporter_may_appeal_when_nothing_came_of_it(at: Desk) -> None:
    report = at.report(at.stage.published())
    at.decide(report.case, "keep")
    case, appellant = appealing.as_reporter(report=report)
    appealing.appeal(case=case, appellant=appellant, text=TEXT, now=at.now)
    at.decide(case, "remove", by=at.maija)
    assert Review.objects.get(pk=case.review_id).state == "removed"


def test_each_party_appeals_once_and_within_six_months(at: Desk) -> None:
    store = at.stage
    case = removed(at, store.published(by=store.anna))
    _, appellant = appealing.as_author(viewer=store.anna, case_id=case.pk)
    end = parse("P6M").add(at.now)
    last = end - timedelta(microseconds=1)
    assert appealing.can_appeal(case=case, appellant=appellant, now=last) is None
    assert appealing.can_appeal(case=case, appellant=appellant, now=end) == "window_closed"
    author_appeals(at, case, store.anna)
    at.decide(case, "remove", by=at.maija)
    assert appealing.can_appeal(case=case, appellant=appellant, now=at.now) == "already_appealed"
    partner_appeals(at, case)


def test_nobody_else_can_appeal_or_learn_of_the_case(at: Desk) -> None:
    store = at.stage
    case = removed(at, store.published(by=store.anna))
    vera, _ = rival(store)
    with pytest.raises(NoSuchCase):
        appealing.as_author(viewer=store.arvo, case_id=case.pk)
    with pytest.raises(NoSuchCase):
        appealing.as_partner(member=vera, case_id=case.pk)
    reporter = at.report(store.published(), email="yrjo@mail.example")
    open_case = reporter.case
    with pytest.raises(NoSuchCase):
        appealing.as_partner(member=member(store), case_id=open_case.pk)


def test_what_its_author_withdrew_no_appeal_brings_back(at: Desk) -> None:
    store = at.stage
    review = store.published(by=store.anna)
    report = at.report(review)
    reviews.withdraw_review(viewer=store.anna, review_id=review.pk, now=at.now)
    at.decide(report.case, "keep")
    case, appellant = appealing.as_reporter(report=report)
    appealing.appeal(case=case, appellant=appellant, text=TEXT, now=at.now)
    with pytest.raises(Exception, match="action"):
        at.decide(case, "restore", by=at.maija)


def test_what_another_case_took_away_is_said_again_and_not_brought_back(at: Desk) -> None:
    """Only an appeal against the removal undoes it, and nobody is told of it twice."""
    first = at.report(at.stage.published(by=at.stage.anna))
    at.decide(first.case, "keep")
    _, appellant = appealing.as_reporter(report=first)
    appealing.appeal(case=first.case, appellant=appellant, text=TEXT, now=at.now)
    second = at.report(first.case.review, email="yrjo@mail.example").case
    assert second.pk != first.case_id
    at.decide(first.case, "remove", by=at.maija)
    for action in ("restore", "keep"):
        with pytest.raises(FormError) as refusal:
            at.decide(second, action)
        assert refusal.value.errors[0].values == {"choices": ["remove"]}
    assert at.decide(second, "remove").outcome == "removed"
    told = Notice.objects.filter(case=second).exclude(event="report_received")
    assert list(told.values_list("party", flat=True)) == ["reporter"]
    assert list(verify(now=at.now)) == []


def test_what_was_withdrawn_is_kept_for_those_alone_who_asked(at: Desk) -> None:
    store = at.stage
    report = at.report(store.published(by=store.anna))
    reviews.withdraw_review(viewer=store.anna, review_id=report.case.review_id, now=at.now)
    at.decide(report.case, "keep")
    _, appellant = appealing.as_reporter(report=report)
    appealing.appeal(case=report.case, appellant=appellant, text=TEXT, now=at.now)
    told = Notice.objects.count()
    at.decide(report.case, "keep", by=at.maija)
    new = Notice.objects.order_by("told_at", "id")[told:]
    assert list(new.values_list("party", flat=True)) == ["reporter"]
    mail = Message.objects.filter(to_email="zelda@mail.example").latest("created_at", "pk")
    assert "taken away before the moderators decided" in mail.text and "stays" not in mail.text


def test_mails_promise_no_second_appeal_and_no_review_that_stays_away(at: Desk) -> None:
    store = at.stage
    case = removed(at, store.published(by=store.anna))
    author_appeals(at, case, store.anna)
    at.decide(case, "remove", by=at.maija)
    mail = Message.objects.filter(to_email="anna@customer.example").latest("created_at", "pk")
    assert "this decision is final here" in mail.text and "you can appeal before" not in mail.text
    store.review(by=store.anna)
    partner_appeals(at, case)
    assert at.decide(case, "restore", by=at.otto).outcome == "upheld_superseded"
    mail = Message.objects.filter(to_email="zelda@mail.example").latest("created_at", "pk")
    assert "something newer stands" in mail.text and "public again" not in mail.text
    kept = at.report(store.published(), email="yrjo@mail.example")
    at.decide(kept.case, "keep")
    _, appellant = appealing.as_reporter(report=kept)
    appealing.appeal(case=kept.case, appellant=appellant, text=TEXT, now=at.now)
    at.decide(kept.case, "keep", by=at.maija)
    mail = Message.objects.filter(to_email="yrjo@mail.example").latest("created_at", "pk")
    assert "It stays." in mail.text and "You can appeal" not in mail.text
