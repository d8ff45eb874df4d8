"""Webhooks by API: what both doors do, the marketplace's own and a partner's."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Status

from arvio import clock
from arvio.api import bodies_webhooks as bodies
from arvio.api.once import Made, once
from arvio.api.rendering_moderation import moment
from arvio.notify.webhooks import actions, queries
from arvio.notify.webhooks.actions import Holder
from arvio.notify.webhooks.errors import InvalidWebhook
from arvio.notify.webhooks.queries import Delivery, Webhook
from arvio.policy.durations import DurationError, parse


def caller(holder: Holder) -> str:
    """Whose kept answers these are."""
    return f"{holder.actor}/{holder.partner.pk}" if holder.partner else holder.actor


def listing(holder: Holder) -> dict[str, Any]:
    found = queries.webhooks(holder=holder, now=clock.now())
    return {"items": [shown(one) for one in found], "next": None}


def one(holder: Holder, webhook_id: UUID) -> dict[str, Any]:
    return shown(queries.webhook(holder=holder, webhook_id=webhook_id, now=clock.now()))


def make(request: HttpRequest, holder: Holder, body: bodies.WebhookIn) -> HttpResponse:
    now = clock.now()

    def act() -> Made:
        made, secret = actions.create_webhook(
            holder=holder,
            url=body.url,
            description=body.description,
            events=body.events,
            now=now,
        )
        return Made(201, {**one(holder, made.pk), "secret": secret})

    return once(request, caller=caller(holder), act=act, now=now)


def change(holder: Holder, webhook_id: UUID, body: bodies.WebhookPatch) -> dict[str, Any]:
    """null leaves a field as it is."""
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None}
    actions.change_webhook(holder=holder, webhook_id=webhook_id, changes=changes, now=clock.now())
    return one(holder, webhook_id)


def delete(holder: Holder, webhook_id: UUID) -> Any:
    actions.delete_webhook(holder=holder, webhook_id=webhook_id, now=clock.now())
    return Status(204, None)


def rotate(
    request: HttpRequest, holder: Holder, webhook_id: UUID, body: bodies.RotateIn
) -> HttpResponse:
    now = clock.now()

    def act() -> Made:
        try:
            overlap = parse(body.overlap).add(now) - now
        except DurationError:
            raise InvalidWebhook("overlap", "not_a_duration") from None
        _, secret = actions.rotate_secret(
            holder=holder, webhook_id=webhook_id, overlap=overlap, now=now
        )
        return Made(201, {**one(holder, webhook_id), "secret": secret})

    return once(request, caller=caller(holder), act=act, now=now)


def test(holder: Holder, webhook_id: UUID) -> Any:
    made = actions.send_test(holder=holder, webhook_id=webhook_id, now=clock.now())
    return Status(202, delivery(Delivery(made)))


def deliveries(holder: Holder, webhook_id: UUID, query: bodies.DeliveriesQuery) -> dict[str, Any]:
    page = queries.deliveries(
        holder=holder,
        webhook_id=webhook_id,
        state=query.state or "",
        event=query.event or "",
        cursor=query.cursor,
        limit=query.limit,
    )
    return {"items": [delivery(row) for row in page.items], "next": page.next}


def redeliver(holder: Holder, webhook_id: UUID, delivery_id: UUID) -> Any:
    which = {"webhook_id": webhook_id, "delivery_id": delivery_id}
    actions.redeliver(holder=holder, **which, now=clock.now())
    return Status(202, delivery(queries.delivery(holder=holder, **which)))


def redeliver_failed(
    request: HttpRequest, holder: Holder, webhook_id: UUID, body: bodies.RedeliverIn
) -> HttpResponse:
    now = clock.now()

    def act() -> Made:
        count = actions.redeliver_failed(
            holder=holder, webhook_id=webhook_id, since=body.since, now=now
        )
        return Made(202, {"count": count})

    return once(request, caller=caller(holder), act=act, now=now)


def shown(found: Webhook) -> dict[str, Any]:
    row = found.row
    disabled = row.disabled_at and {"at": moment(row.disabled_at), "reason": row.disabled_reason}
    return {
        "id": str(row.pk),
        "url": row.url,
        "description": row.description,
        "events": row.events,
        "state": row.state,
        "disabled": disabled,
        "waiting": found.waiting,
        "failing_since": _moment(row.failing_since),
        "last_success_at": _moment(row.last_success_at),
        "secrets": [
            {"created_at": moment(secret.created_at), "ends_at": _moment(secret.ends_at)}
            for secret in found.secrets
        ],
        "created_at": moment(row.created_at),
    }


def delivery(found: Delivery) -> dict[str, Any]:
    row = found.row
    return {
        "id": str(row.pk),
        "event": row.event,
        "state": str(row.state),
        "created_at": moment(row.created_at),
        "next_at": moment(row.next_at) if row.state == row.State.WAITING else None,
        "payload": json.loads(row.body),
        "attempts": [
            {
                "at": moment(tried.at),
                "status": tried.status or None,
                "code": tried.code or None,
                "milliseconds": tried.milliseconds,
                "answer": tried.answer,
            }
            for tried in found.tries
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return moment(at) if at else None
