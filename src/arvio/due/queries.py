from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min

from arvio.due.actions import LAST_ATTEMPT
from arvio.due.models import Due


def due_kinds(*, now: datetime) -> dict[str, int]:
    """How many rows of each kind are due and will still be tried."""
    rows = Due.objects.filter(due_at__lte=now, attempts__lt=LAST_ATTEMPT)
    return dict(rows.values_list("kind").annotate(n=Count("id")).order_by("kind"))


def kinds(*, now: datetime, among: Sequence[str]) -> frozenset[str]:
    """Those of these kinds of which something is due; one statement along the index."""
    rows = Due.objects.filter(kind__in=among, due_at__lte=now, attempts__lt=LAST_ATTEMPT)
    return frozenset(rows.order_by().values_list("kind", flat=True).distinct())


def given_up() -> list[Due]:
    return list(Due.objects.filter(attempts__gte=LAST_ATTEMPT).order_by("due_at", "id")[:50])


def oldest(*, now: datetime, among: Sequence[str] | None = None) -> datetime | None:
    """Since when the worker is behind; None when it isn't. What it gave up is left out. With the
    kinds named, the index is enough.
    """
    rows = Due.objects.filter(due_at__lte=now, attempts__lt=LAST_ATTEMPT)
    if among is not None:
        rows = rows.filter(kind__in=among)
    found: datetime | None = rows.aggregate(at=Min("due_at"))["at"]
    return found


# Of a kind, at most so many are counted before its time and after it: a count is no full scan.
MOST_COUNTED = 50_000
# No row that failed is put further behind.
LONGEST_WAIT = timedelta(hours=1)
_KIND = """
SELECT %s, early.overdue, early.given_up, early.oldest, early.soon + (
    SELECT COUNT(*) FROM (
        SELECT 1 FROM due WHERE kind = %s AND due_at > %s LIMIT %s
    ) AS later
)
FROM (
    SELECT COALESCE(SUM(CASE WHEN attempts < %s AND due_at <= %s THEN 1 ELSE 0 END), 0) AS overdue,
           COALESCE(SUM(CASE WHEN attempts >= %s THEN 1 ELSE 0 END), 0) AS given_up,
           COALESCE(SUM(CASE WHEN attempts < %s AND due_at > %s THEN 1 ELSE 0 END), 0) AS soon,
           MIN(CASE WHEN attempts < %s AND due_at <= %s THEN due_at END) AS oldest
    FROM (
        SELECT attempts, due_at FROM due
        WHERE kind = %s AND due_at <= %s ORDER BY due_at, id LIMIT %s
    ) AS rows_of_kind
) AS early
"""


@dataclass(frozen=True)
class Counted:
    """Rows of one kind: not due yet, due and not served, given up; since when the first is due."""

    kind: str
    waiting: int
    overdue: int
    given_up: int
    oldest: datetime | None


def counted(*, now: datetime, among: Sequence[str]) -> list[Counted]:
    """One statement, for each kind along the index and no further than MOST_COUNTED rows."""
    moment, hour = map(connection.ops.adapt_datetimefield_value, (now, now + LONGEST_WAIT))
    values: list[Any] = []
    for kind in among:
        values += [kind, kind, hour, MOST_COUNTED]
        values += [LAST_ATTEMPT, moment, LAST_ATTEMPT, LAST_ATTEMPT, moment, LAST_ATTEMPT, moment]
        values += [kind, hour, MOST_COUNTED]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([_KIND] * len(among)), values)
        return [
            Counted(kind, int(waiting), int(overdue), int(given_up), _moment(oldest))
            for kind, overdue, given_up, oldest, waiting in cursor.fetchall()
        ]


def _moment(found: datetime | str | None) -> datetime | None:
    """SQLite answers an expression over moments with text."""
    if isinstance(found, str):
        found = datetime.fromisoformat(found)
    return found.replace(tzinfo=UTC) if found else None
