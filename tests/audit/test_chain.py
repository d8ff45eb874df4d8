from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from arvio.audit import actions, rules
from arvio.audit.actions import Entry
from arvio.audit.models import AuditRow
from tests import cast

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def entry(subject: str = "review:1", **values: Any) -> Entry:
    return replace(Entry(subject=subject, tag="review:published", actor="policy", at=AT), **values)


def chain(subject: str = "review:1") -> list[AuditRow]:
    return list(AuditRow.objects.filter(subject=subject).order_by("seq"))


@pytest.mark.django_db
def test_each_subject_has_a_chain_of_its_own() -> None:
    actions.append(entries=[entry(first=True), entry(), entry("review:2", first=True)])
    actions.append(entries=[entry("review:2"), entry()])
    assert [row.seq for row in chain()] == [1, 2, 3]
    assert [row.seq for row in chain("review:2")] == [1, 2]
    first, second, third = chain()
    assert (first.prev, second.prev, third.prev) == ("", first.hash, second.hash)
    assert rules.broken(chain()) is None
    assert rules.broken(chain("review:2")) is None


@pytest.mark.django_db
def test_any_number_of_entries_costs_two_statements(count_sql: Any) -> None:
    for number in (3, 30):
        entries = [entry(f"review:{number}-{n}", first=True) for n in range(number)]
        actions.append(entries=entries)
        again = [replace(one, first=False) for one in entries]
        with count_sql() as statements:
            actions.append(entries=again)
        assert len(statements) == 2


@pytest.mark.django_db
def test_two_rows_of_one_number_are_refused_by_the_database() -> None:
    actions.append(entries=[entry(first=True)])
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.append(entries=[entry(first=True)])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("tag", "review:removed"),
        ("actor", "user:somebody"),
        ("policy_version", 7),
        ("before", {"state": "held"}),
        ("after", {"stars": 1}),
        ("at", AT + timedelta(microseconds=1)),
        ("app_id", UUID(int=1)),
        ("marketplace_id", UUID(int=2)),
        ("prev", "0" * 64),
        ("hash", "0" * 64),
        ("seq", 9),
    ],
)
def test_a_changed_row_breaks_the_chain(column: str, other: object) -> None:
    actions.append(entries=[entry(first=True, after={"stars": 5}), entry(), entry()])
    for place in range(3):
        rows = chain()
        setattr(rows[place], column, other)
        assert rules.broken(rows)


@pytest.mark.django_db
def test_a_row_that_is_gone_or_out_of_place_breaks_the_chain() -> None:
    actions.append(entries=[entry(first=True), entry(tag="b"), entry(tag="c")])
    one, two, three = chain()
    for rows in ([two, three], [one, three], [one, three, two]):
        assert rules.broken(rows)


def test_a_hash_reads_the_row_and_not_how_it_is_written() -> None:
    """The same in another order of keys and another time zone; an outsider recomputes it."""
    row = SimpleNamespace(
        marketplace_id=None, app_id=None, subject="review:1", seq=1, tag="t", actor="a",
        policy_version=1, before=None, after={"a": 1, "b": "ё"}, at=AT, prev="", scheme=1,
    )  # fmt: skip
    other = SimpleNamespace(**vars(row) | {"after": {"b": "ё", "a": 1}})
    other.at = AT.astimezone(timezone(timedelta(hours=3)))
    assert rules.row_hash(row) == rules.row_hash(other)
    golden = "8d8b9850935c3fa32ceee906aea87177bf0e84aaf9f5af51833bb67627723ade"
    assert rules.row_hash(row) == golden


def test_words_are_hashed_apart_and_with_their_salt() -> None:
    plain = rules.words_hash("salt", "a", "b")
    assert plain == rules.words_hash("salt", "a", "b")
    assert (
        len({plain, rules.words_hash("salt", "ab", ""), rules.words_hash("other", "a", "b")}) == 3
    )


@pytest.mark.django_db
def test_a_review_leaves_no_word_and_no_name_in_history() -> None:
    stage = cast.stage(preset="hubspot-2022")
    stage.review(by=stage.anna, text="Unmistakable words", title="A title to remember", stars=2)
    kept = str(list(AuditRow.objects.values()))
    for secret in ("Unmistakable", "title to remember", "Korhonen", "anna@customer.example"):
        assert secret not in kept
    submitted = AuditRow.objects.get(tag="review:submitted")
    assert submitted.after is not None
    assert submitted.after["stars"] == 2
    assert len(submitted.after["words"]["words"]) == 64
