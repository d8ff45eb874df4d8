"""Apps: what the preview says is what happens when the rules count."""

from __future__ import annotations

from typing import Any

import pytest

from arvio.ratings.models import QualitySummary, RatingSummary
from arvio.ratings.queries import ratings
from arvio.ratings.storefront import storefront
from tests.cast import NOW, Stage
from tests.preview.shelf import TOMORROW, figures, items, let_it_count, shelf

pytestmark = pytest.mark.django_db

STARS = {
    "adverts": [5, 5, 5, 5, 5, 1],
    "billing": [4, 4, 4, 5],
    "courier": [5, 5],
    "dossier": [1, 2, 1],
    "errands": [3],
    "forecast": [2, 2, 3, 1, 1, 1, 2],
    "gather": [5, 5, 5],
}


def order(stage: Stage, now: Any) -> dict[str, int]:
    shown = storefront(slug=stage.marketplace.slug, now=now).items
    return {row.app.ref: place for place, row in enumerate(shown, start=1)}


def shown(stage: Stage, now: Any) -> set[str]:
    found = ratings(marketplace=stage.marketplace.slug, apps=[*STARS, "calls"], now=now)
    return {row.app.ref for row in found if row.rating.shown}


@pytest.mark.parametrize(
    "overrides",
    [
        {"aggregates": {"min_reviews": 4}},
        {"aggregates": {"min_reviews": 1}},
        {"ranking": {"prior_mean": 2.5, "prior_weight": 1}},
        {"ranking": {"half_life": "P5D"}, "aggregates": {"min_reviews": 3}},
    ],
    ids=["higher", "lower", "prior", "ageing"],
)
def test_the_listed_apps_and_no_others_are_hidden_shown_and_moved(
    overrides: dict[str, Any],
) -> None:
    stage = shelf(STARS, aggregates={"min_reviews": 2})
    before, visible = order(stage, NOW), shown(stage, NOW)
    told = figures(stage, **overrides)
    lost, gained, moved = (
        items(stage, code, **overrides) for code in ("rating_lost", "rating_gained", "place_moved")
    )
    let_it_count(stage, **overrides)
    after, visible_then = order(stage, TOMORROW), shown(stage, TOMORROW)
    assert {one.ref for one in lost} == visible - visible_then
    assert {one.ref for one in gained} == visible_then - visible
    assert {one.ref: (one.old["place"], one.new["place"]) for one in moved} == {
        ref: (before[ref], after[ref]) for ref in before if before[ref] != after[ref]
    }
    assert {code: told[code].count if code in told else 0 for code in CODES} == {
        "rating_lost": len(lost),
        "rating_gained": len(gained),
        "place_moved": len(moved),
    }
    assert lost or gained or moved
    steps = [abs(one.old["place"] - one.new["place"]) for one in moved]
    assert steps == sorted(steps, reverse=True)


CODES = ("rating_lost", "rating_gained", "place_moved")


def test_scores_are_those_that_are_stored_then() -> None:
    stage = shelf(STARS, aggregates={"min_reviews": 2})
    overrides: dict[str, Any] = {"ranking": {"prior_weight": 3}}
    told = {one.ref: one.new["score"] for one in items(stage, "score_changed", **overrides)}
    let_it_count(stage, **overrides)
    rows = {row.app.ref: row.score_micros for row in summaries(stage)}
    assert told == {ref: rows[ref] / 1_000_000 for ref in STARS if ref != "errands"}


def summaries(stage: Stage) -> Any:
    return RatingSummary.objects.filter(marketplace=stage.marketplace).select_related("app")


@pytest.mark.once
def test_quality_ratings_change_where_somebody_gave_a_nought() -> None:
    stage = shelf({"adverts": [5, 5], "billing": [4]}, aggregates={"min_reviews": 2})
    for row in summaries(stage):
        QualitySummary.objects.create(app=row.app, dimension="value", total=6, count=3, zeros=1)
    (one,) = items(stage, "quality_changed", aggregates={"zero_counts": False})
    assert (one.ref, one.about) == ("adverts", "value")
    assert (one.old, one.new) == ({"mean": 2.0, "count": 3}, {"mean": 3.0, "count": 2})
