from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from arvio.audit import proof, rules
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.paging import Key, page_of, whole

_NUMBER = Key("number", whole, down=True)


@dataclass(frozen=True)
class Inclusion:
    """Where the newest sealed row of a history is in its seal's tree, and the way to the root."""

    leaf: SealLeaf
    path: Sequence[bytes]


def rows(*, subject: str) -> list[AuditRow]:
    return list(AuditRow.objects.filter(subject=subject).order_by("seq"))


def inclusion(*, subject: str, marketplace_id: UUID) -> Inclusion | None:
    """Two statements; None where nothing of the history is sealed yet."""
    found = SealLeaf.objects.filter(subject=subject, seal__marketplace_id=marketplace_id)
    leaf = found.select_related("seal").order_by("-seq", "-seal__number").first()
    if leaf is None:
        return None
    leaves = SealLeaf.objects.filter(seal=leaf.seal).order_by("number")
    tree = Tree([rules.leaf_data(*row) for row in leaves.values_list("subject", "seq", "hash")])
    # Somebody may have taken leaves away behind Arvio: then there is no path, and a check says so.
    return Inclusion(leaf, tree.path(leaf.number) if leaf.number < tree.size else [])


def seals_from(*, marketplace_id: UUID, number: int) -> list[Seal]:
    """From this seal to the newest, oldest first; of very many only the latest."""
    seals = Seal.objects.filter(marketplace_id=marketplace_id, number__gte=number)
    return list(seals.order_by("-number")[: proof.MOST_SEALS])[::-1]


def seals(
    *, marketplace_id: UUID, cursor: str | None = None, limit: int = 20
) -> tuple[list[Seal], str | None]:
    """A marketplace's seals, newest first. Raises CursorError."""
    found = Seal.objects.filter(marketplace_id=marketplace_id)
    return page_of(found, [_NUMBER], kind="seals", cursor=cursor, limit=limit)
