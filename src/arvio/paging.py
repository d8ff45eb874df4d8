"""Keyset pages: a cursor names the last row seen, so every page of a list costs the same."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

LARGEST = 2**63 - 1


class CursorError(ValueError):
    """A cursor that no answer of ours ever carried."""

    status = 422
    code = "invalid"
    field = "cursor"
    detail = "The cursor isn't one that an earlier page gave. Leave it out to start anew."


@dataclass(frozen=True)
class Key:
    """One column of an order, how a cursor's value is read back, and whether it goes down."""

    name: str
    read: Callable[[Any], Any]
    down: bool = False

    @property
    def order(self) -> str:
        return f"-{self.name}" if self.down else self.name


def moment(text: str) -> datetime:
    """Read a moment back. Raises ValueError or OverflowError where the database could not."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return value.astimezone(UTC)


def whole(text: str) -> int:
    """Read a whole number back, if a database can keep it."""
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError("a number larger than any column's")
    return value


def write_cursor(kind: str, values: Sequence[Any]) -> str:
    """`kind` names the order, so that a cursor of one list is refused by another."""
    text = json.dumps([kind, *map(_text, values)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def read_cursor(kind: str, cursor: str, readers: Sequence[Callable[[Any], Any]]) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        parts = json.loads(raw)
        if not isinstance(parts, list) or parts[0] != kind or len(parts) != len(readers) + 1:
            raise CursorError(cursor)
        if not all(isinstance(part, str) and len(part) <= 100 for part in parts):
            raise CursorError(cursor)
        return [read(part) for read, part in zip(readers, parts[1:], strict=True)]
    except (
        binascii.Error,
        ValueError,
        TypeError,
        IndexError,
        OverflowError,
        RecursionError,
        ArithmeticError,
    ):
        raise CursorError(cursor) from None


def after(keys: Sequence[Key], values: Sequence[Any]) -> Q:
    """Rows behind these values: a > x, or a = x and b > y, and so on."""
    behind, same = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        step = Q(**{f"{key.name}__{'lt' if key.down else 'gt'}": value})
        behind |= same & step
        same &= Q(**{key.name: value})
    return behind


def page_of(
    rows: QuerySet[Row], keys: Sequence[Key], *, kind: str, cursor: str | None, limit: int
) -> tuple[list[Row], str | None]:
    """The rows behind the cursor in the order of the keys, columns of the rows' own table, and the
    cursor of the next page, None on the last. One statement. Raises CursorError.
    """
    if cursor:
        rows = rows.filter(after(keys, read_cursor(kind, cursor, [key.read for key in keys])))
    found = list(rows.order_by(*(key.order for key in keys))[: limit + 1])
    shown = found[:limit]
    if len(found) <= limit:
        return shown, None
    return shown, write_cursor(kind, [getattr(shown[-1], key.name) for key in keys])
