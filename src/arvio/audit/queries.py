from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from arvio.audit import proof, rules
from arvio.audit.merkle import Tree
from arvio.audit.models import AuditRow, Seal, SealLeaf
from arvio.paging import Key, moment, page_of, whole

_NUMBER = Key("number", whole, down=True)
_NEWEST = (Key("at", moment, down=True), Key("id", UUID, down=True))


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


@dataclass(frozen=True)
class Search:
    """What rows are looked for: `subjects` any of these; `tag` the word before the colon; `actors`
    any of these; `app_id` rows of one app; from `since`, before `until`. None: whatever it is.
    """

    since: datetime
    until: datetime
    subjects: Sequence[str] | None = None
    tag: str = ""
    actors: Sequence[str] | None = None
    app_id: UUID | None = None


def search(
    *, marketplace_id: UUID, wanted: Search, cursor: str | None = None, limit: int = 50
) -> tuple[list[AuditRow], str | None]:
    """A marketplace's rows, the newest first, along its index by time; of a subject along the
    subject's. One statement. Raises CursorError.
    """
    return page_of(found(marketplace_id, wanted), _NEWEST, kind="audit", cursor=cursor, limit=limit)


def found(marketplace_id: UUID, wanted: Search) -> QuerySet[AuditRow]:
    rows = AuditRow.objects.filter(
        marketplace_id=marketplace_id, at__gte=wanted.since, at__lt=wanted.until
    )
    if wanted.subjects is not None:
        rows = rows.filter(subject__in=wanted.subjects)
    if wanted.actors is not None:
        rows = rows.filter(actor__in=wanted.actors)
    if wanted.app_id is not None:
        rows = rows.filter(app_id=wanted.app_id)
    return rows.filter(tag__startswith=f"{wanted.tag}:") if wanted.tag else rows
