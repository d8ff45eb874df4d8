"""Nine hidden, ten shown, nine hidden again; not answered is not nought (R25, R26, R80-R88)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from arvio.catalog import actions as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.queries import Viewer
from arvio.ratings import queries
from arvio.ratings.models import QualityDay, QualitySummary, RatingDay, RatingSummary
from arvio.reviews import actions
from arvio.reviews import queries as reviews
from arvio.reviews.models import Review, ReviewVersion
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db

AXES = {"ease_of_use": 5, "features": 3}


def public(stage: cast.Stage, app: str = "calls") -> queries.Rating:
    return queries.rating(marketplace=stage.marketplace.slug, app=app, now=stage.now).rating


def partner(stage: cast.Stage) -> queries.Rating:
    return queries.rating_for_partner(app=stage.app, now=stage.now)


def hidden(rating: queries.Rating, count: int) -> None:
    assert (rating.shown, rating.reason, rating.count) == (False, "below_threshold", count)
    assert (rating.mean, rating.histogram, rating.qualities) == (None, None, None)


def reviewed(stage: cast.Stage, number: int, **answers: Any) -> list[tuple[Viewer, Review]]:
    by = [stage.viewer() for _ in range(number)]
    return [(viewer, stage.review(by=viewer, **answers)) for viewer in by]


def test_nine_hidden_ten_shown_nine_hidden_again_and_the_partner_sees_always() -> None:
    stage = cast.stage(preset="hubspot-2022")
    made = reviewed(stage, 9, stars=5, qualities=AXES)
    hidden(public(stage), 9)
    assert (partner(stage).mean, partner(stage).count) == (Decimal("5.00"), 9)
    made += reviewed(stage, 1, stars=3, qualities=AXES)
    shown = public(stage)
    assert (shown.shown, shown.reason, shown.count, shown.mean) == (True, None, 10, Decimal("4.80"))
    assert shown.histogram == {1: 0, 2: 0, 3: 1, 4: 0, 5: 9}
    assert shown.qualities == {
        "ease_of_use": queries.QualityMean(Decimal("5.00"), 10),
        "features": queries.QualityMean(Decimal("3.00"), 10),
    }
    viewer, review = made[0]
    actions.withdraw_review(viewer=viewer, review_id=review.pk, now=stage.now)
    hidden(public(stage), 9)
    assert (partner(stage).count, partner(stage).mean) == (9, Decimal("4.78"))
    assert partner(stage).qualities is not None


def test_each_review_is_visible_while_the_aggregate_is_hidden() -> None:
    stage = cast.stage(preset="hubspot-2022")
    reviewed(stage, 2)
    found = queries.rating(marketplace="store", app="calls", now=stage.now)
    page = reviews.page(app=found.app, version=found.policy_version, now=stage.now)
    assert len(page.items) == 2


def test_an_archived_review_leaves_the_aggregate_too() -> None:
    stage = cast.stage(preset="hubspot-2022")
    made = reviewed(stage, 10)
    assert public(stage).shown
    account = made[0][0].account
    assert account is not None
    catalog.ban(account=account, reason="spam", now=stage.now)
    work_once(now=stage.now)
    hidden(public(stage), 9)


def test_the_threshold_of_another_policy_shows_one() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    hidden(public(stage), 0)
    stage.published(by=stage.anna, stars=2)
    assert (public(stage).mean, public(stage).count) == (Decimal("2.00"), 1)


# --- Not answered, and nought ------------------------------------------------------------------


def test_unanswered_and_nought_stay_apart_from_the_form_to_the_export() -> None:
    """From the form through the database, the public review and the rating to the export."""
    stage = cast.stage(preset="hubspot-2022", overrides={"aggregates": {"min_reviews": 1}})
    given = {"ease_of_use": 4, "features": 0, "value": None}
    review = stage.review(by=stage.anna, qualities=given)
    kept = ReviewVersion.objects.get().qualities
    assert kept == {"ease_of_use": 4, "features": 0}
    shown, _ = reviews.public_review(review_id=review.pk, now=stage.now)
    assert shown.qualities == {"ease_of_use": 4, "features": 0}
    rating = public(stage)
    assert rating.qualities == {
        "ease_of_use": queries.QualityMean(Decimal("4.00"), 1),
        "features": queries.QualityMean(Decimal("0.00"), 1),
    }
    assert list(every(export(stage), "qualities")) == [{"ease_of_use": 4, "features": 0}]


def export(stage: cast.Stage) -> list[Any]:
    said = io.StringIO()
    call_command("export", marketplace=stage.marketplace.slug, stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def every(value: Any, key: str) -> Iterator[Any]:
    """All values under this key, however deep."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from every(one, key)


def test_a_mean_counts_only_who_answered() -> None:
    stage = cast.stage(preset="hubspot-2022", overrides={"aggregates": {"min_reviews": 1}})
    for value in (None, 0, 5):
        stage.review(qualities=AXES | {"value": value})
    rating = public(stage)
    assert rating.qualities is not None
    assert rating.qualities["value"] == queries.QualityMean(Decimal("2.50"), 2)
    assert rating.qualities["ease_of_use"].count == 3
    assert "support_documentation" not in rating.qualities


def test_where_the_policy_says_so_a_nought_is_no_answer() -> None:
    stage = cast.stage(
        preset="hubspot-2022", overrides={"aggregates": {"min_reviews": 1, "zero_counts": False}}
    )
    for value in (0, 0, 4):
        stage.review(qualities=AXES | {"value": value, "support_documentation": 0})
    rating = public(stage)
    assert rating.qualities is not None
    assert rating.qualities["value"] == queries.QualityMean(Decimal("4.00"), 1)
    assert "support_documentation" not in rating.qualities


def test_dimensions_come_in_the_order_of_the_form() -> None:
    stage = cast.stage(preset="hubspot-2022", overrides={"aggregates": {"min_reviews": 1}})
    stage.review(
        qualities={"support_documentation": 1, "value": 2, "features": 3, "ease_of_use": 4}
    )
    rating = public(stage)
    assert list(rating.qualities or {}) == [
        "ease_of_use",
        "features",
        "value",
        "support_documentation",
    ]


# --- Sums by day -------------------------------------------------------------------------------


def test_day_counts_follow_the_day_of_publication_in_and_out() -> None:
    stage = cast.stage(preset="hubspot-2024")
    yesterday = stage.now - timedelta(days=1)
    viewer = stage.viewer()
    review = stage.review(by=viewer, at=yesterday, stars=5, qualities=AXES)
    stage.review(stars=5, qualities=AXES)
    days = {(row.day_date, row.stars): row.count for row in RatingDay.objects.all()}
    assert days == {(yesterday.date(), 5): 1, (stage.now.date(), 5): 1}
    actions.edit_review(viewer=viewer, review_id=review.pk, changes={"stars": 1}, now=stage.now)
    work_once(now=stage.now + timedelta(hours=48))
    days = {(row.day_date, row.stars): row.count for row in RatingDay.objects.filter(count__gt=0)}
    assert days == {(yesterday.date(), 1): 1, (stage.now.date(), 5): 1}
    actions.withdraw_review(viewer=viewer, review_id=review.pk, now=stage.now)
    sums = QualityDay.objects.filter(day_date=yesterday.date()).values_list("total", "count")
    assert set(sums) == {(0, 0)}
    assert set(QualitySummary.objects.values_list("dimension", "total", "count")) == {
        ("ease_of_use", 5, 1),
        ("features", 3, 1),
    }


# --- Explain (R85, R94) ------------------------------------------------------------------------


def test_explain_gives_what_an_outsider_needs_and_nothing_below_the_threshold() -> None:
    stage = cast.stage(preset="hubspot-2022")
    made = reviewed(stage, 9, stars=5)
    below = queries.explain(marketplace="store", app="calls", now=stage.now)
    assert (below["inputs"], below["mean"], below["score"]) == (None, None, "3.500000")
    reviewed(stage, 1, stars=1)
    above = queries.explain(marketplace="store", app="calls", now=stage.now)
    stars = above["inputs"]["histogram"]
    weight, mean = above["constants"]["prior_weight"], above["constants"]["prior_mean"]
    total = sum(int(n) * count for n, count in stars.items())
    expected = (weight * mean + total) / (weight + sum(stars.values()))
    assert Decimal(above["score"]) == round(Decimal(expected), 6)
    assert RatingSummary.objects.get().score_micros == int(Decimal(above["score"]) * 1_000_000)
    assert len(made) == 9


def test_an_aged_score_can_be_recomputed_from_what_explain_says() -> None:
    stage = cast.stage(
        preset="bitrix24-2024", overrides={"ranking": {"half_life": "P45D", "prior_mean": 3.1}}
    )
    for days, stars in ((200, 1), (60, 5), (10, 4), (10, 2)):
        stage.published(at=stage.now - timedelta(days=days), stars=stars)
    said = queries.explain(marketplace="store", app="calls", now=stage.now)
    scored_on = date.fromisoformat(said["inputs"]["scored_on"])
    weights = total = 0.0
    for day, stars, count in said["inputs"]["days"]:
        age = (scored_on - date.fromisoformat(day)).days
        weight = count * 2 ** (-age / 45)
        weights, total = weights + weight, total + weight * stars
    prior = said["constants"]
    expected = (prior["prior_weight"] * prior["prior_mean"] + total) / (
        prior["prior_weight"] + weights
    )
    assert abs(float(said["score"]) - expected) < 1e-6
    assert prior["half_life"] == "P45D"


# --- Several apps at once -----------------------------------------------------------------------


def test_ratings_of_many_apps_come_in_the_order_asked_for() -> None:
    stage = cast.stage(preset="bitrix24-2024")
    cast.make_app(stage.marketplace, stage.partner, "other")
    stage.published(by=stage.anna, stars=3)
    asked = ["other", "nobody", "calls", "other", "a\0b", "\ud800"]
    found = queries.ratings(marketplace="store", apps=asked, now=stage.now)
    assert [(item.app.ref, item.rating.count) for item in found] == [("other", 0), ("calls", 1)]
    assert queries.ratings(marketplace="no\0body", apps=["calls"], now=stage.now) == []


def test_apps_of_one_ref_in_two_marketplaces_are_two() -> None:
    one, two = cast.stage(), cast.stage(slug="other")
    one.published(by=one.anna, stars=5)
    assert (public(one).count, public(two).count) == (1, 0)


def test_an_app_or_marketplace_that_is_not_there_is_named() -> None:
    stage = cast.stage()
    for marketplace, app, field in (("store", "no", "app"), ("no", "calls", "marketplace")):
        with pytest.raises(NotFound) as refusal:
            queries.rating(marketplace=marketplace, app=app, now=stage.now)
        assert refusal.value.field == field
