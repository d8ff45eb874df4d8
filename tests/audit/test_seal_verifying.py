"""Whatever of history somebody changes in the database is found, and the place is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from arvio.audit import guards
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.audit.verifying import Finding, name, verify_seals
from arvio.ratings.verifying import Difference
from arvio.reviews.verifying import verify
from tests.audit.stage import change, rewrite_chain, rewrite_leaves, rewrite_seal, sealed, story
from tests.cast import NOW, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> tuple[Stage, Any]:
    return story()


def found() -> list[Difference]:
    return list(verify(now=NOW))


def seals() -> list[Finding]:
    return list(verify_seals())


def test_nothing_is_found_where_nobody_went_past_arvio(told: Any) -> None:
    assert Seal.objects.count() == 2
    assert found() == []


@pytest.mark.parametrize(
    "column",
    ["tag", "actor", "prev", "hash", "policy_version", "before", "after", "at", "scheme", "app_id"],
)
def test_one_changed_column_is_found_by_the_chain(told: Any, column: str) -> None:
    _, review = told
    value = {
        "policy_version": "7",
        "scheme": "1",
        "before": """'{"stars": 5}'""",
        "after": """'{"stars": 5}'""",
        "at": "'2020-01-01 00:00:00+00:00'",
        "app_id": "marketplace_id",
    }.get(column, f"'x' || substr({column}, 2)")
    sql = f"UPDATE audit_row SET {column} = {value} WHERE subject = %s AND seq = 2"  # noqa: S608
    assert change(sql, review.subject) == 1
    chain = [row for row in found() if row.what == "history's chain"]
    assert [row.review for row in chain] == [str(review.pk)]
    assert "row 2" in chain[0].stored


def test_a_chain_made_anew_is_found_by_the_seals_and_the_rows_are_named(told: Any) -> None:
    _, review = told
    first, second = Seal.objects.order_by("number")
    at = SealLeaf.objects.get(seal=first, subject=review.subject).seq
    sealed_hash = SealLeaf.objects.get(seal=second, subject=review.subject)
    change(
        "UPDATE audit_row SET actor = 'person:other' WHERE subject = %s AND seq = %s",
        review.subject,
        at + 1,
    )
    rewrite_chain(review.subject)
    now = AuditRow.objects.get(subject=review.subject, seq=sealed_hash.seq).hash
    what = f"rows {at + 1} to {sealed_hash.seq}, in {name(second)}"
    assert seals() == [Finding(review.subject, what, now, sealed_hash.hash)]
    assert [(row.review, row.what) for row in found()] == [(str(review.pk), f"history: {what}")]


def test_a_leaf_made_anew_too_is_found_by_the_root(told: Any) -> None:
    _, review = told
    change("UPDATE audit_row SET actor = 'x' WHERE subject = %s AND seq = 1", review.subject)
    rewrite_chain(review.subject)
    rewrite_leaves(review.subject)
    assert [row.what.partition(": ")[2] for row in seals()] == [
        f"{name(seal)}: root of its leaves" for seal in Seal.objects.order_by("number")
    ]


def test_a_seal_made_anew_too_is_found_by_the_next(told: Any) -> None:
    _, review = told
    change("UPDATE audit_row SET actor = 'x' WHERE subject = %s AND seq = 1", review.subject)
    rewrite_chain(review.subject)
    rewrite_leaves(review.subject)
    kept = Seal.objects.get(number=2).hash
    for number in (1, 2):
        rewrite_seal(number)
    second = Seal.objects.get(number=2)
    assert [row.what.partition(": ")[2] for row in seals()] == [f"{name(second)}: prev"]
    # Made anew to the end, only somebody who kept a hash can tell.
    change("UPDATE audit_seal SET prev = %s WHERE number = 2", Seal.objects.get(number=1).hash)
    rewrite_seal(2)
    assert seals() == []
    assert not Seal.objects.filter(hash=kept).exists()


@pytest.mark.parametrize("column", ["sealed_at", "size", "tree_root", "prev", "hash"])
def test_a_changed_seal_is_found(told: Any, column: str) -> None:
    value = {"sealed_at": "'2020-01-01 00:00:00+00:00'", "size": "size + 1"}
    new = value.get(column, "'x'")
    assert change(f"UPDATE audit_seal SET {column} = {new} WHERE number = 2") == 1  # noqa: S608
    assert seals() and all("seal 2 of" in row.what for row in seals())


def test_a_root_that_somebody_kept_is_looked_for(told: Any) -> None:
    kept = Seal.objects.get(number=1).hash
    call_command("verify", root=kept.upper())
    with pytest.raises(CommandError, match="1 difference"):
        call_command("verify", root="0" * 64)


def test_rows_taken_from_the_end_of_a_chain_are_found(told: Any) -> None:
    _, review = told
    head = SealLeaf.objects.get(seal__number=2, subject=review.subject)
    change("DELETE FROM audit_row WHERE subject = %s AND seq >= %s", review.subject, head.seq)
    (one,) = seals()
    assert (one.subject, one.stored) == (review.subject, f"row {head.seq} is missing")


def test_a_whole_history_taken_away_is_found(told: Any) -> None:
    made, _ = told
    subject = f"marketplace:{made.marketplace.pk}"
    change("DELETE FROM audit_row WHERE subject = %s", subject)
    (one,) = seals()
    assert (one.subject, one.stored) == (subject, "row 2 is missing")


def test_a_seal_and_its_leaves_taken_away_are_found(told: Any) -> None:
    change("DELETE FROM audit_seal_leaf WHERE seal_id = (SELECT id FROM audit_seal WHERE number=2)")
    change("DELETE FROM audit_seal WHERE number = 2")
    assert {row.stored for row in seals()} == {"in seal 2"}


def test_a_leaf_taken_away_is_found(told: Any) -> None:
    change("DELETE FROM audit_seal_leaf WHERE subject LIKE 'marketplace:%%'")
    whats = [row.what for row in seals()]
    assert any("leaves" in what for what in whats) and any("row 1" in what for what in whats)


def test_the_statements_do_not_grow_with_histories_or_seals(
    told: tuple[Stage, Any], count_sql: Callable[[], Any]
) -> None:
    made, _ = told
    with count_sql() as few:
        assert seals() == []
    for _ in range(3):
        made.published()
        sealed(made)
    with count_sql() as many:
        assert seals() == []
    assert len(many) == len(few)


def test_the_hands_that_tamper_put_the_guards_back(told: Any) -> None:
    assert guards.missing(connection) == []
