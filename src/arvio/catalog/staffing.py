"""A marketplace's staff by command: the whole list, or one more and one less. By invitation it is
`inviting`, and there the last operator stays; whoever has the server's shell may do without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet

from arvio.audit import actions as audit
from arvio.catalog import doors
from arvio.catalog.errors import MemberRefused
from arvio.catalog.marketplaces import put_staff
from arvio.catalog.models import Marketplace
from arvio.people.models import Person, Role

COMMAND = "command"


@transaction.atomic
def name_staff(
    *, marketplace: Marketplace, members: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """(e-mail, name, moderator|operator): the whole list, as `put_staff` takes it. Whoever is on it
    no more loses their keys and their cases at once; whoever came by an invitation stays.
    """
    doors.hold(doors.door(marketplace))
    before = _kinds(marketplace)
    put_staff(marketplace=marketplace, members=members)
    _tell(marketplace, before, now)


@transaction.atomic
def add_staff(*, marketplace: Marketplace, email: str, kind: str, now: datetime) -> None:
    """Give one person a role, or another role, without touching the others."""
    doors.hold(doors.door(marketplace))
    before = _kinds(marketplace)
    person, _ = Person.objects.get_or_create(
        email=email.strip().lower(), defaults={"password": make_password(None)}
    )
    Role.objects.update_or_create(
        person=person,
        place_id=marketplace.pk,
        defaults={"kind": kind},
        create_defaults={"marketplace_id": marketplace.pk, "kind": kind},
    )
    _tell(marketplace, before, now)


@transaction.atomic
def remove_staff(*, marketplace: Marketplace, email: str, now: datetime) -> None:
    """Raises MemberRefused: no_such_member."""
    doors.hold(doors.door(marketplace))
    before = _kinds(marketplace)
    gone, _ = _roles(marketplace).filter(person__email=email.strip().lower()).delete()
    if not gone:
        raise MemberRefused("no_such_member")
    _tell(marketplace, before, now)


def _roles(marketplace: Marketplace) -> QuerySet[Role]:
    return Role.objects.filter(place_id=marketplace.pk, kind__in=Role.STAFF_KINDS)


def _kinds(marketplace: Marketplace) -> dict[UUID, str]:
    return dict(_roles(marketplace).values_list("person_id", "kind"))


def _tell(marketplace: Marketplace, before: dict[UUID, str], now: datetime) -> None:
    """What differs goes into the history, a row for each person."""
    after = _kinds(marketplace)
    entries = []
    gone = sorted(set(before) - set(after))
    if gone:
        here = doors.door(marketplace)
        doors.close_behind(here, gone, reason="member_removed", actor=COMMAND, now=now)
    for person_id in sorted({*before, *after}):
        old, new = before.get(person_id), after.get(person_id)
        if old == new:
            continue
        entries.append(_entry(marketplace, person_id, old, new, now))
    audit.append(entries=entries)


def _entry(
    marketplace: Marketplace, person_id: UUID, old: str | None, new: str | None, now: datetime
) -> audit.Entry:
    tag = "member_removed" if new is None else "member_changed" if old else "member_named"
    return audit.Entry(
        subject=f"marketplace:{marketplace.pk}",
        tag=f"marketplace:{tag}",
        actor=COMMAND,
        at=now,
        marketplace_id=marketplace.pk,
        before={"person": str(person_id), "kind": old} if old else None,
        after={"person": str(person_id), "kind": new} if new else None,
    )
