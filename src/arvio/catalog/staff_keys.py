"""Keys of a marketplace: those of its own servers, and those of its staff.

A staff key is made by the person whose it is and by nobody else, because what it does is done in
that person's name (decision 0032). Operators see all of them and may revoke any.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from arvio.catalog.models import Marketplace
from arvio.catalog.staff import Moderator
from arvio.people import actions as people
from arvio.people.errors import KeyRefused
from arvio.people.models import Key, live

MOST = 50
MOST_OWN = 20
LONGEST_NAME = 200
# Keys that are over are shown for so long, and no more than so many.
SHOWN = timedelta(days=30)
MOST_OVER = 20


@transaction.atomic
def create_server_key(
    *,
    by: Moderator,
    name: str,
    scopes: Sequence[str],
    ends_at: datetime | None = None,
    now: datetime,
) -> str:
    """A key of the marketplace's own servers, shown this once.

    Raises KeyRefused: no_scopes, too_many, ends.
    """
    chosen = [scope for scope in people.SCOPES if scope in scopes]
    if not chosen:
        raise KeyRefused("no_scopes")
    _hold(by)
    rows = Key.objects.filter(live(now), kind=Key.Kind.SERVER, marketplace_id=by.marketplace.pk)
    if rows.count() >= MOST:
        raise KeyRefused("too_many")
    return people.create_key(
        kind=Key.Kind.SERVER,
        marketplace_id=by.marketplace.pk,
        name=name.strip(),
        scopes=chosen,
        ends_at=ends_at,
        actor=by.actor,
        now=now,
    )


@transaction.atomic
def create_own_key(
    *, by: Moderator, name: str, ends_at: datetime | None = None, now: datetime
) -> str:
    """A key that may what its person may at this desk, as long as they sit there.

    Raises KeyRefused: too_many, ends.
    """
    _hold(by)
    if own_keys(by=by, now=now).count() >= MOST_OWN:
        raise KeyRefused("too_many")
    return people.create_key(
        kind=Key.Kind.MODERATOR,
        marketplace_id=by.marketplace.pk,
        person=by.person,
        name=name.strip(),
        scopes=(),
        ends_at=ends_at,
        actor=by.actor,
        now=now,
    )


def rotate_key(*, by: Moderator, key_id: UUID, keep: timedelta, now: datetime) -> str:
    """Raises KeyRefused: no_such_key (so is another person's), rotated, keep, over."""
    key = key_of(by=by, key_id=key_id, now=now)
    if key.person_id not in (None, by.person.pk):
        raise KeyRefused("no_such_key")
    return people.rotate_key(key=key, keep=keep, actor=by.actor, now=now)


def revoke_key(*, by: Moderator, key_id: UUID, reason: str = "", now: datetime) -> None:
    """At once. Raises KeyRefused: no_such_key."""
    key = key_of(by=by, key_id=key_id, now=now)
    rows = Key.objects.filter(pk=key.pk)
    people.revoke_keys(keys=rows, reason=reason.strip(), actor=by.actor, now=now)


def key_of(*, by: Moderator, key_id: UUID, now: datetime) -> Key:
    """A live key that this person may change. Raises KeyRefused: no_such_key."""
    key = _within_reach(by).filter(live(now), pk=key_id).first()
    if key is None:
        raise KeyRefused("no_such_key")
    return key


def own_keys(*, by: Moderator, now: datetime) -> QuerySet[Key]:
    """This person's live keys at this desk, the newest first."""
    return _newest(_of(by.marketplace).filter(live(now), person=by.person))


def live_keys(*, by: Moderator, now: datetime) -> QuerySet[Key]:
    """What this person may change, the newest first."""
    return _newest(_within_reach(by).filter(live(now)))


def over_keys(*, by: Moderator, now: datetime) -> QuerySet[Key]:
    """What has ended or was revoked lately, the newest first."""
    lately = Q(revoked_at__gt=now - SHOWN) | Q(revoked_at=None, ends_at__gt=now - SHOWN)
    return _newest(_within_reach(by).filter(lately).exclude(live(now)))[:MOST_OVER]


def _within_reach(by: Moderator) -> QuerySet[Key]:
    keys = _of(by.marketplace)
    return keys if by.may("manage") else keys.filter(person=by.person)


def _of(marketplace: Marketplace) -> QuerySet[Key]:
    kinds = (Key.Kind.SERVER, Key.Kind.MODERATOR)
    rows = Key.objects.filter(marketplace_id=marketplace.pk, kind__in=kinds)
    return rows.select_related("person", "rotated_from")


def _newest(keys: QuerySet[Key]) -> QuerySet[Key]:
    return keys.order_by("-created_at", "-pk")


def _hold(by: Moderator) -> None:
    """Of two that are made at once the second counts the first."""
    rows = Marketplace.objects.select_for_update(of=("self",), no_key=True)
    rows.get(pk=by.marketplace.pk)
