from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, PolicyVersion
from arvio.ratings import rules
from arvio.ratings.models import STARS, RatingDay, RatingSummary

MOST_APPS = 100


@dataclass(frozen=True)
class QualityMean:
    mean: Decimal
    count: int


@dataclass(frozen=True)
class Rating:
    """What may be said of an app's reviews.

    Below the threshold every figure but `count` is absent (R80, R88).
    """

    app: str
    count: int
    min_reviews: int
    mean: Decimal | None = None
    histogram: dict[int, int] | None = None
    qualities: dict[str, QualityMean] | None = None

    @property
    def shown(self) -> bool:
        return self.histogram is not None

    @property
    def reason(self) -> str | None:
        return None if self.shown else "below_threshold"


@dataclass(frozen=True)
class RatedApp:
    app: App
    policy_version: PolicyVersion
    rating: Rating


@dataclass
class _Gathered:
    app: App
    qualities: dict[str, tuple[int, int, int]] = field(default_factory=dict)


def with_qualities(apps: QuerySet[App], *, now: datetime) -> QuerySet[App]:
    """Apps with all that a rating needs, one row for each quality dimension: one statement."""
    return apps.select_related("marketplace", "partner", "summary").annotate(
        policy_id=catalog.policy_id(marketplace=OuterRef("marketplace_id"), now=now),
        quality_dimension=F("quality_summaries__dimension"),
        quality_total=F("quality_summaries__total"),
        quality_count=F("quality_summaries__count"),
        quality_zeros=F("quality_summaries__zeros"),
    )


def gather(rows: QuerySet[App], *, always: bool = False) -> list[RatedApp]:
    """Fold the rows of `with_qualities` into one item an app, in their order."""
    gathered: dict[Any, _Gathered] = {}
    for row in rows:
        item = gathered.setdefault(row.pk, _Gathered(row))
        values: Any = row
        if values.quality_dimension is not None:
            item.qualities[values.quality_dimension] = (
                values.quality_total,
                values.quality_count,
                values.quality_zeros,
            )
    return [_rated(item, always) for item in gathered.values()]


def _rated(item: _Gathered, always: bool) -> RatedApp:
    policy_pk: Any = getattr(item.app, "policy_id", None)
    if policy_pk is None:
        raise NotFound("policy", "This marketplace has no policy in force yet.")
    version = catalog.policy_version(policy_pk)
    rating = make_rating(
        app=item.app,
        version=version,
        summary=summary_of(item.app),
        qualities=item.qualities,
        always=always,
    )
    return RatedApp(item.app, version, rating)


def summary_of(app: App) -> RatingSummary | None:
    return getattr(app, "summary", None)


def make_rating(
    *,
    app: App,
    version: PolicyVersion,
    summary: RatingSummary | None,
    qualities: dict[str, tuple[int, int, int]],
    always: bool = False,
) -> Rating:
    """`always` is the partner's own view, which no threshold hides (R81)."""
    aggregates = version.policy.aggregates
    count = summary.count if summary else 0
    if count < aggregates.min_reviews and not always:
        return Rating(app.ref, count, aggregates.min_reviews)
    histogram = summary.histogram if summary else (0, 0, 0, 0, 0)
    mean = rules.mean(histogram)
    return Rating(
        app=app.ref,
        count=count,
        min_reviews=aggregates.min_reviews,
        mean=None if mean is None else rules.decimal(mean, 2),
        histogram=dict(zip(STARS, histogram, strict=True)),
        qualities=quality_means(version=version, sums=qualities),
    )


def quality_means(
    *, version: PolicyVersion, sums: dict[str, tuple[int, int, int]]
) -> dict[str, QualityMean]:
    """From (sum, answers, zeros), in the order of the form; what nobody answered is absent."""
    asked = list(version.policy.form.qualities)
    means = {}
    for dimension in sorted(
        sums, key=lambda name: (asked.index(name) if name in asked else len(asked), name)
    ):
        total, count, zeros = sums[dimension]
        mean, counted = rules.quality_mean(
            total=total, count=count, zeros=zeros, zero_counts=version.policy.aggregates.zero_counts
        )
        if isinstance(mean, Fraction):
            means[dimension] = QualityMean(rules.decimal(mean, 2), counted)
    return means


def rating(*, marketplace: str, app: str, now: datetime) -> RatedApp:
    """One app's rating by the names in the URL; one statement. Raises NotFound."""
    found = ratings(marketplace=marketplace, apps=[app], now=now)
    if found:
        return found[0]
    catalog.app(marketplace=catalog.marketplace(slug=marketplace), ref=app)
    raise NotFound("app", f"There is no app {app!r} in this marketplace.")


def ratings(*, marketplace: str, apps: Sequence[str], now: datetime) -> list[RatedApp]:
    """Ratings of up to 100 apps in the order asked for; names that aren't there are left out.

    One statement.
    """
    wanted = [ref for ref in dict.fromkeys(apps) if catalog.storable(ref)]
    if not catalog.storable(marketplace):
        return []
    rows = with_qualities(
        App.objects.filter(marketplace__slug=marketplace, ref__in=wanted), now=now
    )
    found = {item.app.ref: item for item in gather(rows)}
    return [found[ref] for ref in wanted if ref in found]


def published_of(*, partner_id: UUID) -> int:
    """How many published reviews a partner's apps have together; a row an app, not a review."""
    rows = RatingSummary.objects.filter(app__partner_id=partner_id)
    found: int = rows.aggregate(n=Coalesce(Sum("count"), 0))["n"]
    return found


def published_between(*, app_ids: Collection[UUID], since: date, until: date) -> dict[UUID, int]:
    """Reviews of each app published from the day `since` until before the day `until` (UTC)."""
    rows = RatingDay.objects.filter(app_id__in=app_ids, day_date__gte=since, day_date__lt=until)
    return dict(rows.values_list("app_id").annotate(total=Sum("count")))


def rating_for_partner(*, app: App, now: datetime) -> Rating:
    rows = with_qualities(App.objects.filter(pk=app.pk), now=now)
    return gather(rows, always=True)[0].rating


def explain(*, marketplace: str, app: str, now: datetime) -> dict[str, Any]:
    """Formula, constants and inputs of an app's score (R94).

    Below the threshold no inputs: nothing hints at them.
    """
    rated = rating(marketplace=marketplace, app=app, now=now)
    ranking = rated.policy_version.policy.ranking
    summary = summary_of(rated.app)
    aged = ranking.half_life is not None
    answer: dict[str, Any] = {
        "app": rated.app.ref,
        "formula": AGED_FORMULA if aged else PLAIN_FORMULA,
        "constants": {
            "prior_mean": ranking.prior_mean,
            "prior_weight": ranking.prior_weight,
            "half_life": None if ranking.half_life is None else str(ranking.half_life),
            "min_reviews": rated.rating.min_reviews,
            "places": 6,
            "rounding": "half_even",
        },
        "policy_version": rated.policy_version.number,
        "count": rated.rating.count,
        "mean": None if rated.rating.mean is None else float(rated.rating.mean),
        "inputs": None,
        "score": str(rules.decimal(ranking.prior_mean, 6)),
        "reason": rated.rating.reason,
    }
    if summary is None or not rated.rating.shown or not summary.count:
        return answer
    answer["inputs"] = {
        "histogram": {str(stars): n for stars, n in (rated.rating.histogram or {}).items()}
    }
    if aged:
        rows = RatingDay.objects.filter(app=rated.app, count__gt=0).order_by("day_date", "stars")
        answer["inputs"]["scored_on"] = summary.scored_date.isoformat()
        answer["inputs"]["days"] = [
            [day.isoformat(), stars, count]
            for day, stars, count in rows.values_list("day_date", "stars", "count")
        ]
    answer["score"] = str(rules.decimal(Fraction(summary.score_micros, 1_000_000), 6))
    return answer


PLAIN_FORMULA = "(prior_weight * prior_mean + sum of stars) / (prior_weight + count)"
AGED_FORMULA = (
    "(prior_weight * prior_mean + sum of w * stars) / (prior_weight + sum of w), "
    "w = 2 ** (-(days from publication to scored_on) / half_life in days)"
)
