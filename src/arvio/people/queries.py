from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from arvio.people.actions import key_hash
from arvio.people.models import Key, Role, live


@dataclass(frozen=True)
class Standing:
    """What a marketplace knows of an e-mail address: its partners, and whether it is staff."""

    partners: frozenset[UUID] = frozenset()
    staff: bool = False


SOON = timedelta(days=7)


def key(*, token: str, now: datetime) -> Key | None:
    """The live key that this token is, or None.

    Asked anew for each request, in one statement: what is revoked is refused from then on
    (decision 0032).
    """
    rows = Key.objects.select_related("person").filter(live(now), hash=key_hash(token))
    return rows.first()


def ending(*, now: datetime, within: timedelta = SOON) -> QuerySet[Key]:
    """Live keys that end soon and are missed then: those that have no live successor, and those
    that were used after theirs was made. The first to end is the first.
    """
    successors = Key.objects.filter(live(now), rotated_from=OuterRef("pk"))
    used_since = successors.filter(created_at__lt=OuterRef("last_used_at"))
    rows = Key.objects.filter(live(now), ends_at__lte=now + within)
    rows = rows.filter(~Exists(successors) | Exists(used_since))
    return rows.select_related("person").order_by("ends_at", "pk")


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
