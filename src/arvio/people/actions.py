from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password

from arvio.people.models import Key, Person, Role

SCOPES = ("catalog", "tokens", "webhooks")


def create_key(
    *,
    kind: str,
    marketplace_id: UUID,
    name: str,
    now: datetime,
    scopes: Sequence[str] = SCOPES,
    partner_id: UUID | None = None,
    person: Person | None = None,
) -> str:
    """Make a key and answer it. It is shown this once; the database keeps its hash."""
    token = f"arv_{secrets.token_urlsafe(32)}"
    Key.objects.create(
        kind=kind,
        marketplace_id=marketplace_id,
        partner_id=partner_id,
        person=person,
        name=name,
        scopes=list(scopes),
        prefix=token[:10],
        hash=key_hash(token),
        created_at=now,
    )
    return token


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
