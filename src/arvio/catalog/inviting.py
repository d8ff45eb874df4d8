"""Who comes to a partner and who goes: invitations by mail, roles, leaving (FEATURES R64).

Every action holds the partner's row, so that two owners can't take each other's role at once and
leave a partner without any. Invitations live on the real clock, which `real_now` is.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog import members
from arvio.catalog.errors import MemberRefused
from arvio.catalog.inviting_mail import invitation_letter, invitation_url
from arvio.catalog.members import Member
from arvio.catalog.models import Partner
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.people import actions as people
from arvio.people.actions import key_hash, revoke_keys
from arvio.people.models import Invitation, Key, Person, Role

LIFE = timedelta(days=7)
MOST_OPEN = 50
OPERATOR = "command"
# Kind of due row; its key is person:partner.
LEFT = "member_left"


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    url: str


@transaction.atomic
def invite(
    *,
    partner: Partner,
    by: Member | None,
    email: str,
    kind: str,
    language: str,
    name: str = "",
    now: datetime,
    real_now: datetime,
) -> Invited:
    """Send somebody a link into the partner. `by` is None for the operator's command.

    Raises MemberRefused: not_allowed, already_member, already_invited, too_many.
    """
    _hold(partner, by)
    email = email.strip().lower()
    if Role.objects.filter(place_id=partner.pk, person__email=email).exists():
        raise MemberRefused("already_member")
    waiting = Invitation.objects.filter(place_id=partner.pk, accepted_at=None, revoked_at=None)
    if waiting.filter(email=email, expires_at__gt=real_now).exists():
        raise MemberRefused("already_invited")
    waiting.filter(email=email).update(revoked_at=real_now)
    if waiting.filter(expires_at__gt=real_now).count() >= MOST_OPEN:
        raise MemberRefused("too_many")
    token = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        marketplace_id=partner.marketplace_id,
        place_id=partner.pk,
        email=email,
        name=name.strip(),
        kind=kind,
        language=language,
        hash=key_hash(token),
        invited_by=by.person if by else None,
        created_at=real_now,
        expires_at=real_now + LIFE,
    )
    _write(partner, by, "invited", now, {"invitation": str(made.pk), "kind": kind})
    return _send(made, partner, by, token)


@transaction.atomic
def resend(*, invitation_id: UUID, by: Member, now: datetime, real_now: datetime) -> Invited:
    """Send a new link for another seven days; the one sent before opens nothing any more."""
    _hold(by.partner, by)
    made = _open(by.partner, invitation_id)
    token = secrets.token_urlsafe(32)
    made.hash, made.expires_at = key_hash(token), real_now + LIFE
    made.save(update_fields=["hash", "expires_at"])
    _write(by.partner, by, "invited_again", now, {"invitation": str(made.pk), "kind": made.kind})
    return _send(made, by.partner, by, token)


@transaction.atomic
def revoke(*, invitation_id: UUID, by: Member, now: datetime, real_now: datetime) -> None:
    _hold(by.partner, by)
    made = _open(by.partner, invitation_id)
    Invitation.objects.filter(pk=made.pk).update(revoked_at=real_now)
    _write(by.partner, by, "invitation_revoked", now, {"invitation": str(made.pk)})


@transaction.atomic
def accept(
    *,
    token: str,
    person: Person | None,
    name: str = "",
    password: str = "",
    now: datetime,
    real_now: datetime,
) -> Member:
    """Come in: as the person who is signed in, or as a new one with a name and a password.

    Raises MemberRefused: closed, other_address (somebody else is signed in), sign_in (a person
    with that address is here already, and must say so).
    """
    found = opened(token=token, real_now=real_now)
    if found is None:
        raise MemberRefused("closed")
    made, partner = found
    _hold(partner, None)
    open_now = Invitation.objects.filter(pk=made.pk, accepted_at=None, revoked_at=None)
    if not open_now.filter(hash=made.hash).update(accepted_at=real_now):
        raise MemberRefused("closed")
    person = person or _arrive(made, name, password)
    if person.email != made.email:
        raise MemberRefused("other_address")
    Role.objects.get_or_create(
        person=person,
        place_id=partner.pk,
        defaults={
            "marketplace_id": partner.marketplace_id,
            "kind": made.kind,
            "source": Role.Source.INVITATION,
        },
    )
    if not person.language:
        people.speak(person=person, language=made.language)
    after = {"invitation": str(made.pk), "person": str(person.pk), "kind": made.kind}
    _changed(partner, f"person:{person.pk}", "joined", now, after=after)
    joined = members.member(person=person, partner_id=partner.pk)
    if joined is None:
        raise MemberRefused("closed")
    return joined


def opened(*, token: str, real_now: datetime) -> tuple[Invitation, Partner] | None:
    """The open invitation of a link and its partner; None whatever else the link may be."""
    made = Invitation.objects.filter(
        hash=key_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=real_now
    ).first()
    if made is None:
        return None
    partner = Partner.objects.select_related("marketplace").filter(pk=made.place_id).first()
    return (made, partner) if partner else None


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
def change_kind(*, by: Member, person_id: UUID, kind: str, now: datetime) -> None:
    """Raises MemberRefused: not_allowed, no_such_member, last_owner."""
    _hold(by.partner, by)
    role = _role(by.partner, person_id)
    if role.kind == kind:
        return
    _check_owner_stays(role)
    before = {"person": str(person_id), "kind": role.kind}
    Role.objects.filter(pk=role.pk).update(kind=kind)
    after = {"person": str(person_id), "kind": kind}
    _changed(by.partner, by.actor, "member_changed", now, before=before, after=after)


@transaction.atomic
def remove_member(*, by: Member, person_id: UUID, now: datetime) -> None:
    """Raises MemberRefused: not_allowed, no_such_member, last_owner."""
    _hold(by.partner, by)
    _part(by, person_id, "member_removed", now)


@transaction.atomic
def end_membership(*, partner: Partner, email: str, actor: str, now: datetime) -> bool:
    """The marketplace says that somebody is no member any more, an owner too: no invitation to that
    address is open either. Answers whether there was anything to end.
    """
    _hold(partner, None)
    address = email.strip().lower()
    waiting = Invitation.objects.filter(
        place_id=partner.pk, email=address, accepted_at=None, revoked_at=None
    )
    revoked = waiting.update(revoked_at=now)
    rows = Role.objects.filter(place_id=partner.pk, kind__in=Role.MEMBER_KINDS)
    role = rows.filter(person__email=address).first()
    if role is None:
        return bool(revoked)
    _end(partner, role, actor, "member_removed", now)
    return True


@transaction.atomic
def leave(*, member: Member, now: datetime) -> None:
    """Raises MemberRefused: last_owner."""
    _hold(member.partner, None)
    _part(member, member.person.pk, "left", now)


def _part(by: Member, person_id: UUID, tag: str, now: datetime) -> None:
    role = _role(by.partner, person_id)
    _check_owner_stays(role)
    _end(by.partner, role, by.actor, tag, now)


def _end(partner: Partner, role: Role, actor: str, tag: str, now: datetime) -> None:
    before = {"person": str(role.person_id), "kind": role.kind}
    role.delete()
    take_leave(partner=partner, person_ids=[role.person_id], reason=tag, actor=actor, now=now)
    _changed(partner, actor, tag, now, before=before)


def take_leave(
    *, partner: Partner, person_ids: Sequence[UUID], reason: str, actor: str, now: datetime
) -> None:
    """Whose membership has ended, in the same transaction: their keys open nothing from now on, and
    what they wanted to be told is forgotten (`member_left`). What they wrote is the partner's.
    """
    revoke_keys(
        keys=Key.objects.filter(person__in=person_ids, partner_id=partner.pk),
        reason=reason,
        actor=actor,
        now=now,
    )
    keys = [f"{person_id}:{partner.pk}" for person_id in person_ids]
    due.schedule(rows=[Due(kind=LEFT, key=key, due_at=now) for key in keys])


def _hold(partner: Partner, by: Member | None) -> None:
    """Lock the partner; then look again whether this member may still manage it."""
    Partner.objects.select_for_update(of=("self",)).get(pk=partner.pk)
    if by is None:
        return
    still = members.member(person=by.person, partner_id=partner.pk)
    if still is None or not still.may("manage"):
        raise MemberRefused("not_allowed")


def _open(partner: Partner, invitation_id: UUID) -> Invitation:
    made = Invitation.objects.filter(
        pk=invitation_id, place_id=partner.pk, accepted_at=None, revoked_at=None
    ).first()
    if made is None:
        raise MemberRefused("closed")
    return made


def _role(partner: Partner, person_id: UUID) -> Role:
    role = Role.objects.filter(
        place_id=partner.pk, person_id=person_id, kind__in=Role.MEMBER_KINDS
    ).first()
    if role is None:
        raise MemberRefused("no_such_member")
    return role


def _check_owner_stays(role: Role) -> None:
    """A partner that has an owner keeps one."""
    owners = Role.objects.filter(place_id=role.place_id, kind=Role.Kind.OWNER)
    if role.kind == Role.Kind.OWNER and not owners.exclude(pk=role.pk).exists():
        raise MemberRefused("last_owner")


def _send(made: Invitation, partner: Partner, by: Member | None, token: str) -> Invited:
    inviter = (by.person.name or by.person.email) if by else ""
    invitation_letter(invitation=made, partner=partner, inviter=inviter, token=token).send()
    return Invited(made, invitation_url(token))


def _changed(
    partner: Partner,
    actor: str,
    tag: str,
    now: datetime,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    """Members decide who is affiliated: what they have written is looked at again."""
    due.schedule(rows=[Due(kind="archive_check", key=f"partner:{partner.pk}", due_at=now)])
    _append(partner, actor, tag, now, before=before, after=after)


def _write(
    partner: Partner, by: Member | None, tag: str, now: datetime, after: dict[str, str]
) -> None:
    _append(partner, by.actor if by else OPERATOR, tag, now, after=after)


def _append(
    partner: Partner,
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
                subject=f"partner:{partner.pk}",
                tag=f"partner:{tag}",
                actor=actor,
                at=now,
                marketplace_id=partner.marketplace_id,
                before=before,
                after=after,
            )
        ]
    )
