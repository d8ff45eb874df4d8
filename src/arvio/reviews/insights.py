"""What a partner's reviews and replies add up to, whatever their number (R81): reads only.

A fixed number of statements for any number of apps and reviews; of each reply eight bytes are kept.
Every read takes the member, so nobody can ask for another partner's.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.catalog.models import App, PolicyVersion
from arvio.ratings import rules as ratings
from arvio.ratings.models import QualitySummary, RatingDay, RatingSummary
from arvio.ratings.queries import QualityMean, quality_means
from arvio.reviews import insight_rules as rules
from arvio.reviews.inbox import SHOWN
from arvio.reviews.insight_rules import NOTHING, Changed, Histogram, RatingPast, ReplyPast, Span
from arvio.reviews.models import InboxItem, Reply, ReviewVersion, Source
from arvio.reviews.states import State

CHUNK = 2000
APPS_SHOWN = 20


@dataclass(frozen=True)
class Asked:
    """`app` is a reference, none for all apps; `since` and `until` count where the preset is
    `days`.
    """

    app: str = ""
    preset: str = "12m"
    since: date | None = None
    until: date | None = None
    page: int = 1


@dataclass(frozen=True)
class AppFigures:
    """An app with what its published reviews add up to, shown to its partner at any count."""

    app: App
    histogram: Histogram

    @property
    def count(self) -> int:
        return sum(self.histogram)

    @property
    def mean(self) -> Decimal | None:
        return mean_of(self.histogram)


@dataclass(frozen=True)
class AppLine:
    """A row of the table of apps; `median` is of the replies in the span, in seconds."""

    figures: AppFigures
    unanswered: int
    median: int | None


@dataclass(frozen=True)
class Standing:
    """How many reviews there are now, in the states that a partner sees."""

    published: int
    answered: int
    held: int
    held_waiting: int


@dataclass(frozen=True)
class Insights:
    """`chosen` is the app asked for, None for all; `change` is how far the mean is from what it was
    90 days before, None where there was none. `lines` are a page of apps when all are asked for.
    """

    chosen: AppFigures | None
    apps: Sequence[AppFigures]
    span: Span
    first: date | None
    min_reviews: int
    histogram: Histogram
    mean: Decimal | None
    change: Decimal | None
    past: RatingPast
    qualities: dict[str, QualityMean]
    standing: Standing
    replies: ReplyPast
    changed: Changed
    lines: Sequence[AppLine]
    pages: int

    @property
    def count(self) -> int:
        return sum(self.histogram)

    @property
    def below(self) -> list[AppFigures]:
        """Apps whose rating isn't public yet, the nearest to it first; the one asked for alone, if
        it is among them.
        """
        if self.chosen and self.chosen.count < self.min_reviews:
            return [self.chosen]
        found = [one for one in self.apps if one.count < self.min_reviews and not one.app.retired]
        return sorted(found, key=lambda one: (-one.count, one.app.name, one.app.ref))


def insights(*, member: Member, asked: Asked, now: datetime) -> Insights:
    """The figures of all of the partner's apps or of one. Days are the marketplace's.

    Raises NotFound for an app that isn't the partner's, whether it is another's or none at all;
    BadSpan for days that can't be.
    """
    zone = ZoneInfo(member.marketplace.time_zone)
    today = now.astimezone(zone).date()
    apps = _apps(member)
    one = _chosen(apps, asked.app)
    standing, sent_first = _standing(member, one, zone)
    days = list(_days(member, one, today))
    first = min((day for day in (days[0][0] if days else None, sent_first) if day), default=None)
    span = _span(asked, today, first)
    past = rules.rating_past(days=days, span=span, today=now.astimezone(UTC).date())
    shown = _page([] if one else apps, asked.page)
    replies, of_apps = _replies(member, one, {row.app.pk for row in shown}, span, zone, now)
    histogram = one.histogram if one else _together(apps)
    version = catalog.policy_in_force(marketplace=member.marketplace, now=now)
    return Insights(
        chosen=one,
        apps=apps,
        span=span,
        first=first,
        min_reviews=version.policy.aggregates.min_reviews,
        histogram=histogram,
        mean=mean_of(histogram),
        change=_change(histogram, past),
        past=past,
        qualities=_qualities(member, one, version),
        standing=standing,
        replies=replies,
        changed=_changed(member, one, span, zone),
        lines=_lines(member, shown, of_apps),
        pages=-(-len(apps) // APPS_SHOWN),
    )


def mean_of(histogram: Sequence[int]) -> Decimal | None:
    """With two decimals, as everywhere (CONTRACT 3)."""
    found = ratings.mean(histogram)
    return None if found is None else ratings.decimal(found, 2)


def _apps(member: Member) -> list[AppFigures]:
    rows = App.objects.filter(partner=member.partner).select_related("summary")
    return [AppFigures(app, _histogram(app)) for app in rows.order_by("name", "ref")]


def _histogram(app: App) -> Histogram:
    summary: RatingSummary | None = getattr(app, "summary", None)
    return summary.histogram if summary else NOTHING


def _chosen(apps: Sequence[AppFigures], ref: str) -> AppFigures | None:
    if not ref:
        return None
    found = next((row for row in apps if row.app.ref == ref), None)
    if found is None:
        raise NotFound("app", f"None of your apps is called {ref!r}.")
    return found


def _together(apps: Sequence[AppFigures]) -> Histogram:
    one, two, three, four, five = (sum(row.histogram[place] for row in apps) for place in range(5))
    return (one, two, three, four, five)


def _span(asked: Asked, today: date, first: date | None) -> Span:
    if asked.preset == rules.CUSTOM:
        return rules.custom_span(since=asked.since, until=asked.until, today=today, first=first)
    return rules.preset_span(preset=asked.preset, today=today, first=first)


def _items(member: Member, one: AppFigures | None) -> QuerySet[InboxItem]:
    rows = InboxItem.objects.filter(partner=member.partner, state__in=SHOWN)
    return rows.filter(app=one.app) if one else rows


def _standing(
    member: Member, one: AppFigures | None, zone: ZoneInfo
) -> tuple[Standing, date | None]:
    published, held = Q(state=State.PUBLISHED), Q(state=State.HELD)
    found = _items(member, one).aggregate(
        published=Count("pk", filter=published),
        answered=Count("pk", filter=published & Q(answered=True)),
        held=Count("pk", filter=held),
        held_waiting=Count("pk", filter=held & Q(waiting=True)),
        first=Min("submitted_at"),
    )
    first: datetime | None = found.pop("first")
    return Standing(**found), first.astimezone(zone).date() if first else None


def _days(member: Member, one: AppFigures | None, today: date) -> Iterator[tuple[date, int, int]]:
    """Day counts, oldest first. West of Greenwich the UTC day is ahead of the marketplace's: what
    was published on it belongs to today.
    """
    rows = RatingDay.objects.filter(count__gt=0)
    rows = rows.filter(app=one.app) if one else rows.filter(app__partner=member.partner)
    sums = rows.values_list("day_date", "stars").annotate(Sum("count"))
    for day, stars, count in sums.order_by("day_date", "stars").iterator(chunk_size=CHUNK):
        yield min(day, today), stars, count


def _change(histogram: Histogram, past: RatingPast) -> Decimal | None:
    mean = ratings.mean(histogram)
    if mean is None or past.mean_before is None:
        return None
    return ratings.decimal(mean - past.mean_before, 1)


def _qualities(
    member: Member, one: AppFigures | None, version: PolicyVersion
) -> dict[str, QualityMean]:
    rows = QualitySummary.objects.filter(count__gt=0)
    rows = rows.filter(app=one.app) if one else rows.filter(app__partner=member.partner)
    sums = rows.values("dimension").annotate(t=Sum("total"), c=Sum("count"), z=Sum("zeros"))
    found = sums.order_by("dimension").values_list("dimension", "t", "c", "z")
    return quality_means(version=version, sums={row[0]: (row[1], row[2], row[3]) for row in found})


def _replies(
    member: Member,
    one: AppFigures | None,
    shown: set[UUID],
    span: Span,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[ReplyPast, dict[UUID, array[int]]]:
    """Reviews sent or answered in the span, one by one. What was imported was sent elsewhere, and
    nobody here could have answered it in time.
    """
    first, last = span.moments(zone)
    sent = Q(submitted_at__gte=first, submitted_at__lt=last)
    answered = Q(replied_at__gte=first, replied_at__lt=last)
    rows = _items(member, one).filter(sent | answered, review__source=Source.AUTHOR)
    counted = rules.Replies(span=span, zone=zone, now=now)
    of_apps: dict[UUID, array[int]] = defaultdict(lambda: array("q"))
    for app, submitted, replied in rows.values_list("app", "submitted_at", "replied_at").iterator(
        chunk_size=CHUNK
    ):
        counted.add(submitted, replied)
        if app in shown and replied is not None and first <= replied < last:
            of_apps[app].append(rules.taken(submitted, replied))
    return counted.past(), of_apps


def _changed(member: Member, one: AppFigures | None, span: Span, zone: ZoneInfo) -> Changed:
    """Of reviews answered in the span: those with a later version of the author's than the one that
    the reply answers. An operator's correction alone is no edit, and it leaves the stars.
    """
    first, last = span.moments(zone)
    rows = _items(member, one).filter(
        answered=True,
        replied_at__gte=first,
        replied_at__lt=last,
        review__version_count__gt=1,
        review__replies__state=Reply.ReplyState.LIVE,
        review__live_version__number__gt=F("review__replies__version_number"),
    )
    rows = rows.filter(
        Q(review__live_version__origin=ReviewVersion.Origin.EDIT) | ~Q(stars=F("stars_at_reply"))
    )
    pairs: Any = rows.values_list("stars_at_reply", "stars").annotate(Count("pk"))
    return rules.changed(pairs.order_by("stars_at_reply", "stars"))


def _page(apps: Sequence[AppFigures], page: int) -> Sequence[AppFigures]:
    """The apps with most reviews first; a page that isn't there is the last."""
    ordered = sorted(apps, key=lambda one: (-one.count, one.app.name, one.app.ref))
    last = max(-(-len(ordered) // APPS_SHOWN), 1)
    start = (min(max(page, 1), last) - 1) * APPS_SHOWN
    return ordered[start : start + APPS_SHOWN]


def _lines(
    member: Member, shown: Sequence[AppFigures], of_apps: dict[UUID, array[int]]
) -> list[AppLine]:
    waiting = InboxItem.objects.filter(
        partner=member.partner, waiting=True, app__in=[row.app.pk for row in shown]
    )
    counts = dict(waiting.values_list("app").annotate(Count("pk")).order_by("app"))
    return [
        AppLine(
            figures=row,
            unanswered=counts.get(row.app.pk, 0),
            median=rules.reply_times(of_apps[row.app.pk]).median if row.app.pk in of_apps else None,
        )
        for row in shown
    ]
