"""What those who look after a marketplace, or own a partner, do with its webhooks."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from arvio.catalog.models import Marketplace, Partner
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify.webhooks import checking
from arvio.notify.webhooks.disabling import write_history
from arvio.notify.webhooks.errors import (
    InvalidWebhook,
    NoSuchDelivery,
    NoSuchWebhook,
    WebhookRefused,
)
from arvio.notify.webhooks.letters import KEPT_DAYS
from arvio.notify.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
    standing,
)
from arvio.notify.webhooks.recording import new
from arvio.notify.webhooks.rules import PING
from arvio.notify.webhooks.taking_turns import TURN, wake

MOST, MOST_SECRETS = 20, 5
LONGEST_OVERLAP = timedelta(days=7)
KEPT = timedelta(days=KEPT_DAYS)
OLD = "old_webhooks"
# Whatever action was under way when an endpoint was deleted has ended by then.
DELETED_STAY = timedelta(days=1)
State = WebhookDelivery.State


@dataclass(frozen=True)
class Holder:
    """Whose webhooks they are, and who acts: a marketplace's by its staff or its key, or those of
    one of its partners by an owner. Whoever makes one has looked at the right.
    """

    marketplace: Marketplace
    actor: str
    partner: Partner | None = None

    @property
    def webhooks(self) -> QuerySet[WebhookEndpoint]:
        return standing().filter(marketplace=self.marketplace, partner=self.partner)


@transaction.atomic
def create_webhook(
    *, holder: Holder, url: str, description: str, events: Sequence[str], now: datetime
) -> tuple[WebhookEndpoint, str]:
    """An endpoint and its secret, which is shown this once.

    Raises InvalidWebhook, WebhookRefused: too_many.
    """
    partner = holder.partner is not None
    checked = {
        "url": checking.url(text=url, partner=partner),
        "description": checking.description(text=description),
        "events": checking.events(names=events, partner=partner),
    }
    _hold(holder)
    if holder.webhooks.count() >= MOST:
        raise WebhookRefused("too_many")
    endpoint = WebhookEndpoint.objects.create(
        marketplace=holder.marketplace,
        partner=holder.partner,
        created_by=holder.actor,
        created_at=now,
        **checked,
    )
    secret = _new_secret(endpoint, now)
    _note(endpoint, "webhook:created", holder, now, {"events": checked["events"]})
    due.ensure(rows=[Due(kind=OLD, key="all", due_at=_tomorrow(now))])
    return endpoint, secret


@transaction.atomic
def change_webhook(
    *, holder: Holder, webhook_id: UUID, changes: Mapping[str, Any], now: datetime
) -> WebhookEndpoint:
    """`changes` may name url, description, events and active. Turning on one that was disabled, or
    paused, sends what waited, and so does another address.

    Raises NoSuchWebhook, InvalidWebhook.
    """
    endpoint, partner = _locked(holder, webhook_id), holder.partner is not None
    if "url" in changes:
        url = checking.url(text=changes["url"], partner=partner)
        if url != endpoint.url:
            # How long the old address failed says nothing about the new one.
            _begin_anew(endpoint, now)
        endpoint.url = url
    if "description" in changes:
        endpoint.description = checking.description(text=changes["description"])
    if "events" in changes:
        endpoint.events = checking.events(names=changes["events"], partner=partner)
    if changes.get("active") is False:
        endpoint.active = False
    elif changes.get("active") is True and endpoint.state != "active":
        _turn_on(endpoint, now)
    endpoint.save()
    named = {name: changes[name] for name in ("events", "active") if name in changes}
    _note(endpoint, "webhook:changed", holder, now, {"changed": sorted(changes), **named})
    if endpoint.state == "active":
        wake(endpoint_ids=[endpoint.pk], now=now)
    return endpoint


def _turn_on(endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.active, endpoint.disabled_at, endpoint.disabled_reason = True, None, ""
    _begin_anew(endpoint, now)


def _begin_anew(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Nothing has failed yet; whatever waits is tried now. The caller saves the endpoint."""
    endpoint.failing_since, endpoint.failures, endpoint.rest_until = None, 0, None
    # Three days count anew for each that waits: nothing is given up for the time it was off.
    WebhookDelivery.objects.filter(endpoint=endpoint, state=State.WAITING).update(
        next_at=now, failing_since=None, attempts=0
    )


@transaction.atomic
def delete_webhook(*, holder: Holder, webhook_id: UUID, now: datetime) -> None:
    """What waits isn't sent, and the log goes. Raises NoSuchWebhook."""
    endpoint = _locked(holder, webhook_id)
    endpoint.deleted_at, endpoint.active = now, False
    endpoint.url, endpoint.description = "", ""
    endpoint.save()
    WebhookSecret.objects.filter(endpoint=endpoint).delete()
    due.cancel(kind=TURN, keys=[str(endpoint.pk)])
    _forget(WebhookDelivery.objects.filter(endpoint=endpoint))
    _note(endpoint, "webhook:deleted", holder, now, None)


@transaction.atomic
def rotate_secret(
    *, holder: Holder, webhook_id: UUID, overlap: timedelta, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown this once; the old one signs too until `overlap` is over, 0 to 7 days.

    Raises NoSuchWebhook, InvalidWebhook, WebhookRefused: too_many_secrets.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidWebhook("overlap", "too_long_a_time", days=LONGEST_OVERLAP.days)
    endpoint = _locked(holder, webhook_id)
    rows = WebhookSecret.objects.filter(endpoint=endpoint)
    rows.filter(ends_at__lte=now).delete()
    if overlap and rows.count() >= MOST_SECRETS:
        raise WebhookRefused("too_many_secrets")
    rows.filter(ends_at=None).update(ends_at=now + overlap)
    if not overlap:
        # Whoever ends the old one at once has a reason that holds for those before it as well.
        rows.delete()
    secret = _new_secret(endpoint, now)
    _note(endpoint, "webhook:rotated", holder, now, {"overlap": str(overlap)})
    return endpoint, secret


def _new_secret(endpoint: WebhookEndpoint, now: datetime) -> str:
    value = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    WebhookSecret.objects.create(endpoint=endpoint, value=value, created_at=now)
    return value


@transaction.atomic
def send_test(*, holder: Holder, webhook_id: UUID, now: datetime) -> WebhookDelivery:
    """A `ping`, whatever events were chosen. Raises NoSuchWebhook, WebhookRefused: turned_off."""
    endpoint = _locked(holder, webhook_id)
    if endpoint.state != "active":
        raise WebhookRefused("turned_off")
    # A test is asked for to learn something now.
    endpoint.rest_until = None
    endpoint.save(update_fields=["rest_until"])
    delivery = new(
        endpoint=endpoint,
        event=PING,
        subject=f"{PING}:{uuid7()}",
        seq=0,
        data={"marketplace": holder.marketplace.slug},
        app_id=None,
        at=now,
    )
    delivery.save(force_insert=True)
    wake(endpoint_ids=[endpoint.pk], now=now)
    return delivery


@transaction.atomic
def redeliver(
    *, holder: Holder, webhook_id: UUID, delivery_id: UUID, now: datetime
) -> WebhookDelivery:
    """Send one event once more, under its id, whether it was taken or given up; one that waits is
    tried now.

    Raises NoSuchWebhook, NoSuchDelivery.
    """
    endpoint = _locked(holder, webhook_id)
    delivery = WebhookDelivery.objects.filter(pk=delivery_id, endpoint=endpoint).first()
    if delivery is None:
        raise NoSuchDelivery
    _again(endpoint, WebhookDelivery.objects.filter(pk=delivery.pk), now)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def redeliver_failed(*, holder: Holder, webhook_id: UUID, since: datetime, now: datetime) -> int:
    """Send all that were given up since a moment, and try now what waits; answers how many.

    Raises NoSuchWebhook.
    """
    endpoint = _locked(holder, webhook_id)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint, created_at__gte=since)
    return _again(endpoint, rows.exclude(state=State.DELIVERED), now)


def _again(endpoint: WebhookEndpoint, rows: QuerySet[WebhookDelivery], now: datetime) -> int:
    count = rows.update(
        state=State.WAITING, next_at=now, attempts=0, failing_since=None, ended_at=None
    )
    endpoint.rest_until = None
    endpoint.save(update_fields=["rest_until"])
    wake(endpoint_ids=[endpoint.pk], now=now)
    return count


def forget_old(*, now: datetime) -> None:
    """Events and their log go after thirty days, whatever has become of them, and what was deleted
    with its last row. Once a day, as long as there are webhooks.
    """
    WebhookSecret.objects.filter(ends_at__lte=now).delete()
    _forget(WebhookDelivery.objects.filter(created_at__lte=now - KEPT))
    gone = WebhookEndpoint.objects.filter(deleted_at__lte=now - DELETED_STAY)
    _forget(WebhookDelivery.objects.filter(endpoint__in=gone))
    gone.delete()
    if WebhookEndpoint.objects.exists():
        due.schedule(rows=[Due(kind=OLD, key="all", due_at=_tomorrow(now))])


def forget_answers(*, subjects: Sequence[str]) -> None:
    """What receivers answered about these reviews and cases: a receiver may have said anything."""
    tries = WebhookAttempt.objects.filter(delivery__subject__in=subjects)
    tries.exclude(answer="").update(answer="")


def _forget(rows: QuerySet[WebhookDelivery]) -> None:
    WebhookAttempt.objects.filter(delivery__in=rows).delete()
    rows.delete()


def _hold(holder: Holder) -> None:
    """Of two that are made at once the second counts the first."""
    if holder.partner is not None:
        Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=holder.partner.pk)
    else:
        rows = Marketplace.objects.select_for_update(of=("self",), no_key=True)
        rows.get(pk=holder.marketplace.pk)


def _locked(holder: Holder, webhook_id: UUID) -> WebhookEndpoint:
    rows = holder.webhooks.select_for_update(of=("self",), no_key=True)
    endpoint = rows.filter(pk=webhook_id).first()
    if endpoint is None:
        raise NoSuchWebhook
    return endpoint


def _note(
    endpoint: WebhookEndpoint,
    tag: str,
    holder: Holder,
    now: datetime,
    after: dict[str, object] | None,
) -> None:
    write_history(endpoint=endpoint, tag=tag, actor=holder.actor, now=now, after=after)


def _tomorrow(now: datetime) -> datetime:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
