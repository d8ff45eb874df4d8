"""Disputes a page at a time, for their partner and for the desk, and their messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from arvio.catalog.members import Member
from arvio.catalog.staff import Moderator
from arvio.moderation.models import Thread, ThreadMessage
from arvio.paging import Key, after, moment, read_cursor, whole, write_cursor

NEWEST = (Key("last_at", moment, down=True), Key("id", UUID, down=True))
BY_NUMBER = (Key("number", whole),)


@dataclass(frozen=True)
class ThreadPage:
    items: Sequence[Thread]
    next: str | None


@dataclass(frozen=True)
class MessagePage:
    items: Sequence[ThreadMessage]
    next: str | None


def disputes(
    *, asked_by: Member | Moderator, state: str = "", cursor: str | None = None, limit: int = 20
) -> ThreadPage:
    """Those of the member's partner, or of all the moderator's marketplace; what was last written
    in comes first. One statement. Raises CursorError.
    """
    rows = Thread.objects.filter(kind=Thread.Kind.DISPUTE)
    if isinstance(asked_by, Member):
        rows = rows.filter(partner=asked_by.partner)
    else:
        rows = rows.filter(marketplace=asked_by.marketplace)
    if state:
        rows = rows.filter(state=state)
    found = list(_page(rows.select_related("app", "partner"), cursor, limit))
    last = found[limit - 1] if len(found) > limit else None
    following = write_cursor("disputes", [last.last_at.isoformat(), last.pk]) if last else None
    return ThreadPage(found[:limit], following)


def _page(rows: QuerySet[Thread], cursor: str | None, limit: int) -> QuerySet[Thread]:
    if cursor:
        rows = rows.filter(
            after(NEWEST, read_cursor("disputes", cursor, [key.read for key in NEWEST]))
        )
    return rows.order_by(*(key.order for key in NEWEST))[: limit + 1]


def messages(*, thread: Thread, cursor: str | None = None, limit: int = 20) -> MessagePage:
    """In the order in which they were written. Raises CursorError."""
    rows = ThreadMessage.objects.filter(thread=thread)
    if cursor:
        rows = rows.filter(after(BY_NUMBER, read_cursor("messages", cursor, [whole])))
    found = list(rows.order_by("number")[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return MessagePage(found[:limit], write_cursor("messages", [last.number]) if last else None)
