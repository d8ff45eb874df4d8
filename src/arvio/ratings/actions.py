from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction

from arvio.catalog import queries as catalog
from arvio.catalog.models import App, Marketplace
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks.recording import aggregates_changed
from arvio.policy.durations import Duration
from arvio.policy.model import Policy
from arvio.ratings import rules
from arvio.ratings.models import STARS, QualityDay, QualitySummary, RatingDay, RatingSummary

COUNTS = ("count", *(f"stars_{stars}" for stars in STARS))


@dataclass(frozen=True)
class Change:
    """A review that comes into the rating (`sign` 1) or leaves it (-1); `day` is of publication."""

    app_id: UUID
    day: date
    stars: int
    sign: int
    qualities: Mapping[str, int] = field(default_factory=dict)


def apply(*, marketplace: Marketplace, changes: Iterable[Change], now: datetime) -> None:
    """Add the changes to summaries and day counts, per app and not per review.

    In the caller's transaction, as what webhooks are told of it. The summaries are locked until
    commit, so what is read of an app may be added to and written back; the number of statements
    doesn't grow with reviews or apps.
    """
    summaries: dict[UUID, list[int]] = defaultdict(lambda: [0] * 6)
    days: dict[tuple[UUID, date, int], list[int]] = defaultdict(lambda: [0])
    qualities: dict[tuple[UUID, str], list[int]] = defaultdict(lambda: [0] * 3)
    quality_days: dict[tuple[UUID, date, str], list[int]] = defaultdict(lambda: [0] * 2)
    for change in changes:
        _sum(
            summaries[change.app_id],
            (1, *(int(stars == change.stars) for stars in STARS)),
            change.sign,
        )
        _sum(days[change.app_id, change.day, change.stars], (1,), change.sign)
        for dimension, value in change.qualities.items():
            _sum(qualities[change.app_id, dimension], (value, 1, int(value == 0)), change.sign)
            _sum(quality_days[change.app_id, change.day, dimension], (value, 1), change.sign)
    if not summaries:
        return
    rows = _locked(marketplace, sorted(summaries), now)
    for row in rows:
        for name, amount in zip(COUNTS, summaries[row.app_id], strict=True):
            setattr(row, name, getattr(row, name) + amount)
        row.updated_at = now
    _add(RatingDay, ("app_id", "day_date", "stars"), ("count",), days)
    _add(QualitySummary, ("app_id", "dimension"), ("total", "count", "zeros"), qualities)
    _add(QualityDay, ("app_id", "day_date", "dimension"), ("total", "count"), quality_days)
    _score(marketplace, rows, now)
    aggregates_changed(marketplace=marketplace, app_ids=sorted(summaries), now=now)


def _sum(sums: list[int], amounts: Sequence[int], sign: int) -> None:
    for place, amount in enumerate(amounts):
        sums[place] += amount * sign


def _locked(
    marketplace: Marketplace, app_ids: Sequence[UUID], now: datetime
) -> list[RatingSummary]:
    """These apps' summaries, made where missing, locked in the order of the apps, so that two
    batches never wait for each other.
    """
    wanted = RatingSummary.objects.filter(app_id__in=app_ids).select_for_update().order_by("app_id")
    rows = list(wanted)
    if len(rows) < len(app_ids):
        known = {row.app_id for row in rows}
        new = [
            RatingSummary(
                app_id=app, marketplace=marketplace, scored_date=now.date(), updated_at=now
            )
            for app in app_ids
            if app not in known
        ]
        RatingSummary.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
        rows = list(wanted.all())
    return rows


def _add(
    model: type[models.Model],
    key: Sequence[str],
    sums: Sequence[str],
    rows: Mapping[tuple[Any, ...], Sequence[int]],
) -> None:
    """Add to counting rows of apps whose summary this transaction holds, in two statements."""
    filters = {f"{name}__in": {row[place] for row in rows} for place, name in enumerate(key)}
    objects = model._default_manager
    known = {
        tuple(row[: len(key)]): row[len(key) :]
        for row in objects.filter(**filters).values_list(*key, *sums)
    }
    written = []
    for row, amounts in sorted(rows.items(), key=lambda item: tuple(map(str, item[0]))):
        before = known.get(row, (0,) * len(sums))
        totals = [was + amount for was, amount in zip(before, amounts, strict=True)]
        written.append(model(**dict(zip((*key, *sums), (*row, *totals), strict=True))))
    objects.bulk_create(
        written,
        batch_size=500,
        update_conflicts=True,
        unique_fields=list(key),
        update_fields=list(sums),
    )


@transaction.atomic
def rescore(*, marketplace: Marketplace, app_ids: Sequence[UUID], now: datetime) -> None:
    """Set the score of these apps by the policy in force: by the summary, or if it ages by days."""
    rows = RatingSummary.objects.filter(app_id__in=app_ids).select_for_update().order_by("app_id")
    _score(marketplace, list(rows), now)


def _score(marketplace: Marketplace, rows: Sequence[RatingSummary], now: datetime) -> None:
    """Score locked summaries and write them, counts and all, in one statement."""
    policy = catalog.policy_in_force(marketplace=marketplace, now=now).policy
    days = _days([row.app_id for row in rows]) if policy.ranking.half_life else {}
    for row in rows:
        row.scored_date = now.date()
        row.score_micros = score_micros(
            policy=policy, summary=row, days=days.get(row.app_id, []), today=row.scored_date
        )
    RatingSummary.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["app"],
        update_fields=[*COUNTS, "score_micros", "scored_date", "updated_at"],
    )


def score_micros(
    *, policy: Policy, summary: RatingSummary, days: Sequence[tuple[date, int, int]], today: date
) -> int:
    """The stored score: the prior mean below the threshold (CONTRACT 5), else plain or aged."""
    ranking = policy.ranking
    if summary.count < policy.aggregates.min_reviews or not summary.count:
        return prior_micros(policy=policy)
    if ranking.half_life is None:
        score = rules.score(
            histogram=summary.histogram,
            prior_mean=ranking.prior_mean,
            prior_weight=ranking.prior_weight,
        )
    else:
        score = rules.aged_score(
            days=days,
            today=today,
            half_life_days=half_life_days(ranking.half_life),
            prior_mean=ranking.prior_mean,
            prior_weight=ranking.prior_weight,
        )
    return int(score * 1_000_000)


def prior_micros(*, policy: Policy) -> int:
    return int(rules.decimal(policy.ranking.prior_mean, 6) * 1_000_000)


def half_life_days(half_life: Duration) -> float:
    """In days; a month of a half-life counts 30.4375 days, a twelfth of a mean year."""
    return half_life.months * 30.4375 + half_life.seconds / rules.SECONDS_A_DAY


def _days(app_ids: Sequence[UUID]) -> dict[UUID, list[tuple[date, int, int]]]:
    found: dict[UUID, list[tuple[date, int, int]]] = defaultdict(list)
    rows = RatingDay.objects.filter(app_id__in=app_ids, count__gt=0).order_by(
        "app_id", "day_date", "stars"
    )
    for app, day, stars, count in rows.values_list("app_id", "day_date", "stars", "count"):
        found[app].append((day, stars, count))
    return found


def spread(*, kind: str, marketplace: Marketplace, now: datetime) -> None:
    """Write a due row of this kind for each app, so that the work goes in batches (CONTRACT 4)."""
    apps = App.objects.filter(marketplace=marketplace).values_list("pk", flat=True)
    due.schedule(rows=[Due(kind=kind, key=str(app), app_id=app, due_at=now) for app in apps])
    schedule_ageing(marketplace=marketplace, now=now)


def schedule_ageing(*, marketplace: Marketplace, now: datetime) -> None:
    """Where scores age, ask for tomorrow's recount (00:00 UTC)."""
    policy = catalog.policy_in_force(marketplace=marketplace, now=now).policy
    if policy.ranking.half_life is None:
        due.cancel(kind="ageing", keys=[str(marketplace.pk)])
        return
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    due.schedule(rows=[Due(kind="ageing", key=str(marketplace.pk), due_at=midnight)])
