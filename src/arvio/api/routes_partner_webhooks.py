"""Routes of a partner's own webhooks, for its owners."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from arvio.api import bodies_webhooks as bodies
from arvio.api import shapes_webhooks as shapes
from arvio.api import webhooks as shared
from arvio.api.audience import PARTNER
from arvio.api.callers import PartnerKey
from arvio.catalog.members import Member
from arvio.notify.webhooks.actions import Holder
from arvio.reviews.errors import RightMissing

router = Router(tags=[PARTNER.value])
partner_key = PartnerKey()
ALL = "/partner/webhooks"
ONE = ALL + "/{uuid:webhook_id}"


def _holder(request: HttpRequest) -> Holder:
    """The partner of an owner: others may not even see where events go."""
    member: Member = request.auth  # type: ignore[attr-defined]  # set by ninja
    if not member.may("manage"):
        raise RightMissing
    return Holder(member.marketplace, member.actor, member.partner)


@router.get(ALL, auth=partner_key, response=shapes.Webhooks, summary="My webhooks")
def webhooks(request: HttpRequest) -> Any:
    return shared.listing(_holder(request))


@router.post(
    ALL,
    auth=partner_key,
    response={201: shapes.WebhookMade},
    summary="Make a webhook",
    description="It hears of my own apps, and of no reports. Its secret is told this once.",
)
def make_webhook(request: HttpRequest, body: bodies.WebhookIn) -> HttpResponse:
    return shared.make(request, _holder(request), body)


@router.get(ONE, auth=partner_key, response=shapes.Webhook, summary="One webhook")
def webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    return shared.one(_holder(request), webhook_id)


@router.patch(
    ONE,
    auth=partner_key,
    response=shapes.Webhook,
    summary="Change, pause or turn on a webhook",
    description="What waited while it was off is sent when it is on again.",
)
def change_webhook(request: HttpRequest, webhook_id: UUID, body: bodies.WebhookPatch) -> Any:
    return shared.change(_holder(request), webhook_id, body)


@router.delete(
    ONE,
    auth=partner_key,
    response={204: None},
    summary="Delete a webhook",
    description="What waits isn't sent, and the log goes.",
)
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    return shared.delete(_holder(request), webhook_id)


@router.post(
    f"{ONE}/rotate",
    auth=partner_key,
    response={201: shapes.WebhookMade},
    summary="Make a new secret",
    description="Until `overlap` is over both sign, so that a receiver can change in peace.",
)
def rotate_webhook(request: HttpRequest, webhook_id: UUID, body: bodies.RotateIn) -> HttpResponse:
    return shared.rotate(request, _holder(request), webhook_id, body)


@router.post(
    f"{ONE}/test",
    auth=partner_key,
    response={202: shapes.WebhookDelivery},
    summary="Send a test",
    description="A `ping`. What came of it stands in the deliveries a moment later.",
)
def test_webhook(request: HttpRequest, webhook_id: UUID) -> Any:
    return shared.test(_holder(request), webhook_id)


@router.get(
    f"{ONE}/deliveries",
    auth=partner_key,
    response=shapes.WebhookDeliveries,
    summary="What was sent, what waits and what was given up",
)
def webhook_deliveries(
    request: HttpRequest, webhook_id: UUID, query: Query[bodies.DeliveriesQuery]
) -> Any:
    return shared.deliveries(_holder(request), webhook_id, query)


@router.post(
    f"{ONE}/redeliver",
    auth=partner_key,
    response={202: shapes.Redelivered},
    summary="Send again what was given up since a moment",
)
def redeliver_failed(
    request: HttpRequest, webhook_id: UUID, body: bodies.RedeliverIn
) -> HttpResponse:
    return shared.redeliver_failed(request, _holder(request), webhook_id, body)


@router.post(
    f"{ONE}/deliveries/{{uuid:delivery_id}}/redeliver",
    auth=partner_key,
    response={202: shapes.WebhookDelivery},
    summary="Send one event again",
    description="Under the id that it had.",
)
def redeliver(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> Any:
    return shared.redeliver(_holder(request), webhook_id, delivery_id)
