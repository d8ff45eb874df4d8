"""Cursors: what no page of ours gave is refused, and never with another error."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio import paging
from arvio.paging import CursorError, Key

READERS: list[Callable[[Any], Any]] = [paging.moment, paging.whole, UUID]
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


def packed(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(
    at=st.datetimes(timezones=st.just(UTC)),
    number=st.integers(-(2**63) + 1, 2**63 - 1),
    key=st.uuids(),
)
def test_what_was_written_is_read(at: datetime, number: int, key: UUID) -> None:
    cursor = paging.write_cursor("list", [at, number, key])
    assert paging.read_cursor("list", cursor, READERS) == [at, number, key]


@given(st.text(max_size=200) | st.binary(max_size=100).map(packed) | json_values.map(packed))
def test_garbage_is_a_cursor_error_and_nothing_else(cursor: str) -> None:
    with pytest.raises(CursorError):
        paging.read_cursor("list", cursor, READERS)


GOOD = ["list", "2026-03-02T09:30:00+00:00", "5", str(uuid4())]
BAD = {
    "of another list": ["other", *GOOD[1:]],
    "too short": GOOD[:3],
    "too long": [*GOOD, "1"],
    "no list": {"list": 1},
    "empty": [],
    "with a number": ["list", 1, "5", GOOD[3]],
    "with a moment of no time zone": ["list", "2026-03-02T09:30:00", *GOOD[2:]],
    "with a moment before all time": ["list", "0001-01-01T00:00:00+14:00", *GOOD[2:]],
    "with a moment after all time": ["list", "9999-12-31T23:59:59-12:00", *GOOD[2:]],
    "with a number that no column keeps": ["list", GOOD[1], str(2**63), GOOD[3]],
    "with a number of a thousand digits": ["list", GOOD[1], "9" * 1000, GOOD[3]],
    "with words for a number": ["list", GOOD[1], "five", GOOD[3]],
    "with no id": ["list", GOOD[1], "5", "anna"],
}


@pytest.mark.parametrize("parts", BAD.values(), ids=BAD.keys())
def test_a_forged_cursor_is_refused(parts: Any) -> None:
    paging.read_cursor("list", packed(GOOD), READERS)
    with pytest.raises(CursorError):
        paging.read_cursor("list", packed(parts), READERS)


def test_deep_nests_are_refused_too() -> None:
    with pytest.raises(CursorError):
        paging.read_cursor("list", packed(b"[" * 100_000), READERS)


def test_a_moment_is_read_in_utc() -> None:
    east = datetime(2026, 3, 2, 12, 30, tzinfo=timezone(timedelta(hours=3)))
    assert paging.moment(east.isoformat()) == east
    assert paging.moment(east.isoformat()).tzinfo is UTC


ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 9), st.uuids()), unique_by=lambda row: row[2]
)


@given(rows=ROWS, size=st.integers(1, 5), downs=st.tuples(*[st.booleans()] * 3))
def test_the_condition_says_exactly_what_is_behind(
    rows: list[Any], size: int, downs: tuple[bool, bool, bool]
) -> None:
    """Evaluated here in Python; the lists' own tests ask the databases."""
    names = ("stars", "day", "id")
    keys = [Key(name, int, down) for name, down in zip(names, downs, strict=True)]
    items = [dict(zip(names, row, strict=True)) for row in rows]
    for name, down in reversed(list(zip(names, downs, strict=True))):
        items.sort(key=lambda item: item[name], reverse=down)
    seen: list[Any] = []
    behind = items
    while behind:
        seen += behind[:size]
        assert len(seen) <= len(items), "a row came twice"
        last = [seen[-1][name] for name in names]
        behind = [item for item in items if holds(paging.after(keys, last), item)]
    assert seen == items


def holds(condition: Any, item: dict[str, Any]) -> bool:
    results = []
    for child in condition.children:
        if isinstance(child, tuple):
            name, _, lookup = child[0].partition("__")
            value = item[name]
            results.append(
                {"": value == child[1], "gt": value > child[1], "lt": value < child[1]}[lookup]
            )
        else:
            results.append(holds(child, item))
    joined = all(results) if condition.connector == "AND" else any(results)
    return bool(joined != condition.negated)
