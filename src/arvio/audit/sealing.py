"""Sealing: what histories have come to is written into a Merkle tree, and the roots are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from arvio.audit import rules
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.ids import uuid7

# Rows that one seal covers at most, and so leaves of its tree: a path has 13 steps, and making it
# reads 5,000 short rows.
ROWS = 5000
# Seals made in one transaction: a large import keeps nobody waiting for all of it.
SEALS = 2

Unsealed = tuple[UUID, str, int, str]


@transaction.atomic
def seal(*, marketplace_id: UUID, now: datetime) -> bool:
    """Seal what isn't sealed yet; where nothing is new, no seal is made. Answers whether more is
    left.

    Rows are marked, not compared by time: what is committed later is in a later seal. One caller at
    a time for a marketplace (the worker holds its due row); unique (marketplace, number) refuses a
    second.
    """
    last = Seal.objects.filter(marketplace_id=marketplace_id).order_by("-number").first()
    for _ in range(SEALS):
        rows = _unsealed(marketplace_id)
        if not rows:
            return False
        last = _seal(marketplace_id, last, rows, now)
        if len(rows) < ROWS:
            return False
    return True


def _unsealed(marketplace_id: UUID) -> list[Unsealed]:
    rows = AuditRow.objects.filter(marketplace_id=marketplace_id, seal=None).order_by("id")
    return list(rows.values_list("pk", "subject", "seq", "hash")[:ROWS])


def _seal(marketplace_id: UUID, last: Seal | None, rows: Sequence[Unsealed], now: datetime) -> Seal:
    heads: dict[str, tuple[int, str]] = {}
    for _, subject, seq, row_hash in rows:
        heads[subject] = max(heads.get(subject, (0, "")), (seq, row_hash))
    leaves = [(subject, *heads[subject]) for subject in sorted(heads)]
    made = Seal(
        id=uuid7(),
        marketplace_id=marketplace_id,
        number=last.number + 1 if last else 1,
        sealed_at=now,
        size=len(leaves),
        tree_root=Tree([rules.leaf_data(*leaf) for leaf in leaves]).root.hex(),
        prev=last.hash if last else rules.FIRST,
    )
    made.hash = rules.seal_hash(made)
    made.save(force_insert=True)
    SealLeaf.objects.bulk_create(
        [
            SealLeaf(seal=made, number=number, subject=subject, seq=seq, hash=row_hash)
            for number, (subject, seq, row_hash) in enumerate(leaves)
        ],
        batch_size=500,
    )
    ids = [row[0] for row in rows]
    for start in range(0, len(ids), 500):
        AuditRow.objects.filter(pk__in=ids[start : start + 500]).update(seal=made.number)
    return made
