"""Disputes a page at a time, for their partner and for the desk, and their messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from arvio.catalog.members import Member
from arvio.catalog.staff import Moderator
from arvio.moderation.models import Thread, ThreadMessage
from arvio.paging import Key, moment, page_of, whole

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
    rows = rows.select_related("app", "partner")
    return ThreadPage(*page_of(rows, NEWEST, kind="disputes", cursor=cursor, limit=limit))


def messages(*, thread: Thread, cursor: str | None = None, limit: int = 20) -> MessagePage:
    """In the order in which they were written. Raises CursorError."""
    rows = ThreadMessage.objects.filter(thread=thread)
    return MessagePage(*page_of(rows, BY_NUMBER, kind="messages", cursor=cursor, limit=limit))
