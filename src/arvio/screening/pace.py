"""An app's pace: reviews submitted in the last 24 hours, held ones too, beside its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from arvio.catalog.models import App
from arvio.ratings import queries as ratings
from arvio.screening.bursts import FEWEST, HISTORY_DAYS
from arvio.screening.models import Seen

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pace:
    """`recent` reviews in 24 hours, `before` in the `days` before them."""

    recent: int
    before: int
    days: int


def paces(*, rows: Sequence[Seen], late: timedelta, now: datetime) -> dict[UUID, Pace]:
    """By a new row's id the pace of its app with that review in it, where it could be a burst.

    The history is what was published, imports included, so an app that came with its reviews is
    no new one, and what was removed raises no mean. Rows from before `now - late` have no pace.
    One statement, two where there are reviews enough for a burst.
    """
    fresh = [row for row in rows if now - late <= row.seen_at <= now]
    recent = _recent({row.app_id for row in fresh}, now) if fresh else Counter()
    counts: dict[UUID, tuple[App, int]] = {}
    for row in sorted(fresh, key=lambda row: (row.seen_at, row.pk)):
        recent[row.app_id] += 1
        if recent[row.app_id] >= FEWEST:
            counts[row.pk] = (row.app, recent[row.app_id])
    until = (now - DAY).date()
    published = ratings.published_between(
        app_ids={app.pk for app, _ in counts.values()},
        since=until - timedelta(days=HISTORY_DAYS),
        until=until,
    )
    return {
        pk: Pace(recent=count, before=published.get(app.pk, 0), days=_days(app, now))
        for pk, (app, count) in counts.items()
    }


def _recent(apps: Collection[UUID], now: datetime) -> Counter[UUID]:
    rows = Seen.objects.filter(
        app_id__in=apps, version_number=1, seen_at__gt=now - DAY, seen_at__lte=now
    )
    return Counter(dict(rows.values_list("app_id").annotate(n=Count("pk"))))


def _days(app: App, now: datetime) -> int:
    """A history is as long as the app is listed, and at most `HISTORY_DAYS`."""
    return min(max((now - DAY - app.listed_at).days, 1), HISTORY_DAYS)
