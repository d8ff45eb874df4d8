"""What people want to be told of, and the links by which they stop it without signing in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction

from arvio.catalog.models import App, Marketplace, Partner
from arvio.notify.models import Message, Preference
from arvio.notify.rules import AT_ONCE, DIGEST, Wish

MEMBER_EVENTS = ("review_new", "review_edited")
AUTHOR_EVENTS = ("reply_sent", "review_archived")
# What customers are asked, and not told (`asking`).
REQUEST, FIXED_IN = "review_request", "fixed_in"
ASKED_EVENTS = (REQUEST, FIXED_IN)
# A link in a mail names its event by the place here: new ones come last.
EVENTS = (*MEMBER_EVENTS, *AUTHOR_EVENTS, DIGEST, *ASKED_EVENTS)
SIGNER = signing.Signer(salt="arvio.notify.stop")


def wishes(
    *, readers: Collection[UUID], places: Collection[UUID]
) -> dict[tuple[UUID, UUID, str], Wish]:
    """All that these readers said about these places, in one statement."""
    rows = Preference.objects.filter(place_id__in=places, reader_id__in=readers)
    found = rows.values_list("reader_id", "place_id", "event", "how", "stopped")
    return {(reader, place, event): Wish(how, stop) for reader, place, event, how, stop in found}


@dataclass(frozen=True)
class Settings:
    """How a member is told of each event of a partner: by default, and of which apps otherwise."""

    defaults: Mapping[str, str]
    stopped: Collection[str]
    apps: Mapping[UUID, Mapping[str, str]]


def settings_of(*, reader_id: UUID, partner: Partner) -> Settings:
    apps = App.objects.filter(partner=partner).values("pk")
    rows = Preference.objects.filter(reader_id=reader_id)
    of_partner = {row.event: row for row in rows.filter(place_id=partner.pk)}
    of_apps: dict[UUID, dict[str, str]] = {}
    for row in rows.filter(place_id__in=apps, event__in=MEMBER_EVENTS):
        of_apps.setdefault(row.place_id, {})[row.event] = row.how
    return Settings(
        defaults={
            event: of_partner[event].how if event in of_partner else AT_ONCE
            for event in MEMBER_EVENTS
        },
        stopped=[event for event, row in of_partner.items() if row.stopped],
        apps=of_apps,
    )


@transaction.atomic
def save_defaults(*, reader_id: UUID, partner: Partner, how: Mapping[str, str]) -> None:
    """For all apps that nothing else is said about. What a link in a mail stopped starts again."""
    _put(reader_id, {(partner.pk, event): how[event] for event in MEMBER_EVENTS})
    Preference.objects.filter(reader_id=reader_id, place_id=partner.pk, event=DIGEST).delete()


def save_app(*, reader_id: UUID, app: App, how: Mapping[str, str]) -> None:
    """For this app alone, whatever the defaults are."""
    _put(reader_id, {(app.pk, event): how[event] for event in MEMBER_EVENTS})


def drop_app(*, reader_id: UUID, app: App) -> None:
    """The defaults count for it again."""
    Preference.objects.filter(
        reader_id=reader_id, place_id=app.pk, event__in=MEMBER_EVENTS
    ).delete()


def _put(reader_id: UUID, chosen: Mapping[tuple[UUID, str], str]) -> None:
    Preference.objects.bulk_create(
        [
            Preference(reader_id=reader_id, place_id=place, event=event, how=how)
            for (place, event), how in chosen.items()
        ],
        update_conflicts=True,
        unique_fields=("place_id", "reader_id", "event"),
        update_fields=("how", "stopped"),
    )


@dataclass(frozen=True)
class Stop:
    """What a link stops: mails about one event of one partner, or to a customer from one
    marketplace.
    """

    reader_id: UUID
    place_id: UUID
    event: str

    @property
    def token(self) -> str:
        raw = base64.urlsafe_b64encode(self.reader_id.bytes + self.place_id.bytes).decode()
        return SIGNER.sign(f"{raw.rstrip('=')}.{EVENTS.index(self.event)}")

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/me/mail/{self.token}/"


def read_stop(*, token: str) -> Stop | None:
    """None for a token that isn't ours."""
    try:
        raw, _, event = SIGNER.unsign(token).rpartition(".")
        ids = base64.urlsafe_b64decode(f"{raw}==")
        return Stop(UUID(bytes=ids[:16]), UUID(bytes=ids[16:]), EVENTS[int(event)])
    except (signing.BadSignature, ValueError, IndexError, binascii.Error):
        return None


@transaction.atomic
def set_stopped(*, stop: Stop, stopped: bool) -> None:
    """Stop these mails, or take that back; how the rest was set stays as it was. Of mails that ask,
    those that still wait for the server don't leave any more.
    """
    Preference.objects.bulk_create(
        [
            Preference(
                reader_id=stop.reader_id, place_id=stop.place_id, event=stop.event, stopped=stopped
            )
        ],
        update_conflicts=True,
        unique_fields=("place_id", "reader_id", "event"),
        update_fields=("stopped",),
    )
    if stopped and stop.event in ASKED_EVENTS:
        waiting = Message.objects.filter(reader_id=stop.reader_id, sent_at=None)
        waiting.filter(**{"headers__List-Unsubscribe": f"<{stop.url}>"}).delete()


def is_stopped(*, stop: Stop) -> bool:
    rows = Preference.objects.filter(reader_id=stop.reader_id, place_id=stop.place_id)
    return rows.filter(event=stop.event, stopped=True).exists()


def place_of(*, stop: Stop) -> Partner | Marketplace | None:
    """Whose mails they are; None when it is gone."""
    if stop.event in (*AUTHOR_EVENTS, *ASKED_EVENTS):
        return Marketplace.objects.filter(pk=stop.place_id).first()
    return Partner.objects.select_related("marketplace").filter(pk=stop.place_id).first()
