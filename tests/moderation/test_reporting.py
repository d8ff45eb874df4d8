"""Reports: who may, what counts and when, one case and one clock for an item, and what it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from arvio.moderation import appealing, deciding, links, overdue, reporting
from arvio.moderation.errors import Declined, NoSuchItem
from arvio.moderation.models import Case, Item, Report
from arvio.notify.models import Message
from arvio.policy.form import FormError
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from arvio.work.loop import work_once
from tests.cast import member, rival
from tests.moderation.desk import Desk, desk, target
from tests.racing import race

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def at() -> Desk:
    return desk()


def file(at: Desk, review: Review, email: str = "zelda@mail.example", **words: str) -> Report:
    return reporting.file_report(
        target=target(review),
        reporter=at.reporter(None, email=email),
        reason=words.pop("reason", "spam"),
        now=at.now,
        **words,
    )


def test_a_visitors_report_counts_from_its_confirmation_on(at: Desk) -> None:
    review = at.stage.published()
    report = file(at, review)
    case = report.case
    assert (case.state, case.due_at, case.report_count) == ("unconfirmed", None, 0)
    (mail,) = Message.objects.filter(to_email="zelda@mail.example")
    assert links.token_of(report_id=report.pk) in mail.text
    confirmed_at = at.now + DAY
    reporting.confirm_report(report_id=report.pk, now=confirmed_at)
    case.refresh_from_db()
    assert (case.state, case.opened_at, case.report_count) == ("open", confirmed_at, 1)
    assert case.number in Message.objects.latest("created_at", "pk").subject
    review.refresh_from_db()
    assert review.state == "published"


def test_confirming_twice_is_once(at: Desk) -> None:
    report = file(at, at.stage.published())
    for _ in range(2):
        reporting.confirm_report(report_id=report.pk, now=at.now)
    assert Case.objects.get().report_count == 1
    assert Message.objects.filter(to_email="zelda@mail.example").count() == 2


def test_ten_working_days_by_the_marketplaces_calendar(at: Desk) -> None:
    place = at.stage.marketplace
    place.calendar, place.time_zone = "RU", "Europe/Moscow"
    place.save(update_fields=["calendar", "time_zone"])
    friday = datetime(2025, 12, 26, 23, 59, tzinfo=ZoneInfo("Europe/Moscow"))
    review = at.stage.published()
    report = at.report(review, by=at.stage.anna, now=friday)
    # 31 December to 11 January are free: 29, 30, 12 to 16, 19, 20, 21.
    due = datetime(2026, 1, 21, 23, 59, tzinfo=ZoneInfo("Europe/Moscow"))
    assert report.case.due_at == due


def test_reports_on_one_item_share_one_case_and_the_first_clock(at: Desk) -> None:
    review = at.stage.published()
    first = at.report(review, by=at.stage.anna)
    second = at.report(review, email="yrjo@mail.example", now=at.now + 2 * DAY)
    third = at.report(review, by=member(at.stage), now=at.now + 3 * DAY)
    case = Case.objects.get()
    assert {first.case_id, second.case_id, third.case_id} == {case.pk}
    assert (case.report_count, case.due_at) == (3, first.case.due_at)
    other = at.report(at.stage.published(), by=at.stage.anna)
    assert other.case_id != case.pk


def test_a_review_and_its_reply_are_two_items(at: Desk) -> None:
    review = at.stage.published()
    reply = reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="Thank you.", now=at.now
    )
    one, two = at.report(review), at.report(reply)
    assert (one.case.item, two.case.item) == (Item.REVIEW, Item.REPLY)
    assert one.case_id != two.case_id


def test_who_is_known_counts_at_once_and_only_once(at: Desk) -> None:
    review = at.stage.published()
    report = at.report(review, by=at.stage.anna)
    assert report.confirmed_at == at.now
    with pytest.raises(Declined) as refusal:
        at.report(review, by=at.stage.anna)
    assert refusal.value.code == "already_reported"
    assert refusal.value.values["case"] == report.case.number


def test_a_visitor_never_learns_that_an_address_has_reported(at: Desk) -> None:
    review = at.stage.published()
    first = at.report(review)
    mails = Message.objects.count()
    again = file(at, review, email="ZELDA@mail.example")
    assert again.pk == first.pk
    assert Message.objects.count() == mails


def test_nobody_reports_their_own_words(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    reply = reviews.send_reply(
        member=member(at.stage), review_id=review.pk, text="Thank you.", now=at.now
    )
    for about, who in ((review, at.stage.anna), (reply, member(at.stage))):
        with pytest.raises(Declined) as refusal:
            at.report(about, by=who)
        assert refusal.value.code == "own_words"
    vera, _ = rival(at.stage)
    at.report(reply, by=vera)
    at.report(reply, by=at.stage.anna)


def test_only_what_is_public_can_be_reported(at: Desk) -> None:
    held = at.stage.review(by=at.stage.anna)
    with pytest.raises(NoSuchItem):
        file(at, held)
    at.report(held, by=at.mika)  # a moderator may take up what waits


def test_a_marketplace_may_ask_for_a_sign_in() -> None:
    strict = desk(overrides={"reports": {"who": "signed_in"}})
    review = strict.stage.published()
    with pytest.raises(Declined) as refusal:
        file(strict, review)
    assert (refusal.value.code, refusal.value.status) == ("not_signed_in", 401)
    strict.report(review, by=strict.stage.anna)


def test_a_reason_is_one_of_the_policys_and_other_needs_words(at: Desk) -> None:
    review = at.stage.published()
    for words, field in (
        ({"reason": "rude"}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "other"}, "comment"),
        ({"reason": "spam", "comment": "x" * 3001}, "comment"),
        ({"reason": "spam", "comment": "<b>bold</b>"}, "comment"),
    ):
        with pytest.raises(FormError) as refusal:
            file(at, review, **words)
        assert [error.field for error in refusal.value.errors] == [field]
    assert not Case.objects.exists()
    few = desk(slug="few", overrides={"reports": {"reasons": ["spam"]}})
    with pytest.raises(FormError):
        file(few, few.stage.published(), reason="fake")


def test_what_nobody_confirms_is_forgotten_after_a_week(at: Desk) -> None:
    review = at.stage.published()
    report = file(at, review, comment="His number is 555 0134.")
    work_once(now=at.now + 7 * DAY)
    report.refresh_from_db()
    assert (report.comment, report.email) == ("", "")
    assert Case.objects.get().state == "lapsed"
    with pytest.raises(NoSuchItem):
        reporting.confirm_report(report_id=report.pk, now=at.now + 8 * DAY)
    later = file(at, review)
    assert later.case_id != report.case_id


def test_what_is_confirmed_after_the_decision_is_answered_at_once(at: Desk) -> None:
    review = at.stage.published()
    late = file(at, review, email="yrjo@mail.example")
    case = at.report(review).case
    at.decide(case, "keep")
    reporting.confirm_report(report_id=late.pk, now=at.now)
    mail = Message.objects.filter(to_email="yrjo@mail.example").latest("created_at", "pk")
    assert "stays" in mail.text


def test_what_is_confirmed_while_somebody_appeals_is_answered_at_once(at: Desk) -> None:
    """The case takes no more reports; what the appeal changes is told then."""
    review = at.stage.published()
    late = file(at, review, email="yrjo@mail.example")
    first = at.report(review)
    at.decide(first.case, "keep")
    _, appellant = appealing.as_reporter(report=first)
    appealing.appeal(case=first.case, appellant=appellant, text="It does.", now=at.now)
    reporting.confirm_report(report_id=late.pk, now=at.now)
    mails = Message.objects.filter(to_email="yrjo@mail.example")
    assert "It stays." in mails.latest("created_at", "pk").text
    assert Case.objects.get().report_count == 1
    at.decide(first.case, "remove", by=at.maija)
    assert "The review was removed." in mails.latest("created_at", "pk").text


def test_an_overdue_case_is_told_to_the_operators_and_whoever_has_it(at: Desk) -> None:
    case = at.report(at.stage.published(), by=at.stage.anna).case
    deciding.assign(moderator=at.mika, case_id=case.pk, to=at.mika, now=at.now)
    assert case.due_at is not None
    Message.objects.all().delete()
    work_once(now=case.due_at, kinds=["case_due"])
    told = set(Message.objects.values_list("to_email", flat=True))
    assert told == {"otto@store.example", "mika@store.example"}


def test_a_case_decided_in_time_troubles_nobody(at: Desk) -> None:
    case = at.report(at.stage.published(), by=at.stage.anna).case
    at.decide(case, "keep")
    Message.objects.all().delete()
    overdue.note_overdue(case_ids=[case.pk], now=at.now + 30 * DAY)
    assert not Message.objects.exists()


def test_a_link_is_a_secret_of_ours(at: Desk) -> None:
    report_id = at.report(at.stage.published()).pk
    token = links.token_of(report_id=report_id)
    assert links.read_token(token=token) == report_id
    for wrong in (token[:-1], token + "A", "", "x:y", str(report_id)):
        assert links.read_token(token=wrong) is None


def test_a_mail_box_and_a_machine_report_only_so_often(at: Desk) -> None:
    for _ in range(10):
        reporting.limit_visitor(email="zelda@mail.example", address="192.0.2.7", at=at.now)
    with pytest.raises(Declined) as refusal:
        reporting.limit_visitor(email="ZELDA@mail.example", address="192.0.2.8", at=at.now)
    assert (refusal.value.code, refusal.value.status) == ("too_many", 429)
    seconds = refusal.value.values["seconds"]
    assert isinstance(seconds, int) and 0 < seconds <= 86_400
    reporting.limit_visitor(email="zelda@mail.example", address="192.0.2.8", at=at.now + DAY)


def test_who_is_known_reports_only_so_often_a_day(
    at: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "MOST_A_DAY", 2)
    found = [at.stage.published() for _ in range(3)]
    for review in found[:2]:
        at.report(review, by=member(at.stage))
    with pytest.raises(Declined) as refusal:
        at.report(found[2], by=member(at.stage))
    assert refusal.value.code == "too_many"
    at.report(found[2], by=member(at.stage), now=at.now + DAY)
    at.report(found[2], by=at.stage.anna)


@pytest.mark.django_db(transaction=True)
def test_many_first_reports_at_once_make_one_case() -> None:
    at = desk()
    review = at.stage.published()
    emails = [f"reader{n}@mail.example" for n in range(6)]
    results = race([partial(at.report, review, email=email) for email in emails])
    assert [result for result in results if isinstance(result, BaseException)] == []
    assert Case.objects.count() == 1
    assert Case.objects.get().report_count == 6
