from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from arvio.people.actions import key_hash
from arvio.people.models import Key, Role


@dataclass(frozen=True)
class Standing:
    """What a marketplace knows of an e-mail address: its partners, and whether it is staff."""

    partners: frozenset[UUID] = frozenset()
    staff: bool = False


def key(*, token: str) -> Key | None:
    """The live key that this token is, or None."""
    return (
        Key.objects.select_related("person").filter(hash=key_hash(token), revoked_at=None).first()
    )


def standing(*, marketplace_id: UUID, emails: Iterable[str]) -> dict[str, Standing]:
    """Standing by lower-case e-mail, one statement for any number."""
    wanted = {email.strip().lower() for email in emails if email}
    if not wanted:
        return {}
    rows = Role.objects.filter(marketplace_id=marketplace_id, person__email__in=wanted)
    found: dict[str, Standing] = {}
    for email, place, kind in rows.values_list("person__email", "place_id", "kind"):
        known = found.get(email, Standing())
        if kind in Role.STAFF_KINDS:
            found[email] = Standing(known.partners, True)
        else:
            found[email] = Standing(known.partners | {place}, known.staff)
    return found
