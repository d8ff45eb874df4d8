"""Looking through a marketplace's history, newest first.

A search walks back along the index by time and looks at so many rows at a time, whatever it looks
for: what is rare costs more steps, never a slow page, and no index slows every write of the
largest table (docs/decisions/0031).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from arvio.audit.models import AuditRow
from arvio.paging import Key, after, moment, read_cursor, write_cursor

LOOKED_AT = 10_000
KEYS = (Key("at", moment, down=True), Key("id", UUID, down=True))
KIND = "history"


@dataclass(frozen=True)
class Wanted:
    """What a row has to be; empty asks for nothing. `subjects`, `apps` and `pasted` (the prefix of
    a key) are alternatives: a row is wanted when it is about any of them.

    `about` is the first word of a subject, such as review.
    """

    marketplace_id: UUID
    subjects: Sequence[str] = ()
    apps: Sequence[UUID] = ()
    about: str = ""
    tag: str = ""
    actors: Sequence[str] | None = None
    key: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrow(self) -> bool:
        """A few subjects have an index of their own."""
        return bool(self.subjects) and not self.apps


@dataclass(frozen=True)
class Found:
    """`back_to` is how far was looked, where the search stopped before it had a whole page."""

    rows: Sequence[AuditRow]
    next: str | None
    back_to: datetime | None = None


def search(*, wanted: Wanted, cursor: str | None = None, limit: int = 50) -> Found:
    """At most two statements. Raises CursorError."""
    rows = _in_time(wanted, cursor)
    matching, edge = _matching(rows, wanted), None
    if not wanted.narrow and _filters(wanted):
        edge = _ordered(rows).values_list("at", "id")[LOOKED_AT - 1 : LOOKED_AT].first()
        if edge:
            matching = matching.filter(Q(at__gt=edge[0]) | Q(at=edge[0], id__gte=edge[1]))
            matching = matching.filter(at__gte=edge[0])
    found = list(_ordered(matching)[: limit + 1])
    if len(found) > limit:
        shown = found[:limit]
        return Found(shown, write_cursor(KIND, [shown[-1].at, shown[-1].pk]))
    if edge:
        return Found(found, write_cursor(KIND, list(edge)), edge[0])
    return Found(found, None)


def walk(*, wanted: Wanted, limit: int, page: int = 500) -> Iterator[Sequence[AuditRow]]:
    """Rows newest first, some at a time, so many at most; it goes as far back as there are rows."""
    cursor, left = None, limit
    while left > 0:
        found = search(wanted=wanted, cursor=cursor, limit=min(page, left))
        yield found.rows
        cursor, left = found.next, left - len(found.rows)
        if cursor is None:
            return


def _in_time(wanted: Wanted, cursor: str | None) -> QuerySet[AuditRow]:
    rows = AuditRow.objects.filter(marketplace_id=wanted.marketplace_id)
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    if cursor:
        values = read_cursor(KIND, cursor, [key.read for key in KEYS])
        # The bound is said twice: an index is walked by the first, not by an `or`.
        rows = rows.filter(at__lte=values[0]).filter(after(KEYS, values))
    return rows


def _ordered(rows: QuerySet[AuditRow]) -> QuerySet[AuditRow]:
    return rows.order_by(*(key.order for key in KEYS))


def _filters(wanted: Wanted) -> bool:
    return bool(
        wanted.subjects
        or wanted.apps
        or wanted.about
        or wanted.tag
        or wanted.key
        or wanted.actors is not None
    )


def _matching(rows: QuerySet[AuditRow], wanted: Wanted) -> QuerySet[AuditRow]:
    if wanted.subjects or wanted.apps:
        rows = rows.filter(
            Q(subject__in=list(wanted.subjects)) | Q(app_id__in=list(wanted.apps))
            if wanted.apps
            else Q(subject__in=list(wanted.subjects))
        )
    if wanted.about:
        rows = rows.filter(subject__startswith=f"{wanted.about}:")
    if wanted.tag:
        rows = rows.filter(tag=wanted.tag)
    who = Q()
    if wanted.actors is not None:
        who |= Q(actor__in=list(wanted.actors))
    if wanted.key:
        who |= Q(after__key=wanted.key)
    return rows.filter(who)
