"""Rules that are frozen with a review at its submission, and rules always in force (CONTRACT 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from arvio.catalog.marketplaces import set_policy
from arvio.ratings import queries as ratings
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions, queries
from arvio.reviews.errors import Refused
from arvio.reviews.models import Review
from arvio.reviews.states import State
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db

HOLD = timedelta(days=3)
TICK = timedelta(microseconds=1)


def state(review: Review) -> str:
    review.refresh_from_db()
    return str(review.state)


def shown(stage: cast.Stage, now: datetime) -> ratings.Rating:
    return ratings.rating(marketplace=stage.marketplace.slug, app="calls", now=now).rating


def change(stage: cast.Stage, overrides: dict[str, Any], preset: str = "bitrix24-2025") -> datetime:
    """Another policy, in force an hour from now; answers when."""
    at = stage.now + timedelta(hours=1)
    set_policy(
        marketplace=stage.marketplace,
        preset=preset,
        overrides=overrides,
        effective_at=at,
        actor="test",
        now=stage.now,
    )
    return at


def test_hold_and_editing_stay_those_of_the_submission() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.review(by=stage.anna)
    at = change(
        stage,
        {
            "publication": {"hold": "P10D"},
            "editing": {"by_author": "never", "max": "none", "window": "none"},
        },
    )
    work_once(now=at)
    edited = actions.edit_review(
        viewer=stage.anna, review_id=review.pk, changes={"stars": 5}, now=at
    )
    assert edited.stars == 5
    newer = stage.review(by=stage.arvo, at=at)
    assert newer.publishes_at == at + timedelta(days=10)
    with pytest.raises(Refused):
        actions.edit_review(viewer=stage.arvo, review_id=newer.pk, changes={"stars": 5}, now=at)
    work_once(now=stage.now + HOLD)
    assert (state(review), state(newer)) == (State.PUBLISHED, State.HELD)


def test_the_form_of_an_edit_is_the_one_that_was_filled_in() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna)
    at = change(stage, {}, preset="hubspot-2024")
    edited = actions.edit_review(
        viewer=stage.anna, review_id=review.pk, changes={"text": "No title asked."}, now=at
    )
    assert (edited.live_version.title, edited.live_version.text) == ("", "No title asked.")


def test_threshold_score_names_and_limits_follow_the_policy_in_force() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    review = stage.published(by=stage.anna, stars=5)
    at = change(
        stage,
        {
            "aggregates": {"min_reviews": 2},
            "ranking": {"prior_mean": 2},
            "privacy": {"display_name": "last_f"},
            "eligibility": {"plans": "any"},
            "limits": {"per_account": 1},
        },
    )
    work_once(now=at - TICK)
    before, after = shown(stage, at - TICK), shown(stage, at)
    assert (before.shown, after.shown, after.count) == (True, False, 1)
    assert RatingSummary.objects.get().score_micros == round((3.5 * 7 + 5) / 8 * 1_000_000)
    work_once(now=at)
    assert RatingSummary.objects.get().score_micros == 2_000_000
    names = [
        queries.public_review(review_id=review.pk, now=moment)[0].display_name
        for moment in (at - TICK, at)
    ]
    assert names == ["Anna K.", "Korhonen, A."]
    with pytest.raises(Refused) as refusal:
        stage.review(by=stage.arvo, at=at)
    assert [check.code for check in refusal.value.verdict.failed] == ["account_cap_reached"]


def test_a_review_keeps_the_version_that_it_was_submitted_under() -> None:
    stage = cast.stage(preset="bitrix24-2025")
    at = change(stage, {})
    old, new = stage.review(by=stage.anna), stage.review(by=stage.arvo, at=at)
    assert (old.policy_version.number, new.policy_version.number) == (1, 2)
