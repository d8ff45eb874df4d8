"""What a batch of notices or digests needs to know of apps, people and wishes, each read once."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation

from arvio.catalog.errors import NotFound
from arvio.catalog.members import RIGHTS
from arvio.catalog.models import App, Marketplace, User
from arvio.catalog.queries import policy_in_force
from arvio.notify import preferences
from arvio.notify.letters import Scene
from arvio.notify.preferences import AUTHOR_EVENTS
from arvio.notify.rules import Wishes, how_told, language_of
from arvio.people.models import Role


@dataclass(frozen=True)
class Reader:
    """A person or a catalog user; `known` is False for an address that is nobody's we know."""

    id: UUID
    email: str
    locale: str
    may_reply: bool = False
    known: bool = True


class Ground:
    def __init__(self, *, apps: Iterable[UUID], users: Iterable[UUID], now: datetime) -> None:
        self.now = now
        found = App.objects.select_related("partner", "marketplace").filter(pk__in=set(apps))
        self.apps = {app.pk: app for app in found}
        self._users = set(users)
        self._in_hold: dict[UUID, bool] = {}

    @cached_property
    def members(self) -> dict[UUID, list[Reader]]:
        """Those who may sign in, by partner, in the order of their addresses."""
        members: dict[UUID, list[Reader]] = defaultdict(list)
        rows = Role.objects.select_related("person").filter(
            place_id__in={app.partner_id for app in self.apps.values()},
            kind__in=Role.MEMBER_KINDS,
            person__is_active=True,
        )
        for role in rows.order_by("person__email"):
            members[role.place_id].append(_member(role))
        return members

    @cached_property
    def authors(self) -> dict[UUID, Reader]:
        rows = User.objects.filter(pk__in=self._users, erased_at=None).exclude(email="")
        return {user.pk: Reader(user.pk, user.email, user.locale) for user in rows}

    @cached_property
    def wishes(self) -> Wishes:
        places = {
            place
            for app in self.apps.values()
            for place in (app.pk, app.partner_id, app.marketplace_id)
        }
        readers = {reader.id for some in self.members.values() for reader in some}
        return preferences.wishes(readers=readers | set(self.authors), places=places)

    def how(self, reader: Reader, event: str, app: App) -> str:
        places: tuple[UUID, ...]
        if event in AUTHOR_EVENTS:
            places, stop = (app.marketplace_id,), app.marketplace_id
        else:
            places, stop = (app.pk, app.partner_id), app.partner_id
        return how_told(reader=reader.id, places=places, event=event, wishes=self.wishes, stop=stop)

    def scene(self, app: App) -> Scene:
        return Scene(
            app=app.name,
            partner=app.partner.name,
            reply_in_hold=self._replies_in_hold(app.marketplace),
            now=self.now,
        )

    def _replies_in_hold(self, marketplace: Marketplace) -> bool:
        if marketplace.pk not in self._in_hold:
            try:
                policy = policy_in_force(marketplace=marketplace, now=self.now).policy
                self._in_hold[marketplace.pk] = policy.replies.during_hold
            except NotFound:
                self._in_hold[marketplace.pk] = False
        return self._in_hold[marketplace.pk]


@contextmanager
def speaking(*, reader: Reader, marketplace: Marketplace) -> Iterator[None]:
    """The reader's language, else the marketplace's first; always the marketplace's time zone."""
    known = [code for code, _ in settings.LANGUAGES]
    language = language_of(wanted=reader.locale, offered=marketplace.languages, known=known)
    zone = zoneinfo.ZoneInfo(marketplace.time_zone)
    with translation.override(language), timezone.override(zone):
        yield


def _member(role: Role) -> Reader:
    person = role.person
    may_reply = "reply" in RIGHTS[role.kind]
    return Reader(person.pk, person.email, person.language, may_reply)
