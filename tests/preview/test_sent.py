"""Reviews, edits, replies and reports of the last time: what would have been, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from arvio.catalog.banning import ban
from arvio.catalog.models import Account
from arvio.catalog.queries import policy_in_force
from arvio.moderation import appealing
from arvio.moderation.models import Case
from arvio.moderation.parties import customer
from arvio.moderation.reporting import Target, file_report
from arvio.policy.form import FormError
from arvio.preview.queries import Item
from arvio.reviews import actions, queries
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.moves import AT_NIGHT
from arvio.work.loop import work_once
from tests import cast
from tests.cast import NOW, Stage
from tests.moderation.desk import Desk, desk
from tests.preview.shelf import DAY, PRESET, TOMORROW, figures, items, let_it_count

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EDITING = {
    "by_author": "allowed", "max": 2, "window": "P3M", "raise_delay": "PT0S", "lower_delay": "P3D",
    "good_from": 4,
}  # fmt: skip


def store(**overrides: Any) -> Stage:
    return cast.stage(preset=PRESET, overrides=overrides)


def refs(rows: list[Item]) -> set[str]:
    return {one.ref for one in rows}


def test_held_reviews_keep_their_time_and_later_ones_wait_as_is_said() -> None:
    stage = store()
    held = stage.review(by=stage.anna, at=NOW - DAY)
    longer: dict[str, Any] = {"publication": {"hold": "P6D"}}
    told = figures(stage, **longer)
    assert (told["held_keep"].count, told["hold_otherwise"].count) == (1, 1)
    (kept,), (otherwise,) = (
        items(stage, code, **longer) for code in ("held_keep", "hold_otherwise")
    )
    assert kept.new == kept.old == held.publishes_at
    assert (otherwise.old, otherwise.new) == (NOW + 2 * DAY, NOW + 5 * DAY)
    let_it_count(stage, **longer)
    later = stage.review(by=stage.arvo, at=TOMORROW)
    assert later.publishes_at == TOMORROW + 6 * DAY
    work_once(now=NOW + 2 * DAY)
    held.refresh_from_db()
    assert held.state == "published"


def test_reviews_that_do_not_fit_the_new_form_are_those_it_refuses() -> None:
    stage = store()
    stage.review(by=stage.anna, at=NOW)
    stage.review(at=NOW - 40 * DAY)
    long = {"key": "text", "type": "text", "required": True, "min": 200, "max": 4000}
    stars = {"key": "stars", "type": "stars", "required": True, "min": 1, "max": 5}
    form: dict[str, Any] = {"form": {"sections": [{"key": "review", "fields": [stars, long]}]}}
    (one,) = items(stage, "form_refuses", **form)
    let_it_count(stage, **form)
    with pytest.raises(FormError) as refusal:
        stage.review(by=stage.arvo, at=TOMORROW)
    assert one.new == [(error.field, error.code) for error in refusal.value.errors]


def test_words_that_will_be_refused_are_named_and_then_are() -> None:
    stage = store()
    text = "All about it is on https://example.com and nowhere else."
    review = stage.review(by=stage.anna, at=NOW, text=text)
    stage.review(at=NOW)
    refuse: dict[str, Any] = {"screening": {"links": "refuse"}}
    (one,) = items(stage, "words_refused", **refuse)
    assert (one.ref, one.old, one.new) == (
        str(review.pk),
        [("links", "flag")],
        [("links", "refuse")],
    )
    let_it_count(stage, **refuse)
    with pytest.raises(FormError):
        stage.review(by=stage.arvo, at=TOMORROW, text=text)


def test_the_second_look_is_told_with_what_is_known_now() -> None:
    stage = store(publication={"recheck": []})
    review = stage.published(by=stage.anna)
    account = stage.anna.account
    assert isinstance(account, Account)
    ban(account=account, user=stage.anna.user, reason="Advertising", now=NOW)
    (one,) = items(stage, "second_look_stops", publication={"recheck": ["ban"]})
    assert (one.ref, one.old, one.new) == (str(review.pk), [], ["banned"])


def test_edits_that_would_be_refused_or_wait_are_told() -> None:
    stage = store(publication={"hold": "PT0S"}, editing=EDITING)
    reviews = [stage.published(by=who) for who in (stage.anna, stage.arvo)]
    for who, review in zip((stage.anna, stage.arvo), reviews, strict=True):
        for stars in (5, 2) if who is stage.anna else (5,):
            actions.edit_review(viewer=who, review_id=review.pk, changes={"stars": stars}, now=NOW)
    once: dict[str, Any] = {"editing": {"max": 1, "raise_delay": "P1D"}}
    assert refs(items(stage, "edit_refused", **once)) == {str(reviews[0].pk)}
    later = items(stage, "edit_later", **once)
    assert refs(later) == {str(row.pk) for row in reviews}
    assert {(one.old, one.new) for one in later} == {(NOW, NOW + DAY)}
    assert figures(stage, **once)["reviews_keep"].count == 2


def test_replies_that_would_be_impossible_are_told() -> None:
    stage = store(replies={"editable": True})
    early, late = stage.review(at=NOW), stage.published(by=stage.anna)
    for minute, (review, text) in enumerate(
        [(early, "We look into it."), (late, "Thank you."), (late, "Thank you both.")]
    ):
        at = NOW + timedelta(minutes=minute)
        actions.send_reply(member=cast.member(stage), review_id=review.pk, text=text, now=at)
    strict: dict[str, Any] = {"replies": {"during_hold": False, "editable": False}}
    assert refs(items(stage, "reply_while_held", **strict)) == {str(early.pk)}
    assert refs(items(stage, "reply_changed", **strict)) == {str(late.pk)}


def test_open_cases_keep_their_time_and_some_would_have_been_late() -> None:
    stage = store()
    review, at = stage.published(by=stage.anna), NOW - 7 * DAY
    zed = customer(viewer=stage.zed, language="en")
    assert zed
    file_report(target=Target(review), reporter=zed, reason="spam", now=at)
    case = Case.objects.get()
    sooner: dict[str, Any] = {"reports": {"business_days": 2, "reasons": ["fake"]}}
    (kept,), (late,), (refused,) = (
        items(stage, code, **sooner) for code in ("cases_keep", "case_late", "report_refused")
    )
    assert kept.new == case.due_at == late.old
    assert late.new < NOW < late.old
    assert (refused.old, refused.new) == ("spam", ["reason"])
    let_it_count(stage, **sooner)
    assert Case.objects.get().due_at == case.due_at


def test_removed_reviews_are_told_whose_time_is_over() -> None:
    stage = store()
    review = stage.published(by=stage.anna)
    actions.withdraw_review(viewer=stage.anna, review_id=review.pk, now=NOW - 9 * DAY)
    actions.withdraw_review(
        viewer=stage.arvo, review_id=stage.published(by=stage.arvo).pk, now=NOW - 3 * DAY
    )
    (one,) = items(stage, "words_forgotten", retention={"removed": "P5D"})
    assert (one.ref, one.new) == (str(review.pk), NOW - 4 * DAY)
    assert "words_forgotten" not in figures(stage, retention={"removed": "P11D"})


def gone(at: Desk, review: Review, action: str, *, ago: timedelta) -> str:
    at.decide(at.report(review, by=at.mika, now=NOW - ago).case, action, now=NOW - ago)
    return str(review.pk)


def forgotten() -> set[str]:
    rows = ReviewVersion.objects.exclude(erased_at=None)
    return {str(pk) for pk in rows.values_list("review_id", flat=True)}


def test_the_words_that_go_are_those_that_the_night_forgets() -> None:
    """Of what was removed or rejected, and not what somebody still waits for."""
    at = desk()
    rejected = gone(at, at.stage.review(at=NOW - 10 * DAY), "reject", ago=9 * DAY)
    removed = gone(at, at.stage.published(), "remove", ago=6 * DAY)
    asked = at.stage.published(by=at.stage.anna)
    gone(at, asked, "remove", ago=6 * DAY)
    case, appellant = appealing.as_author(viewer=at.stage.anna, case_id=asked.cases.get().pk)
    appealing.appeal(case=case, appellant=appellant, text="It is true.", now=NOW)
    sooner: dict[str, Any] = {"retention": {"removed": "P5D"}}
    assert refs(items(at.stage, "words_forgotten", **sooner)) == {rejected, removed}
    let_it_count(at.stage, **sooner)
    work_once(now=TOMORROW + DAY)
    assert forgotten() == {rejected, removed}


def test_words_that_go_in_a_night_before_the_change_are_not_kept_by_it() -> None:
    at = desk(overrides={"retention": {"removed": "P9D"}})
    first, second = (at.stage.published(at=NOW - 20 * DAY) for _ in range(2))
    tonight = gone(at, first, "remove", ago=9 * DAY - timedelta(hours=6))
    kept = gone(at, second, "remove", ago=8 * DAY + timedelta(hours=1))
    later: dict[str, Any] = {"retention": {"removed": "P20D"}}
    assert refs(items(at.stage, "words_kept", **later)) == {kept}
    work_once(now=datetime.combine(TOMORROW, AT_NIGHT, tzinfo=UTC))
    let_it_count(at.stage, **later)
    work_once(now=TOMORROW + DAY)
    assert forgotten() == {tonight}


def test_names_are_those_that_are_shown_then() -> None:
    stage = store()
    stage.published(by=stage.anna)
    company: dict[str, Any] = {"privacy": {"display_name": "company"}}
    (one,) = items(stage, "name_changed", **company)
    assert one.old == shown(stage, NOW)
    let_it_count(stage, **company)
    assert one.new == shown(stage, TOMORROW) == "Acme Oy"


def shown(stage: Stage, now: Any) -> str:
    version = policy_in_force(marketplace=stage.marketplace, now=now)
    (row,) = queries.page(app=stage.app, version=version, now=now).items
    return row.display_name


def test_reviews_from_outside_the_product_are_told_where_that_ends() -> None:
    stage = store(eligibility={"surface": "any"})
    zoe = stage.viewer(surface="web")
    review: Review = stage.review(by=zoe, at=NOW)
    stage.review(by=stage.anna, at=NOW)
    inside: dict[str, Any] = {"eligibility": {"surface": "in_product"}}
    assert refs(items(stage, "written_outside", **inside)) == {str(review.pk)}
