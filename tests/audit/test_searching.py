"""Looking through a marketplace's history."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from arvio.audit import searching
from arvio.audit.actions import Entry, append
from arvio.audit.models import AuditRow
from arvio.audit.searching import Wanted, search, walk
from arvio.ids import uuid7
from arvio.paging import CursorError
from tests.cast import NOW

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE, APP = uuid7(), uuid7(), uuid7()
ANNA, MIKA = "user:1", "person:1"
ROWS = 30


def history() -> list[AuditRow]:
    """Three rows at each moment, of another marketplace among them; every tenth is Mika's."""
    entries = []
    for number in range(ROWS):
        entries.append(
            Entry(
                subject=f"review:{number % 7}",
                tag="review:removed" if number % 10 == 0 else "review:submitted",
                actor=MIKA if number % 10 == 0 else ANNA,
                at=NOW + timedelta(hours=number // 3),
                marketplace_id=HERE,
                app_id=APP if number % 2 else None,
                after={"key": "arv_abcdef"} if number == 9 else None,
            )
        )
    theirs = Entry("review:x", "review:removed", MIKA, NOW, marketplace_id=ELSEWHERE)
    entries.append(theirs)
    return append(entries=entries)


def pages(wanted: Wanted, limit: int) -> list[list[UUID]]:
    found, cursor = [], None
    while True:
        page = search(wanted=wanted, cursor=cursor, limit=limit)
        found.append([row.pk for row in page.rows])
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize("looked_at", [4, 10_000])
@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        ({}, lambda row: True),
        ({"tag": "review:removed"}, lambda row: row.tag == "review:removed"),
        ({"actors": [MIKA]}, lambda row: row.actor == MIKA),
        ({"actors": []}, lambda row: False),
        ({"actors": [], "key": "arv_abcdef"}, lambda row: bool(row.after)),
        ({"about": "review"}, lambda row: True),
        ({"about": "case"}, lambda row: False),
        ({"apps": [APP]}, lambda row: row.app_id == APP),
        ({"subjects": ["review:3"]}, lambda row: row.subject == "review:3"),
        (
            {"subjects": ["review:0"], "apps": [APP]},
            lambda row: row.app_id == APP or row.subject == "review:0",
        ),
        (
            {"since": NOW + timedelta(hours=2), "until": NOW + timedelta(hours=5)},
            lambda row: NOW + timedelta(hours=2) <= row.at < NOW + timedelta(hours=5),
        ),
    ],
)
def test_pages_hold_each_row_that_is_wanted_once_the_newest_first(
    monkeypatch: pytest.MonkeyPatch,
    looked_at: int,
    asked: dict[str, Any],
    matches: Callable[[AuditRow], bool],
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", looked_at)
    rows = [row for row in history() if row.marketplace_id == HERE and matches(row)]
    rows.sort(key=lambda row: (row.at, row.pk), reverse=True)
    found = pages(Wanted(marketplace_id=HERE, **asked), limit=4)
    assert [pk for page in found for pk in page] == [row.pk for row in rows]


def test_a_search_for_what_is_rare_says_how_far_it_looked(
    monkeypatch: pytest.MonkeyPatch,
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", 7)
    rows = sorted(history()[:ROWS], key=lambda row: (row.at, row.pk))
    with count_sql() as statements:
        found = search(wanted=Wanted(marketplace_id=HERE, tag="none"))
    assert len(statements) == 2
    assert (found.rows, found.back_to) == ([], rows[-7].at)
    assert [len(some) for some in walk(wanted=Wanted(marketplace_id=HERE), limit=12, page=5)] == [
        5,
        5,
        2,
    ]
    for wrong in ("nonsense", found.next[:-4] if found.next else ""):
        with pytest.raises(CursorError):
            search(wanted=Wanted(marketplace_id=HERE), cursor=wrong)


if connection.vendor == "postgresql":

    def test_a_page_deep_in_the_history_walks_the_index_by_time() -> None:
        """No sequential scan, and the cursor bounds the walk."""
        history()
        cursor = search(wanted=Wanted(marketplace_id=HERE), limit=20).next
        rows = searching._in_time(Wanted(marketplace_id=HERE), cursor)
        with connection.cursor() as ask:
            ask.execute("SET LOCAL enable_seqscan = off")
            ask.execute("SET LOCAL enable_sort = off")
        plan = searching._ordered(rows)[:5].explain()
        assert "audit_row_marketplace_at" in plan
        assert "Index Cond: ((marketplace_id = " in plan and "AND (at <=" in plan
