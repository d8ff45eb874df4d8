from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from arvio.asking import rules
from arvio.asking.models import ReviewLink
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.catalog.models import App, Marketplace
from arvio.catalog.queries import storable
from arvio.paging import Key, after, read_cursor, write_cursor

MOST_LINKS = 50
SUMS = {
    "came": Coalesce(Sum("days__arrivals"), 0),
    "wrote": Coalesce(Sum("days__reviews"), 0),
}


def _text(value: str) -> str:
    if not storable(value):
        raise ValueError("no database keeps this")
    return value


KEYS = (Key("app__ref", _text), Key("campaign", _text), Key("id", UUID))


@dataclass(frozen=True)
class CountedLink:
    """A link with its numbers; None where so few reviews came that it would tell of people."""

    link: ReviewLink
    arrivals: int
    reviews: int | None


@dataclass(frozen=True)
class LinkPage:
    items: list[CountedLink]
    next: str | None


@dataclass(frozen=True)
class Totals:
    """What the shown numbers of a partner's links add up to. `whole` is False where some reviews
    are hidden, and their sum is then the least that it can be.
    """

    arrivals: int
    reviews: int
    whole: bool


def link(*, marketplace: Marketplace, code: str) -> ReviewLink:
    """The link behind an address, also one that has ended. Raises NotFound."""
    found = None
    if rules.CODE.fullmatch(code):
        rows = ReviewLink.objects.select_related("app")
        found = rows.filter(code=code, app__marketplace=marketplace).order_by("id").first()
    if found is None:
        raise NotFound("link", "There is no such link.")
    return found


def link_of(*, app: App) -> ReviewLink | None:
    """The app's standing link, without a campaign, or None before its first use."""
    return ReviewLink.objects.filter(app=app, campaign="", ended_at=None).first()


def followed(*, app: App, codes: Sequence[str]) -> ReviewLink | None:
    """The first of these codes that is a link of the app."""
    rows = {row.code: row for row in ReviewLink.objects.filter(app=app, code__in=codes)}
    return next((rows[code] for code in codes if code in rows), None)


def one(*, member: Member, link_id: UUID) -> ReviewLink:
    """A link of the member's partner. Raises NotFound, the same for another's as for none."""
    found = _links(member).filter(pk=link_id).first()
    if found is None:
        raise NotFound("link", "There is no such link.")
    return found


def apps(*, member: Member) -> list[App]:
    """The apps that links can be made for, by name."""
    rows = App.objects.filter(partner=member.partner, retired=False)
    return list(rows.order_by("name", "pk"))


def page(
    *, member: Member, ended: bool = False, cursor: str | None = None, limit: int = MOST_LINKS
) -> LinkPage:
    """A partner's links, in use or ended: app by app, the standing one first, then by campaign. One
    statement. Raises CursorError.
    """
    kind = "links ended" if ended else "links"
    rows = _links(member).filter(ended_at__isnull=not ended).annotate(**SUMS)
    if cursor:
        rows = rows.filter(after(KEYS, read_cursor(kind, cursor, [key.read for key in KEYS])))
    found = list(rows.order_by(*(key.order for key in KEYS))[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    more = write_cursor(kind, [last.app.ref, last.campaign, last.pk]) if last else None
    return LinkPage([_shown(row) for row in found[:limit]], more)


def _links(member: Member) -> QuerySet[ReviewLink]:
    return ReviewLink.objects.select_related("app__marketplace").filter(app__partner=member.partner)


def _shown(row: ReviewLink) -> CountedLink:
    sums: Any = row
    return CountedLink(row, sums.came, rules.shown(sums.wrote))


def totals(*, member: Member) -> Totals:
    """Over all links of the partner, ended ones too; one statement."""
    rows: Any = _links(member).values("pk").annotate(**SUMS)
    sums = rows.values_list("came", "wrote")
    parts = [(came, rules.shown(wrote)) for came, wrote in sums]
    return Totals(
        arrivals=sum(came for came, _ in parts),
        reviews=sum(wrote or 0 for _, wrote in parts),
        whole=all(wrote is not None for _, wrote in parts),
    )
