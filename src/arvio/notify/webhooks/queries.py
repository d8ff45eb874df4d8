"""Webhooks as their holders see them, and what `doctor` asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from arvio.catalog.models import Marketplace
from arvio.notify.webhooks.actions import Holder
from arvio.notify.webhooks.errors import NoSuchDelivery, NoSuchWebhook
from arvio.notify.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
    standing,
)
from arvio.paging import Key, moment, page_of

KEYS = (Key("created_at", moment, down=True), Key("id", UUID, down=True))
WAITING = WebhookDelivery.State.WAITING
LATE = timedelta(hours=1)


@dataclass(frozen=True)
class Webhook:
    """`waiting` is how many events wait, `oldest_at` since when the first does; `secrets` are those
    that sign, the newest first.
    """

    row: WebhookEndpoint
    waiting: int
    oldest_at: datetime | None
    secrets: Sequence[WebhookSecret]


@dataclass(frozen=True)
class Delivery:
    """An event with its tries, the latest first."""

    row: WebhookDelivery
    tries: Sequence[WebhookAttempt] = field(default=())


@dataclass(frozen=True)
class DeliveryPage:
    items: Sequence[Delivery]
    next: str | None


def webhooks(*, holder: Holder, now: datetime) -> list[Webhook]:
    """All, the newest first; three statements for any number."""
    return _with_figures(holder.webhooks.order_by("-created_at", "-id"), now)


def turned_off(*, marketplace: Marketplace) -> int:
    """How many of the marketplace's own kept failing, so that nothing is sent there any more."""
    rows = standing().filter(marketplace=marketplace, partner=None)
    return rows.filter(disabled_at__isnull=False).count()


def all_of(*, marketplace: Marketplace, now: datetime) -> list[Webhook]:
    """The marketplace's own, and those of all its partners."""
    rows = standing().filter(marketplace=marketplace).select_related("partner")
    return _with_figures(rows.order_by("created_at", "id"), now)


def webhook(*, holder: Holder, webhook_id: UUID, now: datetime) -> Webhook:
    """Raises NoSuchWebhook."""
    found = _with_figures(holder.webhooks.filter(pk=webhook_id), now)
    if not found:
        raise NoSuchWebhook
    return found[0]


def _with_figures(rows: QuerySet[WebhookEndpoint], now: datetime) -> list[Webhook]:
    endpoints = list(rows.prefetch_related("secrets"))
    waiting = WebhookDelivery.objects.filter(endpoint__in=endpoints, state=WAITING)
    sums = waiting.values_list("endpoint").annotate(n=Count("id"), at=Min("created_at"))
    counts = {pk: (n, at) for pk, n, at in sums.order_by()} if endpoints else {}
    return [_webhook(row, *counts.get(row.pk, (0, None)), now) for row in endpoints]


def _webhook(row: WebhookEndpoint, waiting: int, at: datetime | None, now: datetime) -> Webhook:
    signing = [secret for secret in row.secrets.all() if secret.signs(now)]
    signing.sort(key=lambda secret: (secret.created_at, secret.pk), reverse=True)
    return Webhook(row, waiting, at, signing)


def deliveries(
    *,
    holder: Holder,
    webhook_id: UUID,
    state: str = "",
    event: str = "",
    cursor: str | None = None,
    limit: int = 25,
) -> DeliveryPage:
    """The log, newest first. Three statements. Raises NoSuchWebhook, CursorError."""
    if not holder.webhooks.filter(pk=webhook_id).exists():
        raise NoSuchWebhook
    rows = WebhookDelivery.objects.filter(endpoint=webhook_id)
    if state:
        rows = rows.filter(state=state)
    if event:
        rows = rows.filter(event=event)
    found, more = page_of(rows, KEYS, kind="webhook", cursor=cursor, limit=limit)
    tries: dict[UUID, list[WebhookAttempt]] = {row.pk: [] for row in found}
    for one in WebhookAttempt.objects.filter(delivery__in=found).order_by("-at", "-id"):
        tries[one.delivery_id].append(one)
    return DeliveryPage([Delivery(row, tries[row.pk]) for row in found], more)


def delivery(*, holder: Holder, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Raises NoSuchWebhook, NoSuchDelivery."""
    if not holder.webhooks.filter(pk=webhook_id).exists():
        raise NoSuchWebhook
    row = WebhookDelivery.objects.filter(pk=delivery_id, endpoint=webhook_id).first()
    if row is None:
        raise NoSuchDelivery
    return Delivery(row, list(row.tries.order_by("-at", "-id")))


def disabled() -> list[WebhookEndpoint]:
    """For `doctor`, the longest first."""
    rows = standing().filter(disabled_at__isnull=False).select_related("marketplace", "partner")
    return list(rows.order_by("disabled_at", "id"))


def late(*, now: datetime) -> list[tuple[WebhookEndpoint, int, datetime]]:
    """Endpoints that are on, with how many events have waited for over an hour, and since when."""
    on = standing().filter(active=True, disabled_at=None)
    old = Q(deliveries__state=WAITING, deliveries__created_at__lte=now - LATE)
    found = on.annotate(
        n=Count("deliveries", filter=old), at=Min("deliveries__created_at", filter=old)
    )
    rows = found.filter(n__gt=0).select_related("marketplace", "partner").order_by("at", "id")
    return [(row, row.n, row.at) for row in rows]
