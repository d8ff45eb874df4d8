from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from arvio.audit import actions as audit
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.people.errors import KeyRefused
from arvio.people.models import Key, Person, Role, live

SCOPES = ("catalog", "tokens", "webhooks")
COMMAND = "command"
LONGEST_KEEP = timedelta(days=30)
LONGEST_REASON = 200
# How often a use is noted, and how long before a key ends whoever looks after it is told.
NOTED_EVERY = timedelta(hours=1)
TOLD_BEFORE = (timedelta(days=7), timedelta(days=1))
ENDING = "key_ending"


@transaction.atomic
def create_key(
    *,
    kind: str,
    marketplace_id: UUID,
    name: str,
    now: datetime,
    scopes: Sequence[str] = SCOPES,
    partner_id: UUID | None = None,
    person: Person | None = None,
    ends_at: datetime | None = None,
    actor: str = COMMAND,
) -> str:
    """Make a key and answer it. It is shown this once; the database keeps its hash.

    Raises KeyRefused: ends.
    """
    if ends_at is not None and ends_at <= now:
        raise KeyRefused("ends")
    return _make(
        Key(
            kind=kind,
            marketplace_id=marketplace_id,
            partner_id=partner_id,
            person=person,
            name=name,
            scopes=list(scopes),
            ends_at=ends_at,
            created_at=now,
            created_by=actor,
        )
    )


def _make(key: Key) -> str:
    """Give a key its token, save it and answer the token."""
    token = f"arv_{secrets.token_urlsafe(32)}"
    key.prefix, key.hash = token[:10], key_hash(token)
    key.save(force_insert=True)
    facts: dict[str, Any] = {"key": key.prefix, "kind": key.kind, "scopes": key.scopes}
    if key.ends_at:
        facts["ends_at"] = key.ends_at.isoformat()
    _note([key], "key:created", key.created_by, key.created_at, facts, first=True)
    remind(key=key, now=key.created_at)
    return token


@transaction.atomic
def rotate_key(*, key: Key, keep: timedelta, actor: str = COMMAND, now: datetime) -> str:
    """Make the key that takes this one's place and answer it, shown this once. The old one works
    for as long as it is kept, 0 to 30 days, and never longer than it would have.

    The new one is of the same person, name and scopes, and lasts as long as the old one was made
    to. Raises KeyRefused: keep, no_such_key, over, rotated.
    """
    if not timedelta(0) <= keep <= LONGEST_KEEP:
        raise KeyRefused("keep")
    old = Key.objects.select_for_update(of=("self",)).filter(pk=key.pk).first()
    if old is None:
        raise KeyRefused("no_such_key")
    if not old.is_live(now):
        raise KeyRefused("over")
    if Key.objects.filter(live(now), rotated_from=old).exists():
        raise KeyRefused("rotated")
    token = _make(
        Key(
            kind=old.kind,
            marketplace_id=old.marketplace_id,
            partner_id=old.partner_id,
            person_id=old.person_id,
            name=old.name,
            scopes=old.scopes,
            ends_at=_lasts(old, now),
            rotated_from=old,
            created_at=now,
            created_by=actor,
        )
    )
    old.ends_at = min(now + keep, old.ends_at or now + keep)
    old.save(update_fields=["ends_at"])
    ends = {"key": old.prefix, "ends_at": old.ends_at.isoformat(), "successor": token[:10]}
    _note([old], "key:rotated", actor, now, ends)
    due.cancel(kind=ENDING, keys=[str(old.pk)])
    remind(key=old, now=now)
    return token


def _lasts(old: Key, now: datetime) -> datetime | None:
    """Until when the next one works: as long as the old one was made to. The end of one that had a
    successor already, revoked meanwhile, is no longer its own, and the last of these tells.
    """
    model = old
    while after := model.successors.order_by("-created_at", "-pk").first():
        model = after
    if model.ends_at is None:
        return None
    try:
        return now + (model.ends_at - model.created_at)
    except OverflowError:
        return model.ends_at


@transaction.atomic
def revoke_keys(
    *, keys: QuerySet[Key], reason: str = "", actor: str = COMMAND, now: datetime
) -> int:
    """Refuse these from this moment on; answers how many were live. It can't be undone."""
    locked = keys.filter(live(now)).select_for_update(of=("self",)).order_by("pk")
    found = list(locked)
    Key.objects.filter(pk__in=[key.pk for key in found]).update(revoked_at=now)
    due.cancel(kind=ENDING, keys=[str(key.pk) for key in found])
    _note(found, "key:revoked", actor, now, {"reason": reason[:LONGEST_REASON]})
    return len(found)


def note_use(*, key: Key, now: datetime) -> None:
    """Remember when a key was last used, to the hour: no request but the first of an hour writes.

    A reader isn't refused because the database takes no writing just now.
    """
    if key.last_used_at and now - key.last_used_at < NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    try:
        Key.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    except DatabaseError:
        if connection.in_atomic_block:
            raise


def remind(*, key: Key, now: datetime) -> None:
    """Ask for the next mail that tells of a key's end, if one is to come."""
    moments = [key.ends_at - before for before in TOLD_BEFORE] if key.ends_at else []
    coming = [moment for moment in moments if moment > now]
    if coming:
        due.schedule(rows=[Due(kind=ENDING, key=str(key.pk), due_at=min(coming))])


def _note(
    keys: Sequence[Key],
    tag: str,
    actor: str,
    now: datetime,
    facts: dict[str, Any],
    *,
    first: bool = False,
) -> None:
    """A key has a history of its own, which knows its first characters and no more of it."""
    audit.append(
        entries=[
            audit.Entry(
                subject=key.subject,
                tag=tag,
                actor=actor,
                at=now,
                marketplace_id=key.marketplace_id,
                after={"key": key.prefix, **facts},
                first=first,
            )
            for key in keys
        ]
    )


def key_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def put_members(
    *,
    marketplace_id: UUID,
    place_id: UUID,
    members: Sequence[tuple[str, str, str]],
    kinds: Sequence[str],
) -> list[UUID]:
    """Make (e-mail, name, kind) the whole list of a partner's members or a marketplace's staff.

    Whoever came by an invitation stays, and becomes the server's when its list names them. Answers
    the persons who were on the list before.
    """
    wanted = {email.strip().lower(): (name, kind) for email, name, kind in members}
    known = {person.email: person for person in Person.objects.filter(email__in=wanted)}
    for email, (name, _) in sorted(wanted.items()):
        if email not in known:
            # Two partners may name the same person at the same moment.
            known[email], _ = Person.objects.get_or_create(
                email=email, defaults={"name": name, "password": make_password(None)}
            )
    listed = Role.objects.filter(place_id=place_id, kind__in=kinds, source=Role.Source.SERVER)
    gone = list(listed.exclude(person__email__in=wanted).values_list("person_id", flat=True))
    listed.filter(person__in=gone).delete()
    for email, (_, kind) in wanted.items():
        Role.objects.update_or_create(
            person=known[email],
            place_id=place_id,
            defaults={
                "marketplace_id": marketplace_id,
                "kind": kind,
                "source": Role.Source.SERVER,
            },
        )
    return gone


def speak(*, person: Person, language: str) -> None:
    """Remember a person's language; nothing is written when it is the one that was."""
    if person.language != language:
        Person.objects.filter(pk=person.pk).update(language=language)
        person.language = language
