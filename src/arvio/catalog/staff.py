"""Who works for a marketplace, and what they may do there: the one door to its desk.

A person may be staff of several marketplaces, with a right in each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from arvio.catalog.models import Marketplace
from arvio.people.models import Person, Role

# What each kind of staff may: cases are decided by moderators, rules belong to operators.
RIGHTS: dict[str, frozenset[str]] = {
    Role.Kind.MODERATOR: frozenset({"read", "decide"}),
    Role.Kind.OPERATOR: frozenset({"read", "decide", "manage"}),
}


@dataclass(frozen=True)
class Moderator:
    """A person as staff of one marketplace."""

    person: Person
    marketplace: Marketplace
    kind: str

    @property
    def actor(self) -> str:
        return f"person:{self.person.pk}"

    @property
    def name(self) -> str:
        return self.person.name or self.person.email

    def may(self, right: str) -> bool:
        return right in RIGHTS[self.kind]


def desks(*, person: Person) -> list[Moderator]:
    """All marketplaces that a person is staff of, by name; two statements."""
    roles = Role.objects.filter(person=person, kind__in=list(RIGHTS))
    kinds = dict(roles.values_list("place_id", "kind"))
    return [Moderator(person, place, kinds[place.pk]) for place in _marketplaces(kinds)]


def moderator(*, person: Person, marketplace_id: UUID) -> Moderator | None:
    """This person at this marketplace's desk, or None when they don't, or no longer, sit there."""
    kind = (
        Role.objects.filter(person=person, place_id=marketplace_id, kind__in=list(RIGHTS))
        .values_list("kind", flat=True)
        .first()
    )
    places = _marketplaces([marketplace_id]) if kind else []
    return Moderator(person, places[0], kind) if kind and places else None


def colleagues(*, marketplace: Marketplace) -> list[Moderator]:
    """Who sits at this desk and can sign in, by name; one statement."""
    rows = Role.objects.select_related("person").filter(
        place_id=marketplace.pk, kind__in=list(RIGHTS), person__is_active=True
    )
    found = [Moderator(role.person, marketplace, role.kind) for role in rows]
    return sorted(found, key=lambda one: (one.name.casefold(), str(one.person.pk)))


def _marketplaces(ids: Iterable[UUID]) -> list[Marketplace]:
    return list(Marketplace.objects.filter(pk__in=list(ids)).order_by("name", "pk"))
