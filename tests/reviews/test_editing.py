"""Edits: how many, until when, and what is public meanwhile (R50-R59, CONTRACT 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog.queries import Viewer
from arvio.due.models import Due
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions, editing, queries
from arvio.reviews.errors import Refused
from arvio.reviews.models import AboutAnswer, Review, ReviewVersion
from arvio.reviews.states import State
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db

STARS = range(1, 6)
TICK = timedelta(microseconds=1)
LOWER_DELAY = timedelta(days=3)


def edit(review: Review, by: Viewer, now: datetime, **changes: Any) -> Review:
    return actions.edit_review(viewer=by, review_id=review.pk, changes=changes, now=now)


def refusal_of(review: Review, by: Viewer, now: datetime, **changes: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        edit(review, by, now, **changes or {"stars": 3})
    return [check.code for check in refusal.value.verdict.failed]


def public(review: Review, now: datetime) -> queries.PublicReview:
    return queries.public_review(review_id=review.pk, now=now)[0]


@pytest.mark.parametrize("new", STARS)
@pytest.mark.parametrize("old", STARS)
def test_up_or_good_is_at_once_and_down_waits_for_the_hold(old: int, new: int) -> None:
    """The matrix of FEATURES section 6, with two edits and a third that is refused."""
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=old, text="First words.")
    at_once = new >= 4 or new > old
    edit(review, stage.anna, stage.now, stars=new, text="Second words.")
    expected = (new, "Second words.") if at_once else (old, "First words.")
    now_public = public(review, stage.now)
    assert (now_public.stars, now_public.text) == expected
    assert (now_public.edited_at is not None) == at_once
    assert RatingSummary.objects.get().histogram[expected[0] - 1] == 1
    work_once(now=stage.now + LOWER_DELAY - TICK)
    assert public(review, stage.now).stars == expected[0]
    work_once(now=stage.now + LOWER_DELAY)
    later = public(review, stage.now + LOWER_DELAY)
    assert (later.stars, later.text) == (new, "Second words.")
    assert RatingSummary.objects.get().histogram == tuple(int(n == new) for n in STARS)
    edit(review, stage.anna, stage.now + LOWER_DELAY, text="Third words.")
    assert refusal_of(review, stage.anna, stage.now + LOWER_DELAY) == ["edit_limit_reached"]
    assert ReviewVersion.objects.count() == 3


def test_any_edit_is_refused_from_three_months_on() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    written = datetime(2025, 11, 30, 12, tzinfo=UTC)
    review = stage.review(by=stage.anna, at=written)
    end = datetime(2026, 2, 28, 12, tzinfo=UTC)
    work_once(now=end)
    assert refusal_of(review, stage.anna, end) == ["window_closed"]
    assert refusal_of(review, stage.anna, end, text="Words only.") == ["window_closed"]
    assert edit(review, stage.anna, end - TICK, stars=5).stars == 5


@pytest.mark.parametrize("preset", ["bitrix24-2024", "hubspot-2022"])
def test_where_reviews_are_locked_no_edit_is_taken(preset: str) -> None:
    stage = cast.stage(preset=preset)
    review = stage.review(by=stage.anna)
    assert refusal_of(review, stage.anna, stage.now) == ["editing_not_allowed"]
    work_once(now=stage.now + LOWER_DELAY)
    assert refusal_of(review, stage.anna, stage.now + LOWER_DELAY) == ["editing_not_allowed"]
    assert ReviewVersion.objects.count() == 1


@pytest.mark.parametrize("stars", STARS)
def test_in_2024_every_edit_of_the_other_store_takes_48_hours(stars: int) -> None:
    stage = cast.stage(preset="hubspot-2024")
    review = stage.published(by=stage.anna, stars=3)
    for number in range(1, 6):
        edit(review, stage.anna, stage.now, stars=stars, text=f"Words {number}.")
    due = stage.now + timedelta(hours=48)
    work_once(now=due - TICK)
    assert (public(review, due).stars, public(review, due).text[:2]) == (3, "We")
    work_once(now=due)
    assert (public(review, due).stars, public(review, due).text) == (stars, "Words 5.")
    assert public(review, due).edited_at == due
    assert ReviewVersion.objects.exclude(effective_at=None).count() == 2


def test_an_edit_replaces_the_one_that_waits_and_counts() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=5)
    edit(review, stage.anna, stage.now, stars=1)
    day = stage.now + timedelta(days=1)
    edit(review, stage.anna, day, stars=2)
    assert Due.objects.get(kind="edit").due_at == day + LOWER_DELAY
    work_once(now=stage.now + LOWER_DELAY)
    assert public(review, day).stars == 5
    work_once(now=day + LOWER_DELAY)
    assert public(review, day).stars == 2
    assert refusal_of(review, stage.anna, day) == ["edit_limit_reached"]
    gone = ReviewVersion.objects.get(number=2)
    assert (gone.stars, gone.effective_at) == (1, None)


def test_a_raise_takes_the_place_of_a_lowering_that_waits() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=4)
    edit(review, stage.anna, stage.now, stars=1)
    edit(review, stage.anna, stage.now, stars=5)
    assert not Due.objects.filter(kind="edit").exists()
    work_once(now=stage.now + 2 * LOWER_DELAY)
    assert public(review, stage.now).stars == 5


@pytest.mark.parametrize(("old", "new"), [(4, 5), (4, 4), (2, 3), (1, 4)])
def test_a_held_review_edited_up_keeps_its_due_time(old: int, new: int) -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.review(by=stage.anna, stars=old)
    due = review.publishes_at
    edited = edit(review, stage.anna, stage.now + timedelta(days=2), stars=new, text="Better.")
    assert (edited.state, edited.publishes_at, edited.stars) == (State.HELD, due, new)
    assert due is not None
    work_once(now=due)
    assert (public(review, due).stars, public(review, due).edited_at) == (new, None)


@pytest.mark.parametrize(("old", "new"), [(5, 3), (3, 3), (2, 1)])
def test_a_held_review_edited_down_waits_for_the_later_moment(old: int, new: int) -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.review(by=stage.anna, stars=old)
    day = stage.now + timedelta(days=1)
    edited = edit(review, stage.anna, day, stars=new, text="Worse.")
    assert edited.publishes_at == day + LOWER_DELAY
    work_once(now=day + LOWER_DELAY - TICK)
    assert Review.objects.get().state == State.HELD
    work_once(now=day + LOWER_DELAY)
    assert public(review, day).stars == new


def test_what_is_not_named_stays_and_null_takes_an_answer_back() -> None:
    stage = cast.stage(preset="hubspot-2024")
    review = stage.published(
        by=stage.anna,
        pros="Fast.",
        qualities={"ease_of_use": 5, "features": 4, "value": 0, "support_documentation": 3},
        about={"role": "Sales lead", "company_size": "2-10", "industry": "retail"},
    )
    edit(
        review,
        stage.anna,
        stage.now,
        pros=None,
        qualities={"value": None, "features": 0},
        about={"industry": None, "company_size": "1001+"},
    )
    version = ReviewVersion.objects.get(number=2)
    assert version.qualities == {"ease_of_use": 5, "features": 0, "support_documentation": 3}
    assert (version.title, version.pros) == ("Does what it says", "")
    answers = AboutAnswer.objects.filter(version=version).values_list("key", "value")
    assert dict(answers) == {"role": "Sales lead", "company_size": "1001+"}
    assert version.consents.count() == 3
    assert AboutAnswer.objects.filter(version__number=1).count() == 3


def test_an_archived_review_is_not_edited_but_its_waiting_edit_still_ripens() -> None:
    from arvio.catalog import actions as catalog

    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=5)
    edit(review, stage.anna, stage.now, stars=2)
    ban = catalog.ban(account=stage.acme, reason="x", now=stage.now)
    work_once(now=stage.now)
    assert refusal_of(review, stage.anna, stage.now) == ["review_not_visible"]
    work_once(now=stage.now + LOWER_DELAY)
    assert RatingSummary.objects.get().count == 0
    catalog.lift_ban(ban=ban, now=stage.now + LOWER_DELAY)
    work_once(now=stage.now + LOWER_DELAY)
    assert public(review, stage.now + LOWER_DELAY).stars == 2
    assert RatingSummary.objects.get().histogram == (0, 1, 0, 0, 0)
    assert ReviewVersion.objects.filter(effective_at=None).count() == 0


def test_an_answer_is_marked_when_the_review_changed_after_it() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=2)
    actions.add_replies(replies=[(review, "We fixed it.", "person:petra", stage.now)])
    edit(review, stage.anna, stage.now, stars=5)
    reply = public(review, stage.now).reply
    assert reply is not None
    assert reply.about_earlier_version


def test_history_says_what_an_edit_did_without_its_words() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=5)
    edit(review, stage.anna, stage.now, stars=1, text="A secret reason.")
    work_once(now=stage.now + LOWER_DELAY)
    rows = list(AuditRow.objects.filter(subject=review.subject).order_by("seq"))
    assert [row.tag for row in rows][2:] == ["review:edited", "review:edit_applied"]
    edited, applied = rows[2:]
    assert edited.after is not None
    assert applied.before is not None
    assert applied.after is not None
    assert (edited.actor, applied.actor) == (stage.anna.actor, "policy")
    assert edited.after["due_at"] == (stage.now + LOWER_DELAY).isoformat()
    assert (applied.before["stars"], applied.after["stars"]) == (5, 1)
    assert "secret" not in str([row.after for row in rows])


def test_an_edit_that_does_not_fit_the_form_changes_nothing() -> None:
    from arvio.policy.form import FormError

    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna)
    for changes in ({"stars": 6}, {"text": " "}, {"title": "No such field"}, {"state": "removed"}):
        with pytest.raises(FormError):
            edit(review, stage.anna, stage.now, **changes)
    review.refresh_from_db()
    assert (review.edits_used, review.version_count) == (0, 1)


def test_my_reviews_say_what_waits_and_what_may_be_done() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=5, text="Good.")
    edit(review, stage.anna, stage.now, stars=1, text="Bad.")
    (own,), following = queries.mine(viewer=stage.anna, now=stage.now)
    assert following is None
    assert (own.public.text, own.pending and own.pending.text) == ("Good.", "Bad.")
    values = {check.code: check.values for check in own.can_edit.checks}
    assert own.can_edit.allowed
    assert values["edit_limit_reached"] == {"used": 1, "limit": 2, "left": 1}
    assert queries.mine(viewer=stage.arvo, now=stage.now) == ([], None)
    assert editing.standing_answers(review=own.review)["text"] == "Bad."
