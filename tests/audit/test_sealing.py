"""Sealing covers every row once, in order, and costs nothing where nothing is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from arvio.audit import rules, sealing
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.work.loop import work_once
from tests.audit.stage import sealed
from tests.cast import NOW, stage

pytestmark = pytest.mark.django_db


def test_a_seal_has_the_head_of_every_history_that_went_on() -> None:
    made = stage()
    review = made.published(by=made.anna)
    seal = Seal.objects.get()
    leaves = list(SealLeaf.objects.filter(seal=seal).order_by("number"))
    assert [leaf.subject for leaf in leaves] == sorted(leaf.subject for leaf in leaves)
    heads = {row.subject: row for row in AuditRow.objects.order_by("seq")}
    assert {leaf.subject: (leaf.seq, leaf.hash) for leaf in leaves} == {
        subject: (row.seq, row.hash) for subject, row in heads.items()
    }
    assert review.subject in heads
    data = [rules.leaf_data(leaf.subject, leaf.seq, leaf.hash) for leaf in leaves]
    assert (seal.number, seal.size, seal.prev) == (1, len(leaves), "")
    assert seal.tree_root == Tree(data).root.hex()
    assert seal.hash == rules.seal_hash(seal)
    assert not AuditRow.objects.filter(seal=None).exists()


def test_the_next_seal_has_only_what_is_new_and_follows_the_last() -> None:
    made = stage()
    made.published(by=made.anna)
    sealed(made)
    before = Seal.objects.count()
    other = made.review(by=made.arvo, at=NOW)
    sealed(made)
    first, second = Seal.objects.order_by("number")[before - 1 : before + 1]
    assert (second.number, second.prev) == (first.number + 1, first.hash)
    assert list(second.leaves.values_list("subject", flat=True)) == [other.subject]
    sealed(made)
    assert Seal.objects.count() == before + 1


def test_a_marketplace_seals_its_own_histories() -> None:
    made, other = stage(), stage(slug="elsewhere")
    sealed(made)
    assert not AuditRow.objects.filter(marketplace_id=made.marketplace.pk, seal=None).exists()
    assert AuditRow.objects.filter(marketplace_id=other.marketplace.pk, seal=None).exists()
    sealed(other)
    assert set(Seal.objects.values_list("number", flat=True)) == {1}


def test_a_backlog_becomes_several_seals_and_no_row_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sealing, "ROWS", 3)
    monkeypatch.setattr(sealing, "SEALS", 2)
    made = stage()
    for _ in range(5):
        made.review(at=NOW)
    rows = AuditRow.objects.count()
    assert sealing.seal(marketplace_id=made.marketplace.pk, now=NOW) is True
    assert Seal.objects.count() == 2
    work_once(now=NOW)
    assert not AuditRow.objects.filter(seal=None).exists()
    assert Seal.objects.count() >= rows / 3


def test_a_month_at_once_makes_one_seal_and_leaves_one_row_for_the_next_hour() -> None:
    made = stage()
    made.review(by=made.anna)
    work_once(now=NOW + timedelta(days=30))
    assert Seal.objects.count() == 1
    waits = Due.objects.get(kind="seal")
    assert waits.key == str(made.marketplace.pk)
    assert waits.due_at == (NOW + timedelta(days=30)).replace(minute=0) + timedelta(hours=1)
    work_once(now=waits.due_at)
    assert Seal.objects.count() == 1


def test_a_row_is_sealed_once() -> None:
    made = stage()
    sealed(made)
    for number in (None, 9):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            AuditRow.objects.update(seal=number)


def test_two_seals_of_one_number_are_refused() -> None:
    made = stage()
    sealed(made)
    twin = Seal.objects.get()
    twin.pk = uuid7()
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_looking_for_what_is_new_goes_along_the_index_of_what_is_not_sealed(
    count_sql: Callable[[], Any],
) -> None:
    made = stage()
    sealed(made)
    with count_sql() as statements:
        sealed(made)
    assert len(statements) == 2
    plan = str(
        AuditRow.objects.filter(marketplace_id=made.marketplace.pk, seal=None)
        .order_by("id")
        .explain()
    )
    if connection.vendor == "sqlite":
        assert "audit_row_unsealed" in plan and "TEMP B-TREE" not in plan
