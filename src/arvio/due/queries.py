from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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
