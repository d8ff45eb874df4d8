"""A partner's API keys: each is one member's, and may what the member may when it is used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from arvio.audit import actions as audit
from arvio.catalog.errors import MemberRefused
from arvio.catalog.members import Member
from arvio.catalog.models import Partner
from arvio.people import actions as people
from arvio.people.models import Key

MOST = 20


@transaction.atomic
def create_key(*, member: Member, name: str, now: datetime) -> str:
    """Make a key of the member's own and answer it: it is shown this once.

    Raises MemberRefused: too_many.
    """
    _hold(member)
    if _live(member).filter(person=member.person).count() >= MOST:
        raise MemberRefused("too_many")
    token = people.create_key(
        kind=Key.Kind.PARTNER,
        marketplace_id=member.marketplace.pk,
        partner_id=member.partner.pk,
        person=member.person,
        name=name.strip(),
        scopes=(),
        actor=member.actor,
        now=now,
    )
    _write(member, "key_created", now, token[:10])
    return token


@transaction.atomic
def revoke_key(*, member: Member, key_id: UUID, now: datetime) -> None:
    """Raises MemberRefused: no_such_key, for another member's too unless one manages them."""
    _hold(member)
    key = key_of(member=member, key_id=key_id)
    people.revoke_keys(keys=Key.objects.filter(pk=key.pk), actor=member.actor, now=now)
    _write(member, "key_revoked", now, key.prefix)


def keys_of(*, member: Member) -> list[Key]:
    """Live keys, newest first: one's own, and to whoever manages the partner all of them."""
    keys = _live(member)
    if not member.may("manage"):
        keys = keys.filter(person=member.person)
    return list(keys.select_related("person").order_by("-created_at", "-pk"))


def key_of(*, member: Member, key_id: UUID) -> Key:
    for key in keys_of(member=member):
        if key.pk == key_id:
            return key
    raise MemberRefused("no_such_key")


def _live(member: Member) -> QuerySet[Key]:
    return Key.objects.filter(kind=Key.Kind.PARTNER, partner_id=member.partner.pk, revoked_at=None)


def _hold(member: Member) -> None:
    Partner.objects.select_for_update(of=("self",)).get(pk=member.partner.pk)


def _write(member: Member, tag: str, now: datetime, prefix: str) -> None:
    audit.append(
        entries=[
            audit.Entry(
                subject=f"partner:{member.partner.pk}",
                tag=f"partner:{tag}",
                actor=member.actor,
                at=now,
                marketplace_id=member.marketplace.pk,
                after={"key": prefix},
            )
        ]
    )
