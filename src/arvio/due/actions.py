from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection

from arvio.due.models import Due

LAST_ATTEMPT = 10


def schedule(*, rows: Iterable[Due]) -> None:
    """Write due rows in the caller's transaction; a row of the same kind and key is replaced."""
    Due.objects.bulk_create(
        list(rows),
        batch_size=500,
        update_conflicts=True,
        unique_fields=("kind", "key"),
        update_fields=("due_at", "attempts", "error"),
    )


def cancel(*, kind: str, keys: Sequence[str]) -> None:
    Due.objects.filter(kind=kind, key__in=keys).delete()


def hold(*, kinds: Sequence[str], keys: Sequence[str]) -> None:
    """Lock what waits for these keys, before what it is about is locked.

    The worker takes a due row first and then its subject; whoever acts on the same subject takes
    them in the same order, or the two wait for each other.
    """
    if connection.features.has_select_for_update:
        rows = Due.objects.select_for_update().filter(kind__in=kinds, key__in=keys)
        list(rows.order_by("kind", "key").values_list("pk", flat=True))


def claim(*, kind: str, now: datetime, limit: int) -> list[Due]:
    """Lock and answer the oldest due rows of a kind that no other worker holds.

    Call inside a transaction.
    """
    rows = Due.objects.filter(kind=kind, due_at__lte=now, attempts__lt=LAST_ATTEMPT).order_by(
        "due_at", "id"
    )
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows[:limit])


def done(*, rows: Sequence[Due]) -> None:
    """Remove rows that are being served, before the action runs: what it schedules is new."""
    Due.objects.filter(pk__in=[row.pk for row in rows]).delete()


def failed(*, row: Due, error: str, now: datetime) -> None:
    """Put a row that could not be served behind the others.

    After ten attempts it waits for a person (`doctor`).
    """
    attempts = row.attempts + 1
    wait = timedelta(seconds=min(2**attempts, 3600))
    Due.objects.filter(pk=row.pk).update(attempts=attempts, due_at=now + wait, error=error[:2000])


def claim_row(*, row: Due, now: datetime) -> bool:
    """Lock one row again, if it is still there and still due."""
    rows = Due.objects.filter(pk=row.pk, due_at__lte=now)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return bool(list(rows))
