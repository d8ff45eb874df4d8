from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from arvio.asking import rules
from arvio.asking.models import ReviewLink, UpdateInvitation
from arvio.asking.request_rules import SENT
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.catalog.models import App, Marketplace
from arvio.catalog.queries import storable
from arvio.paging import Key, after, read_cursor, write_cursor
from arvio.reviews.models import ReviewVersion

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


@dataclass(frozen=True)
class Recovery:
    """What came of the invitations to update a review, since ever; None where so few went out, or
    so few were followed, that it would tell of people. `whole` as in `Totals`.
    """

    invited: int | None
    updated: int | None
    whole: bool

    @property
    def percent(self) -> int | None:
        """The recovery rate, where nothing is left out of it."""
        if not self.whole or self.invited is None or self.updated is None:
            return None
        return round(100 * self.updated / self.invited)


def recovery(*, member: Member, app: App | None = None) -> Recovery:
    """Of one app of the partner's, or of all; one statement.

    Not by days: two spans that differ by one would tell of whoever was invited on it.
    """
    later = ReviewVersion.objects.filter(
        review=OuterRef("review_id"), submitted_at__gt=OuterRef("decided_at")
    )
    rows = UpdateInvitation.objects.filter(app__partner=member.partner, code=SENT)
    if app:
        rows = rows.filter(app=app)
    counted = rows.values("app_id").annotate(
        invited=Count("pk"), updated=Count("pk", filter=Exists(later))
    )
    pairs = [
        (rules.shown(invited), rules.shown(updated))
        for invited, updated in counted.values_list("invited", "updated")
    ]
    invited = [sent for sent, _ in pairs if sent is not None]
    updated = [changed for sent, changed in pairs if sent is not None and changed is not None]
    return Recovery(
        invited=sum(invited) if invited else None,
        updated=sum(updated) if updated else None,
        whole=len(updated) == len(pairs),
    )


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
