"""Apps: whose rating is shown, in which order they stand, what their quality ratings are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

from arvio.catalog.models import App
from arvio.preview.shapes import Change, Found, Item, Place, Step
from arvio.ratings import rules
from arvio.ratings.actions import prior_micros, score_micros
from arvio.ratings.models import QualitySummary, RatingDay, RatingSummary

LOST, GAINED, MOVED, SCORED, QUALITY = (
    "rating_lost", "rating_gained", "place_moved", "score_changed", "quality_changed",
)  # fmt: skip
CODES = (LOST, GAINED, MOVED, SCORED, QUALITY)
Scores: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Rated:
    app: App
    summary: RatingSummary | None
    scores: Scores

    @property
    def count(self) -> int:
        return self.summary.count if self.summary else 0


def touched(change: Change) -> bool:
    old, new = change.old, change.new
    return (old.aggregates, old.ranking) != (new.aggregates, new.ranking)


def values(change: Change, code: str) -> Mapping[str, Any]:
    return {"old": change.old.aggregates.min_reviews, "new": change.new.aggregates.min_reviews}


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """All apps at once: a row each, in four statements at most."""
    rated = _rated(change)
    yield from _shown(change, rated)
    yield from _order([one for one in rated if not one.app.retired])
    if change.old.aggregates.zero_counts != change.new.aggregates.zero_counts:
        yield from _qualities(change, rated)


def _rated(change: Change) -> list[_Rated]:
    apps = App.objects.filter(marketplace=change.marketplace).only("ref", "name", "retired")
    rows = RatingSummary.objects.filter(app__marketplace=change.marketplace)
    summaries = {row.app_id: row for row in rows}
    prior = prior_micros(policy=change.old), prior_micros(policy=change.new)
    scores = _scores(change, summaries)
    return [
        _Rated(app, summaries.get(app.pk), scores.get(app.pk, prior)) for app in apps.order_by("pk")
    ]


def _scores(change: Change, summaries: Mapping[UUID, RatingSummary]) -> dict[UUID, Scores]:
    """By the old rules and by the new, both on the day of the change: what only time changes is no
    change of rules.
    """

    def both(summary: RatingSummary, days: Sequence[tuple[date, int, int]]) -> Scores:
        old, new = (
            score_micros(policy=policy, summary=summary, days=days, today=change.at.date())
            for policy in (change.old, change.new)
        )
        return old, new

    if change.old.ranking.half_life is None and change.new.ranking.half_life is None:
        return {pk: both(summary, ()) for pk, summary in summaries.items()}
    days = RatingDay.objects.filter(app__marketplace=change.marketplace, count__gt=0)
    rows = days.order_by("app_id", "day_date", "stars").values_list(
        "app_id", "day_date", "stars", "count"
    )
    found = {
        app: both(summaries[app], [row[1:] for row in group])
        for app, group in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0])
        if app in summaries
    }
    return {pk: found.get(pk) or both(summary, ()) for pk, summary in summaries.items()}


def _shown(change: Change, rated: Sequence[_Rated]) -> Iterator[Step]:
    old, new = change.old.aggregates.min_reviews, change.new.aggregates.min_reviews
    for one in sorted(rated, key=lambda one: (-one.count, one.app.pk)):
        was, will = one.count >= old, one.count >= new
        if was != will:
            mean = rules.mean(one.summary.histogram) if one.summary else None
            shown = {"mean": None if mean is None else float(rules.decimal(mean, 2))}
            hidden = {"of": new if was else old}
            count = {"count": one.count}
            before, after = (shown, hidden) if was else (hidden, shown)
            yield _found(LOST if was else GAINED, one, count | before, count | after)


def _order(rated: Sequence[_Rated]) -> Iterator[Step]:
    """By the storefront's own order: score, count, id (`ratings.storefront.SORTS`)."""
    places = [_places(rated, by) for by in (0, 1)]
    old, new = places

    def biggest(one: _Rated) -> tuple[int, int]:
        return -abs(old[one.app.pk] - new[one.app.pk]), new[one.app.pk]

    for one in sorted(rated, key=biggest):
        if old[one.app.pk] != new[one.app.pk]:
            old_place, new_place = ({"place": place[one.app.pk]} for place in places)
            yield _found(MOVED, one, old_place, new_place)
    for one in sorted(rated, key=lambda one: (-abs(one.scores[0] - one.scores[1]), one.app.pk)):
        if one.scores[0] != one.scores[1]:
            old_score, new_score = ({"score": score / 1_000_000} for score in one.scores)
            yield _found(SCORED, one, old_score, new_score)


def _places(rated: Sequence[_Rated], by: int) -> dict[UUID, int]:
    ordered = sorted(rated, key=lambda one: (-one.scores[by], -one.count, one.app.pk))
    return {one.app.pk: place for place, one in enumerate(ordered, start=1)}


def _qualities(change: Change, rated: Sequence[_Rated]) -> Iterator[Step]:
    """Of ratings that are shown before and after: the others tell no quality ratings."""
    least = max(change.old.aggregates.min_reviews, change.new.aggregates.min_reviews)
    shown = {one.app.pk: one for one in rated if one.count >= least}
    rows = QualitySummary.objects.filter(app__marketplace=change.marketplace, zeros__gt=0)
    for row in rows.order_by("app_id", "dimension"):
        if one := shown.get(row.app_id):
            old, new = (
                _quality(row, policy.aggregates.zero_counts) for policy in (change.old, change.new)
            )
            yield _found(QUALITY, one, old, new, about=row.dimension)


def _quality(row: QualitySummary, zero_counts: bool) -> dict[str, Any]:
    mean, counted = rules.quality_mean(
        total=row.total, count=row.count, zeros=row.zeros, zero_counts=zero_counts
    )
    shown = float(rules.decimal(mean, 2)) if isinstance(mean, Fraction) else None
    return {"mean": shown, "count": counted}


def _found(code: str, one: _Rated, old: Any, new: Any, about: str = "") -> Found:
    return Found(code, Item("app", one.app.name, one.app.ref, old, new, about))
