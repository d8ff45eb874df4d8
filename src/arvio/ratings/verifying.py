"""Summaries, day counts and scores against what the reviews add up to (DESIGN 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models

from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, Marketplace, PolicyVersion
from arvio.due.models import Due
from arvio.policy.model import Policy
from arvio.ratings.actions import Change, score_micros
from arvio.ratings.models import STARS, QualityDay, QualitySummary, RatingDay, RatingSummary


@dataclass(frozen=True)
class Difference:
    """Something stored that isn't what it should be. `review` is "" where an app is concerned."""

    app: str
    review: str
    what: str
    stored: str
    recounted: str


class Recount:
    """What published reviews add up to, by app; each review is added once."""

    def __init__(self) -> None:
        self.summaries: dict[UUID, dict[tuple[Any, ...], list[int]]] = _rows(6)
        self.days: dict[UUID, dict[tuple[Any, ...], list[int]]] = _rows(1)
        self.qualities: dict[UUID, dict[tuple[Any, ...], list[int]]] = _rows(3)
        self.quality_days: dict[UUID, dict[tuple[Any, ...], list[int]]] = _rows(2)

    def add(self, change: Change) -> None:
        app, day, stars = change.app_id, change.day, change.stars
        _add(self.summaries[app][()], (1, *(int(stars == number) for number in STARS)))
        _add(self.days[app][day, stars], (1,))
        for dimension, value in change.qualities.items():
            _add(self.qualities[app][(dimension,)], (value, 1, int(value == 0)))
            _add(self.quality_days[app][day, dimension], (value, 1))


def _rows(width: int) -> dict[UUID, dict[tuple[Any, ...], list[int]]]:
    return defaultdict(lambda: defaultdict(lambda: [0] * width))


def _add(sums: list[int], amounts: Sequence[int]) -> None:
    for place, amount in enumerate(amounts):
        sums[place] += amount


DAY = ("app_id", "day_date", "stars", "count")
SUMMARY_SUMS = ("count", *(f"stars_{stars}" for stars in STARS))


def differences(*, apps: Sequence[App], recount: Recount, now: datetime) -> Iterator[Difference]:
    """Of these apps (with their marketplace), in a constant number of statements."""
    yield from _compare(apps, RatingSummary, (), SUMMARY_SUMS, recount.summaries, "summary")
    yield from _compare(
        apps, RatingDay, ("day_date", "stars"), ("count",), recount.days, "day counts"
    )
    yield from _compare(
        apps,
        QualitySummary,
        ("dimension",),
        ("total", "count", "zeros"),
        recount.qualities,
        "quality",
    )
    yield from _compare(
        apps,
        QualityDay,
        ("day_date", "dimension"),
        ("total", "count"),
        recount.quality_days,
        "quality day counts",
    )
    yield from _scores(apps, now)


def _compare(
    apps: Sequence[App],
    model: type[models.Model],
    key: tuple[str, ...],
    sums: tuple[str, ...],
    recounted: Mapping[UUID, Mapping[tuple[Any, ...], Sequence[int]]],
    what: str,
) -> Iterator[Difference]:
    """A row that isn't there counts as one of zeros."""
    stored: dict[UUID, dict[tuple[Any, ...], Sequence[int]]] = defaultdict(dict)
    rows = model._default_manager.filter(app_id__in=[app.pk for app in apps])
    for app_id, *values in rows.values_list("app_id", *key, *sums):
        stored[app_id][tuple(values[: len(key)])] = values[len(key) :]
    nothing = [0] * len(sums)
    for app in apps:
        was, should = stored.get(app.pk, {}), recounted.get(app.pk, {})
        for row in sorted({*was, *should}, key=lambda row: tuple(map(str, row))):
            before, after = list(was.get(row, nothing)), list(should.get(row, nothing))
            if before != after:
                name = " ".join([what, *map(str, row)])
                yield Difference(app.ref, "", name, _text(sums, before), _text(sums, after))


def _text(names: Iterable[str], values: Iterable[int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


def _scores(apps: Sequence[App], now: datetime) -> Iterator[Difference]:
    """By the policy in force, from the stored figures, which were compared above.

    An app that waits for the worker to rescore it is left out: its old score is no mistake.
    """
    waiting = waiting_apps(apps=apps, now=now)
    policies = {app.marketplace: policy_of(app.marketplace, now) for app in apps}
    summaries = {row.app_id: row for row in RatingSummary.objects.filter(app__in=apps)}
    days: dict[UUID, list[tuple[date, int, int]]] = defaultdict(list)
    if any(policy and policy.ranking.half_life for policy in policies.values()):
        rows = RatingDay.objects.filter(app__in=apps, count__gt=0)
        for app_id, day, stars, count in rows.values_list(*DAY):
            days[app_id].append((day, stars, count))
    for app in apps:
        summary, policy = summaries.get(app.pk), policies[app.marketplace]
        if summary is None or policy is None or app.pk in waiting:
            continue
        score = score_micros(
            policy=policy, summary=summary, days=days[app.pk], today=summary.scored_date
        )
        if score != summary.score_micros:
            yield Difference(app.ref, "", "score", _score(summary.score_micros), _score(score))
        if summary.marketplace_id != app.marketplace_id:
            yield Difference(
                app.ref,
                "",
                "summary's marketplace",
                str(summary.marketplace_id),
                str(app.marketplace_id),
            )


def _score(micros: int) -> str:
    return f"{micros / 1_000_000:.6f}"


def policy_of(marketplace: Marketplace, now: datetime) -> Policy | None:
    try:
        return catalog.policy_in_force(marketplace=marketplace, now=now).policy
    except NotFound:
        return None


def waiting_apps(*, apps: Sequence[App], now: datetime) -> set[UUID]:
    """Apps that a policy in force, or a new day, hasn't reached yet: the worker will."""
    keys = [str(app.pk) for app in apps]
    rows = Due.objects.filter(kind__in=("rebuild", "rescore"), key__in=keys)
    waiting = {UUID(key) for key in rows.values_list("key", flat=True)}
    marketplaces = {app.marketplace_id for app in apps}
    versions = PolicyVersion.objects.filter(marketplace__in=marketplaces, effective_at__lte=now)
    places = {str(pk): place for pk, place in versions.values_list("pk", "marketplace_id")}
    late = Due.objects.filter(kind="policy", key__in=list(places)).values_list("key", flat=True)
    reached = {places[key] for key in late}
    return waiting | {app.pk for app in apps if app.marketplace_id in reached}
