from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from arvio import request_id
from arvio.due.models import Due

LAST_ATTEMPT = 10


def schedule(*, rows: Iterable[Due]) -> None:
    """Write due rows in the caller's transaction; a row of the same kind and key is replaced."""
    Due.objects.bulk_create(
        _asked_for(rows),
        batch_size=500,
        update_conflicts=True,
        unique_fields=("kind", "key"),
        update_fields=("due_at", "attempts", "error", "request_id"),
    )


def ensure(*, rows: Iterable[Due]) -> None:
    """Write due rows in the caller's transaction; one of the same kind and key stays as it is."""
    Due.objects.bulk_create(_asked_for(rows), batch_size=500, ignore_conflicts=True)


def _asked_for(rows: Iterable[Due]) -> list[Due]:
    """Each wish with the name of the request that it comes from, unless it brought one."""
    found, asked = list(rows), request_id.current()
    for row in found:
        row.request_id = row.request_id or asked
    return found


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
    return list(_locked(_waiting(kind, now))[:limit])


def lease(*, kind: str, now: datetime, limit: int, at: datetime, until: datetime) -> list[Due]:
    """Take the oldest due rows that nobody has taken, for work outside the database.

    `at` and `until` are of the real clock. Committed before the work begins: who is killed in it
    leaves rows that somebody else takes after `until`.
    """
    free = _waiting(kind, now).filter(Q(leased_until=None) | Q(leased_until__lte=at))
    if not free.exists():
        return []  # nothing is locked to see that there is nothing
    with transaction.atomic():
        rows = list(_locked(free)[:limit])
        Due.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=until)
    return rows


def release(*, rows: Sequence[Due]) -> None:
    """Give leased rows back as they were."""
    Due.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=None)


def postpone(*, rows: Sequence[Due], to: datetime) -> None:
    """Give leased rows back, due later. No attempt is counted."""
    Due.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=to, leased_until=None)


def postpone_all(*, kinds: Sequence[str], to: datetime) -> None:
    """Nothing of these kinds that nobody has taken is due before `to`."""
    Due.objects.filter(kind__in=kinds, due_at__lt=to, leased_until=None).update(due_at=to)


def _waiting(kind: str, now: datetime) -> QuerySet[Due]:
    rows = Due.objects.filter(kind=kind, due_at__lte=now, attempts__lt=LAST_ATTEMPT)
    return rows.order_by("due_at", "id")


def _locked(rows: QuerySet[Due]) -> QuerySet[Due]:
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True)
    return rows


def done(*, rows: Sequence[Due]) -> None:
    """Remove rows that are being served, before the action runs: what it schedules is new."""
    Due.objects.filter(pk__in=[row.pk for row in rows]).delete()


def failed(*, row: Due, error: str, now: datetime) -> None:
    """Put a row that could not be served behind the others.

    After ten attempts it waits for a person (`doctor`).
    """
    attempts = row.attempts + 1
    wait = timedelta(seconds=min(2**attempts, 3600))
    Due.objects.filter(pk=row.pk).update(
        attempts=attempts, due_at=now + wait, error=error[:2000], leased_until=None
    )


def forget_errors(*, keys: Sequence[str]) -> None:
    """What went wrong with these may have been told in somebody's words."""
    Due.objects.filter(key__in=keys).exclude(error="").update(error="")


def claim_row(*, row: Due, now: datetime) -> bool:
    """Lock one row again, if it is still there and still due."""
    return bool(list(_locked(Due.objects.filter(pk=row.pk, due_at__lte=now))))
