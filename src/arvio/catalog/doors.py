"""Where people come to by an invitation: a partner with its members, a marketplace with its staff.

What differs between the two stands here; how one comes, changes and goes is in `inviting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from arvio.catalog import members, staff
from arvio.catalog.members import Member
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.staff import Moderator
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.people.actions import revoke_keys
from arvio.people.models import Key, Person, Role

Place: TypeAlias = Partner | Marketplace
Somebody: TypeAlias = Member | Moderator

# The due row that tells the desk that somebody's cases are anybody's again (`moderation/leaving`).
LEFT = "staff_left"
# And the one by which a member's wishes are forgotten (`notify/leaving`), by person:partner.
MEMBER_LEFT = "member_left"


@dataclass(frozen=True)
class Door:
    """`chief` is the kind of which a place that has one keeps one; `last` is the refusal."""

    place: Place
    marketplace: Marketplace
    name: str
    kinds: tuple[str, ...]
    chief: str
    last: str

    @property
    def subject(self) -> str:
        return f"{self.name}:{self.place.pk}"


def door(place: Place) -> Door:
    if isinstance(place, Partner):
        kinds = tuple(kind.value for kind in Role.MEMBER_KINDS)
        return Door(place, place.marketplace, "partner", kinds, Role.Kind.OWNER, "last_owner")
    kinds = tuple(kind.value for kind in Role.STAFF_KINDS)
    return Door(place, place, "marketplace", kinds, Role.Kind.OPERATOR, "last_operator")


def place_of(somebody: Somebody) -> Place:
    return somebody.partner if isinstance(somebody, Member) else somebody.marketplace


def find(*, place_id: UUID, marketplace_id: UUID) -> Place | None:
    """Staff's place is the marketplace itself."""
    if place_id == marketplace_id:
        return Marketplace.objects.filter(pk=place_id).first()
    return Partner.objects.select_related("marketplace").filter(pk=place_id).first()


def who(door: Door, person: Person) -> Somebody | None:
    if isinstance(door.place, Partner):
        return members.member(person=person, partner_id=door.place.pk)
    return staff.moderator(person=person, marketplace_id=door.place.pk)


def hold(door: Door) -> None:
    """Lock the place: whoever comes, changes or goes there does so one after the other."""
    rows: Any = type(door.place)._default_manager
    rows.select_for_update(of=("self",)).get(pk=door.place.pk)


def still_manages(door: Door, by: Somebody) -> bool:
    """Looked at under the lock: an owner of this partner, or an operator of its marketplace."""
    if isinstance(by, Member):
        now = members.member(person=by.person, partner_id=door.place.pk)
        return now is not None and now.may("manage")
    known = staff.moderator(person=by.person, marketplace_id=door.marketplace.pk)
    return known is not None and known.may("manage")


def members_changed(door: Door, now: datetime) -> None:
    """Members decide who is affiliated: what they have written is looked at again."""
    if isinstance(door.place, Partner):
        key = f"partner:{door.place.pk}"
        due.schedule(rows=[Due(kind="archive_check", key=key, due_at=now)])


def close_behind(
    door: Door, person_ids: Sequence[UUID], *, reason: str, actor: str, now: datetime
) -> None:
    """Whoever has gone keeps no key of the place from now on; in a transaction of its own, staff
    leave their cases, and members what they wanted to be told. What they wrote stays.
    """
    keys = Key.objects.filter(person__in=person_ids)
    if isinstance(door.place, Partner):
        keys = keys.filter(partner_id=door.place.pk)
        left = [f"{person_id}:{door.place.pk}" for person_id in person_ids]
        rows = [Due(kind=MEMBER_LEFT, key=key, due_at=now) for key in left]
    else:
        keys = keys.filter(kind=Key.Kind.MODERATOR, marketplace_id=door.place.pk)
        left = [f"{door.place.pk}:{person_id}" for person_id in person_ids]
        rows = [Due(kind=LEFT, key=key, due_at=now) for key in left]
    revoke_keys(keys=keys, reason=reason, actor=actor, now=now)
    due.schedule(rows=rows)
