"""Who works for a partner, and what they may do there: the one door to a partner's data.

A person may belong to several partners, with a right in each (FEATURES R64).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from arvio.catalog.models import Marketplace, Partner
from arvio.people.models import Person, Role

# What each kind of member may: the rights of a partner's pages and routes.
RIGHTS: dict[str, frozenset[str]] = {
    Role.Kind.READER: frozenset({"read"}),
    Role.Kind.REPLIER: frozenset({"read", "reply"}),
    Role.Kind.OWNER: frozenset({"read", "reply", "manage"}),
}


@dataclass(frozen=True)
class Member:
    """A person as a member of one partner."""

    person: Person
    partner: Partner
    kind: str

    @property
    def marketplace(self) -> Marketplace:
        return self.partner.marketplace

    @property
    def actor(self) -> str:
        return f"person:{self.person.pk}"

    def may(self, right: str) -> bool:
        return right in RIGHTS[self.kind]


def memberships(*, person: Person) -> list[Member]:
    """All of a person's memberships, by the partner's name; two statements."""
    roles = Role.objects.filter(person=person, kind__in=list(RIGHTS))
    kinds = dict(roles.values_list("place_id", "kind"))
    return [Member(person, partner, kinds[partner.pk]) for partner in _partners(kinds)]


def member(*, person: Person, partner_id: UUID) -> Member | None:
    """This person in this partner, or None when they don't, or no longer, belong to it."""
    kind = (
        Role.objects.filter(person=person, place_id=partner_id, kind__in=list(RIGHTS))
        .values_list("kind", flat=True)
        .first()
    )
    partners = _partners([partner_id]) if kind else []
    return Member(person, partners[0], kind) if kind and partners else None


def _partners(ids: Iterable[UUID]) -> list[Partner]:
    found = Partner.objects.select_related("marketplace").filter(pk__in=list(ids))
    return list(found.order_by("name", "pk"))
