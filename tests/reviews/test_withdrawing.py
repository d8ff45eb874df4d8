"""A review taken back: it frees its places and leaves its words in the history (R8)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from arvio.due.models import Due
from arvio.ratings import queries as ratings
from arvio.reviews import actions
from arvio.reviews.errors import NotYours, Refused
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.states import State
from tests import cast

pytestmark = pytest.mark.django_db

HOLD = timedelta(days=3)


def state(review: Review) -> str:
    review.refresh_from_db()
    return str(review.state)


def shown(stage: cast.Stage, now: datetime) -> ratings.Rating:
    return ratings.rating(marketplace=stage.marketplace.slug, app="calls", now=now).rating


def test_a_withdrawn_review_leaves_everything_but_its_words() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, text="My own words.")
    actions.edit_review(viewer=stage.anna, review_id=review.pk, changes={"stars": 1}, now=stage.now)
    actions.withdraw_review(viewer=stage.anna, review_id=review.pk, now=stage.now)
    assert state(review) == State.REMOVED
    assert (review.person_place, review.account_place) == (None, None)
    assert (review.removed_at, review.removed_rule) == (stage.now, "withdrawn")
    assert (review.pending_version, Due.objects.filter(kind="edit").exists()) == (None, False)
    assert shown(stage, stage.now).count == 0
    assert ReviewVersion.objects.filter(text="My own words.").count() == 2
    with pytest.raises(Refused) as refusal:
        actions.withdraw_review(viewer=stage.anna, review_id=review.pk, now=stage.now)
    assert refusal.value.code == "review_not_visible"


def test_a_review_withdrawn_in_the_hold_is_never_published() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    review = stage.review(by=stage.anna)
    actions.withdraw_review(viewer=stage.anna, review_id=review.pk, now=stage.now)
    assert not Due.objects.filter(kind="publish").exists()
    actions.publish_due(review_ids=[review.pk], now=stage.now + HOLD)
    assert state(review) == State.REMOVED


@pytest.mark.parametrize("who", ["arvo", "zed"])
def test_nobody_withdraws_or_edits_for_another(who: str) -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna)
    viewer = getattr(stage, who)
    with pytest.raises(NotYours):
        actions.withdraw_review(viewer=viewer, review_id=review.pk, now=stage.now)
    with pytest.raises(NotYours):
        actions.edit_review(viewer=viewer, review_id=review.pk, changes={"stars": 1}, now=stage.now)
    assert state(review) == State.PUBLISHED
