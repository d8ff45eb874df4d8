"""Are the seals what they were when they were made, and the histories what was sealed?

Reads only. A row that was changed breaks its chain; a chain made anew differs from its leaf; a leaf
made anew differs from its seal's root; a seal made anew differs from the next one's `prev`, or
from a hash that somebody kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, OuterRef

from arvio.audit import rules
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf

PART = 500
T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """Something that isn't as it was sealed. `subject` is empty where it is about a seal."""

    subject: str
    what: str
    stored: str
    expected: str


def verify_seals() -> Iterator[Finding]:
    """Every difference between histories, leaves and seals."""
    seals = {seal.pk: seal for seal in Seal.objects.order_by("marketplace_id", "number")}
    for _, chained in groupby(seals.values(), key=lambda seal: seal.marketplace_id):
        yield from _chain(chained)
    yield from _trees(seals)
    yield from _leaves(seals)
    yield from _marked()


def name(seal: Seal) -> str:
    return f"seal {seal.number} of {seal.sealed_at:%Y-%m-%d %H:%M} UTC"


def _chain(seals: Iterable[Seal]) -> Iterator[Finding]:
    prev, expected = rules.FIRST, 1
    for seal in seals:
        what = f"marketplace:{seal.marketplace_id}: {name(seal)}"
        if seal.number != expected:
            yield Finding("", f"{what}: the seal before", "missing", f"seal {expected}")
        elif seal.prev != prev:
            yield Finding("", f"{what}: prev", seal.prev or "none", prev or "none")
        if seal.hash != (recomputed := rules.seal_hash(seal)):
            yield Finding("", f"{what}: hash", seal.hash, recomputed)
        prev, expected = seal.hash, seal.number + 1


def _trees(seals: dict[UUID, Seal]) -> Iterator[Finding]:
    rows = SealLeaf.objects.order_by("seal_id", "number").values_list(
        "seal_id", "number", "subject", "seq", "hash"
    )
    roots: dict[UUID, tuple[int, str]] = {}
    for pk, leaves in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0]):
        tree = Tree([rules.leaf_data(*leaf[2:]) for leaf in leaves])
        roots[pk] = (tree.size, tree.root.hex())
    for pk, seal in seals.items():
        size, root = roots.get(pk, (0, "none"))
        what = f"marketplace:{seal.marketplace_id}: {name(seal)}"
        if size != seal.size:
            yield Finding("", f"{what}: leaves", str(size), str(seal.size))
        elif root != seal.tree_root:
            yield Finding("", f"{what}: root of its leaves", root, seal.tree_root)


def _leaves(seals: dict[UUID, Seal]) -> Iterator[Finding]:
    """Each leaf against the row that it names, the first of each history that differs."""
    same = AuditRow.objects.filter(
        subject=OuterRef("subject"), seq=OuterRef("seq"), hash=OuterRef("hash")
    )
    other = SealLeaf.objects.filter(~Exists(same)).order_by("subject", "seq", "seal_id")
    for part in _parts(other.iterator(chunk_size=2000)):
        subjects = {leaf.subject for leaf in part}
        good = _good(subjects)
        there = {
            (subject, seq): row_hash
            for subject, seq, row_hash in AuditRow.objects.filter(subject__in=subjects)
            .order_by()
            .values_list("subject", "seq", "hash")
        }
        for subject, leaves in groupby(part, key=lambda leaf: leaf.subject):
            leaf = next(leaves)
            after = max((seq for seq in good.get(subject, []) if seq < leaf.seq), default=0)
            rows = f"row {leaf.seq}" if leaf.seq == after + 1 else f"rows {after + 1} to {leaf.seq}"
            seal = seals.get(leaf.seal_id)
            where = name(seal) if seal else "a seal that is gone"
            stored = there.get((subject, leaf.seq), f"row {leaf.seq} is missing")
            yield Finding(subject, f"{rows}, in {where}", stored, leaf.hash)


def _good(subjects: Iterable[str]) -> dict[str, list[int]]:
    """Which rows of these histories are as some seal has them."""
    same = AuditRow.objects.filter(
        subject=OuterRef("subject"), seq=OuterRef("seq"), hash=OuterRef("hash")
    )
    found: dict[str, list[int]] = {}
    rows = SealLeaf.objects.filter(Exists(same), subject__in=subjects).order_by()
    for subject, seq in rows.values_list("subject", "seq"):
        found.setdefault(subject, []).append(seq)
    return found


def _marked() -> Iterator[Finding]:
    """Rows that say they are sealed, and no leaf of that seal covers them."""
    covering = SealLeaf.objects.filter(
        subject=OuterRef("subject"),
        seq__gte=OuterRef("seq"),
        seal__number=OuterRef("seal"),
        seal__marketplace_id=OuterRef("marketplace_id"),
    )
    rows = AuditRow.objects.filter(~Exists(covering), seal__isnull=False).order_by("subject", "seq")
    for subject, seq, number in rows.values_list("subject", "seq", "seal").iterator(
        chunk_size=2000
    ):
        yield Finding(subject, f"row {seq}", f"in seal {number}", "no leaf there covers it")


def _parts(rows: Iterable[T]) -> Iterator[list[T]]:
    source = iter(rows)
    while part := list(islice(source, PART)):
        yield part
