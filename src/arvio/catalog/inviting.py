"""Who comes to a partner or to a marketplace's staff, and who goes: invitations by mail, roles,
leaving (FEATURES R64).

Every action holds the place's row, so that two owners, or two operators, can't take each other's
role at once and leave nobody. Invitations live on the real clock, which `real_now` is.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog import doors
from arvio.catalog.doors import Door, Place, Somebody, door, place_of
from arvio.catalog.errors import MemberRefused
from arvio.catalog.inviting_mail import invitation_letter, invitation_url
from arvio.catalog.models import Partner
from arvio.people import actions as people
from arvio.people.actions import key_hash
from arvio.people.models import Invitation, Person, Role

LIFE = timedelta(days=7)
MOST_OPEN = 50
COMMAND = "command"


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    url: str


@transaction.atomic
def invite(
    *,
    place: Place,
    by: Somebody | None,
    email: str,
    kind: str,
    language: str,
    name: str = "",
    now: datetime,
    real_now: datetime,
) -> Invited:
    """Send somebody a link into the partner, or to the marketplace's desk. `by` is an owner of the
    partner, an operator of the marketplace, or None for a command.

    Raises MemberRefused: not_allowed, already_member, already_invited, too_many.
    """
    here = door(place)
    _hold(here, by)
    if kind not in here.kinds:
        raise ValueError(f"{kind!r} is no role at a {here.name}")
    email = email.strip().lower()
    if Role.objects.filter(place_id=place.pk, person__email=email).exists():
        raise MemberRefused("already_member")
    waiting = Invitation.objects.filter(place_id=place.pk, accepted_at=None, revoked_at=None)
    if waiting.filter(email=email, expires_at__gt=real_now).exists():
        raise MemberRefused("already_invited")
    waiting.filter(email=email).update(revoked_at=real_now)
    if waiting.filter(expires_at__gt=real_now).count() >= MOST_OPEN:
        raise MemberRefused("too_many")
    token = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        marketplace_id=here.marketplace.pk,
        place_id=place.pk,
        email=email,
        name=name.strip(),
        kind=kind,
        language=language,
        hash=key_hash(token),
        invited_by=by.person if by else None,
        created_at=real_now,
        expires_at=real_now + LIFE,
    )
    _write(here, by, "invited", now, {"invitation": str(made.pk), "kind": kind})
    return _send(made, here, by, token)


@transaction.atomic
def resend(
    *,
    invitation_id: UUID,
    by: Somebody,
    place: Place | None = None,
    now: datetime,
    real_now: datetime,
) -> Invited:
    """Send a new link for another seven days; the one sent before opens nothing any more. The place
    is one's own unless it is named.
    """
    here = door(place or place_of(by))
    _hold(here, by)
    made = _open(here, invitation_id)
    token = secrets.token_urlsafe(32)
    made.hash, made.expires_at = key_hash(token), real_now + LIFE
    made.save(update_fields=["hash", "expires_at"])
    _write(here, by, "invited_again", now, {"invitation": str(made.pk), "kind": made.kind})
    return _send(made, here, by, token)


@transaction.atomic
def revoke(
    *,
    invitation_id: UUID,
    by: Somebody,
    place: Place | None = None,
    now: datetime,
    real_now: datetime,
) -> None:
    here = door(place or place_of(by))
    _hold(here, by)
    made = _open(here, invitation_id)
    Invitation.objects.filter(pk=made.pk).update(revoked_at=real_now)
    _write(here, by, "invitation_revoked", now, {"invitation": str(made.pk)})


@transaction.atomic
def accept(
    *,
    token: str,
    person: Person | None,
    name: str = "",
    password: str = "",
    now: datetime,
    real_now: datetime,
) -> Somebody:
    """Come in: as the person who is signed in, or as a new one with a name and a password.

    Raises MemberRefused: closed, other_address (somebody else is signed in), sign_in (a person
    with that address is here already, and must say so).
    """
    found = opened(token=token, real_now=real_now)
    if found is None:
        raise MemberRefused("closed")
    made, place = found
    here = door(place)
    _hold(here, None)
    open_now = Invitation.objects.filter(pk=made.pk, accepted_at=None, revoked_at=None)
    if not open_now.filter(hash=made.hash).update(accepted_at=real_now):
        raise MemberRefused("closed")
    person = person or _arrive(made, name, password)
    if person.email != made.email:
        raise MemberRefused("other_address")
    Role.objects.get_or_create(
        person=person,
        place_id=place.pk,
        defaults={
            "marketplace_id": here.marketplace.pk,
            "kind": made.kind,
            "source": Role.Source.INVITATION,
        },
    )
    if not person.language:
        people.speak(person=person, language=made.language)
    after = {"invitation": str(made.pk), "person": str(person.pk), "kind": made.kind}
    _changed(here, f"person:{person.pk}", "joined", now, after=after)
    joined = doors.who(here, person)
    if joined is None:
        raise MemberRefused("closed")
    return joined


def opened(*, token: str, real_now: datetime) -> tuple[Invitation, Place] | None:
    """The open invitation of a link and where it leads; None whatever else the link may be."""
    made = Invitation.objects.filter(
        hash=key_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=real_now
    ).first()
    if made is None:
        return None
    place = doors.find(place_id=made.place_id, marketplace_id=made.marketplace_id)
    return (made, place) if place else None


def waiting(*, place: Place) -> list[Invitation]:
    """Open ones and those that nobody has taken in time, by address; one statement."""
    rows = Invitation.objects.filter(place_id=place.pk, accepted_at=None, revoked_at=None)
    return list(rows.order_by("email", "pk"))


def is_known(email: str) -> bool:
    """Whether a person with this address has ever been here, and so must sign in first.

    One whom a server has only named has no password yet and sets it with the invitation.
    """
    person = Person.objects.filter(email=email).first()
    return person is not None and (
        person.has_usable_password() or person.last_login is not None or not person.is_active
    )


def _arrive(made: Invitation, name: str, password: str) -> Person:
    if is_known(made.email):
        raise MemberRefused("sign_in")
    person, _ = Person.objects.select_for_update().get_or_create(email=made.email)
    person.name = name.strip()
    person.set_password(password)
    person.save(update_fields=["name", "password"])
    return person


@transaction.atomic
def change_kind(*, by: Somebody, person_id: UUID, kind: str, now: datetime) -> None:
    """Raises MemberRefused: not_allowed, no_such_member, last_owner, last_operator."""
    here = door(place_of(by))
    _hold(here, by)
    if kind not in here.kinds:
        raise ValueError(f"{kind!r} is no role at a {here.name}")
    role = _role(here, person_id)
    if role.kind == kind:
        return
    _check_chief_stays(here, role)
    before = {"person": str(person_id), "kind": role.kind}
    Role.objects.filter(pk=role.pk).update(kind=kind)
    after = {"person": str(person_id), "kind": kind}
    _changed(here, by.actor, "member_changed", now, before=before, after=after)


@transaction.atomic
def remove_member(*, by: Somebody, person_id: UUID, now: datetime) -> None:
    """Raises MemberRefused: not_allowed, no_such_member, last_owner, last_operator."""
    here = door(place_of(by))
    _hold(here, by)
    _part(here, by, person_id, "member_removed", now)


@transaction.atomic
def end_membership(*, partner: Partner, email: str, actor: str, now: datetime) -> bool:
    """The marketplace says that somebody is no member any more, an owner too: no invitation to that
    address is open either. Answers whether there was anything to end.
    """
    here = door(partner)
    _hold(here, None)
    address = email.strip().lower()
    waiting = Invitation.objects.filter(
        place_id=partner.pk, email=address, accepted_at=None, revoked_at=None
    )
    revoked = waiting.update(revoked_at=now)
    rows = Role.objects.filter(place_id=partner.pk, kind__in=Role.MEMBER_KINDS)
    role = rows.filter(person__email=address).first()
    if role is None:
        return bool(revoked)
    _end(here, role, actor, "member_removed", now)
    return True


@transaction.atomic
def leave(*, member: Somebody, now: datetime) -> None:
    """Raises MemberRefused: last_owner, last_operator."""
    here = door(place_of(member))
    _hold(here, None)
    _part(here, member, member.person.pk, "left", now)


def _part(here: Door, by: Somebody, person_id: UUID, tag: str, now: datetime) -> None:
    role = _role(here, person_id)
    _check_chief_stays(here, role)
    _end(here, role, by.actor, tag, now)


def _end(here: Door, role: Role, actor: str, tag: str, now: datetime) -> None:
    role.delete()
    doors.close_behind(here, [role.person_id], reason=tag, actor=actor, now=now)
    before = {"person": str(role.person_id), "kind": role.kind}
    _changed(here, actor, tag, now, before=before)


def _hold(here: Door, by: Somebody | None) -> None:
    """Lock the place; then look again whether this person may still manage it."""
    doors.hold(here)
    if by is not None and not doors.still_manages(here, by):
        raise MemberRefused("not_allowed")


def _open(here: Door, invitation_id: UUID) -> Invitation:
    made = Invitation.objects.filter(
        pk=invitation_id, place_id=here.place.pk, accepted_at=None, revoked_at=None
    ).first()
    if made is None:
        raise MemberRefused("closed")
    return made


def _role(here: Door, person_id: UUID) -> Role:
    role = Role.objects.filter(
        place_id=here.place.pk, person_id=person_id, kind__in=here.kinds
    ).first()
    if role is None:
        raise MemberRefused("no_such_member")
    return role


def _check_chief_stays(here: Door, role: Role) -> None:
    """A partner that has an owner keeps one, and a marketplace an operator."""
    others = Role.objects.filter(place_id=role.place_id, kind=here.chief).exclude(pk=role.pk)
    if role.kind == here.chief and not others.exists():
        raise MemberRefused(here.last)


def _send(made: Invitation, here: Door, by: Somebody | None, token: str) -> Invited:
    """A partner is invited by the marketplace, whoever of its operators pressed the button."""
    from_outside = by is None or (isinstance(here.place, Partner) and place_of(by) != here.place)
    inviter = "" if by is None or from_outside else by.person.name or by.person.email
    invitation_letter(invitation=made, place=here.place, inviter=inviter, token=token).send()
    return Invited(made, invitation_url(token))


def _changed(
    here: Door,
    actor: str,
    tag: str,
    now: datetime,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    doors.members_changed(here, now)
    _append(here, actor, tag, now, before=before, after=after)


def _write(here: Door, by: Somebody | None, tag: str, now: datetime, after: dict[str, str]) -> None:
    _append(here, by.actor if by else COMMAND, tag, now, after=after)


def _append(
    here: Door,
    actor: str,
    tag: str,
    now: datetime,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    audit.append(
        entries=[
            audit.Entry(
                subject=here.subject,
                tag=f"{here.name}:{tag}",
                actor=actor,
                at=now,
                marketplace_id=here.marketplace.pk,
                before=before,
                after=after,
            )
        ]
    )
