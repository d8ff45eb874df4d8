"""An app's pace: reviews submitted in the last 24 hours, held ones too, beside its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from arvio.catalog.models import App
from arvio.ratings import queries as ratings
from arvio.screening.bursts import HISTORY_DAYS
from arvio.screening.models import Seen

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pace:
    """`recent` reviews in 24 hours, `before` in the `days` before them."""

    recent: int
    before: int
    days: int


def paces(*, rows: Sequence[Seen], late: timedelta, now: datetime) -> dict[UUID, Pace]:
    """The pace of each new review's app with that review in it, by the row's id.

    The history is what was published, imports included, so an app that came with its reviews is
    no new one, and what was removed raises no mean. Rows from before `now - late` have no pace.
    Two statements.
    """
    fresh = [row for row in rows if now - late <= row.seen_at <= now]
    if not fresh:
        return {}
    apps = {row.app_id: row.app for row in fresh}
    recent = _recent(list(apps), now)
    until = (now - DAY).date()
    published = ratings.published_between(
        app_ids=list(apps), since=until - timedelta(days=HISTORY_DAYS), until=until
    )
    found = {}
    for row in sorted(fresh, key=lambda row: (row.seen_at, row.pk)):
        recent[row.app_id] += 1
        days = _days(apps[row.app_id], now)
        found[row.pk] = Pace(recent[row.app_id], published.get(row.app_id, 0), days)
    return found


def _recent(apps: Sequence[UUID], now: datetime) -> Counter[UUID]:
    rows = Seen.objects.filter(
        app_id__in=apps, version_number=1, seen_at__gt=now - DAY, seen_at__lte=now
    )
    return Counter(dict(rows.values_list("app_id").annotate(n=Count("pk"))))


def _days(app: App, now: datetime) -> int:
    """A history is as long as the app is listed, and at most `HISTORY_DAYS`."""
    return min(max((now - DAY - app.listed_at).days, 1), HISTORY_DAYS)
