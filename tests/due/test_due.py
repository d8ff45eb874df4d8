from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from arvio.due import actions, queries
from arvio.due.models import Due
from tests.cast import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def due(key: str, at: datetime = NOW, kind: str = "publish") -> Due:
    return Due(kind=kind, key=key, due_at=at)


def claimed(now: datetime = NOW, limit: int = 10, kind: str = "publish") -> list[str]:
    with transaction.atomic():
        return [row.key for row in actions.claim(kind=kind, now=now, limit=limit)]


def test_rows_are_claimed_oldest_first_when_their_time_has_come() -> None:
    rows = [due("late", NOW), due("early", NOW - HOUR), due("soon", NOW + HOUR)]
    actions.schedule(rows=[*rows, due("other", kind="edit")])
    assert claimed() == ["early", "late"]
    assert claimed(limit=1) == ["early"]
    assert claimed(NOW + HOUR) == ["early", "late", "soon"]


def test_a_row_is_due_at_its_very_moment() -> None:
    actions.schedule(rows=[due("a", NOW)])
    assert claimed(NOW - timedelta(microseconds=1)) == []
    assert claimed(NOW) == ["a"]


def test_a_later_wish_for_the_same_key_replaces_the_earlier() -> None:
    actions.schedule(rows=[due("a", NOW)])
    row = Due.objects.get()
    actions.failed(row=row, error="no", now=NOW)
    actions.schedule(rows=[due("a", NOW + HOUR)])
    again = Due.objects.get()
    assert (again.due_at, again.attempts, again.error) == (NOW + HOUR, 0, "")
    assert claimed() == []


def test_what_is_done_or_cancelled_is_gone() -> None:
    actions.schedule(rows=[due("a"), due("b"), due("c")])
    actions.done(rows=list(Due.objects.filter(key="a")))
    actions.cancel(kind="publish", keys=["b"])
    actions.cancel(kind="edit", keys=["c"])
    assert claimed() == ["c"]


def test_a_failed_row_waits_longer_each_time_and_then_for_a_person() -> None:
    actions.schedule(rows=[due("a")])
    waits = []
    for _ in range(actions.LAST_ATTEMPT):
        row = Due.objects.get()
        actions.failed(row=row, error="x" * 5000, now=NOW)
        waits.append((Due.objects.get().due_at - NOW).total_seconds())
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    assert len(Due.objects.get().error) == 2000
    assert claimed(NOW + timedelta(days=400)) == []
    assert queries.due_kinds(now=NOW + timedelta(days=400)) == {}
    assert [row.key for row in queries.given_up()] == ["a"]


def test_what_is_due_is_counted_by_kind() -> None:
    rows = [due("a"), due("b", NOW - HOUR), due("c", NOW + HOUR), due("d", kind="edit")]
    actions.schedule(rows=rows)
    assert queries.due_kinds(now=NOW) == {"edit": 1, "publish": 2}
    assert queries.oldest(now=NOW) == NOW - HOUR
    assert queries.oldest(now=NOW - 2 * HOUR) is None


def test_a_row_that_went_meanwhile_is_not_claimed_again() -> None:
    actions.schedule(rows=[due("a"), due("b")])
    first, second = Due.objects.order_by("key")
    actions.done(rows=[first])
    actions.schedule(rows=[due("b", NOW + HOUR)])
    with transaction.atomic():
        assert not actions.claim_row(row=first, now=NOW)
        assert not actions.claim_row(row=second, now=NOW)
        assert actions.claim_row(row=second, now=NOW + HOUR)


def test_scheduling_any_number_is_one_statement(count_sql: Any) -> None:
    for number in (1, 40):
        with count_sql() as statements:
            actions.schedule(rows=[due(f"{number}-{n}") for n in range(number)])
        assert len(statements) == 1
