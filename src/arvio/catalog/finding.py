"""What an operator looks for in the catalog: apps, partners, accounts and users, by id or name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from arvio.catalog.errors import NotFound
from arvio.catalog.models import Account, App, Marketplace, Partner, User
from arvio.catalog.queries import storable
from arvio.paging import Key, page_of

PAGE, FEW = 20, 5
ORDER = (Key("name", str), Key("pk", UUID))
KINDS = ("apps", "partners", "accounts", "users")


@dataclass(frozen=True)
class Found:
    """Rows of one kind, by name; `next` is a cursor."""

    kind: str
    rows: Sequence[Any]
    next: str | None


def search(*, marketplace: Marketplace, q: str) -> list[Found]:
    """The first few of each kind that there are; a statement a kind."""
    found = [page(marketplace=marketplace, kind=kind, q=q, limit=FEW) for kind in KINDS]
    return [one for one in found if one.rows]


def page(
    *, marketplace: Marketplace, kind: str, q: str, cursor: str | None = None, limit: int = PAGE
) -> Found:
    """All of a kind, or those that `q` finds. Raises CursorError."""
    rows: QuerySet[Any] = _rows(marketplace, kind)
    if q.strip():
        rows = rows.filter(_named(kind, q.strip())) if storable(q) else rows.none()
    shown, more = page_of(rows, ORDER, kind=f"catalog_{kind}", cursor=cursor, limit=limit)
    return Found(kind, shown, more)


def one(*, marketplace: Marketplace, kind: str, pk: UUID) -> Any:
    """Raises NotFound. Of a former account or user it gives the one that it leads to."""
    known = kind in KINDS
    found = _rows(marketplace, kind, former=True).filter(pk=pk).first() if known else None
    if found is None:
        raise NotFound(kind, "There is no such thing in this marketplace.")
    return getattr(found, "leads_to", None) or found


def _rows(marketplace: Marketplace, kind: str, *, former: bool = False) -> QuerySet[Any]:
    standing = {} if former else {"leads_to": None}
    match kind:
        case "apps":
            return App.objects.select_related("partner", "marketplace").filter(
                marketplace=marketplace
            )
        case "partners":
            return Partner.objects.select_related("marketplace").filter(marketplace=marketplace)
        case "accounts":
            return Account.objects.select_related("marketplace", "leads_to__marketplace").filter(
                marketplace=marketplace, **standing
            )
    return User.objects.select_related("account__marketplace", "leads_to__account").filter(
        account__marketplace=marketplace, **standing
    )


def _named(kind: str, words: str) -> Q:
    """As typed and in the usual ways to write it: SQLite folds the case of ASCII alone."""
    ways = sorted({words, words.lower(), words.upper(), words.capitalize(), words.title()})
    named = Q(ref__iexact=words)
    for way in ways:
        named |= Q(name__icontains=way)
    if kind == "accounts":
        named |= Q(former__ref__iexact=words)
    if kind == "users":
        named |= Q(email__iexact=words)
    return named
