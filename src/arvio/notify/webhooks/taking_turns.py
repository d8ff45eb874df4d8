"""From what was written down to turns: the worker gives each endpoint that something waits for one
due row, so that one worker at a time sends to it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from arvio.catalog.models import App
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks.models import WebhookDelivery, standing
from arvio.notify.webhooks.recording import Ground, listening

TURN = "webhook"


def wake(*, endpoint_ids: Collection[UUID], now: datetime) -> None:
    """Let these endpoints have a turn: now, or when their rest is over. In the caller's
    transaction, and in the order of their ids, so that no two wait for each other.
    """
    rows = standing().filter(pk__in=endpoint_ids, active=True, disabled_at=None).order_by("pk")
    due.schedule(
        rows=[
            Due(kind=TURN, key=str(pk), due_at=max(now, rest_until or now))
            for pk, rest_until in rows.values_list("pk", "rest_until")
        ]
    )


def serve_wakes(*, keys: Sequence[str], now: datetime) -> None:
    """Keys are endpoint:anything."""
    wake(endpoint_ids={UUID(key.partition(":")[0]) for key in keys}, now=now)


def spread_aggregates(*, app_ids: Sequence[UUID], now: datetime) -> None:
    """One event that waits for each app and endpoint: who gets it reads what is so by then.

    The change was committed before; a try that is under way may have been answered with what was
    so earlier, and counts as none.
    """
    places = App.objects.filter(pk__in=app_ids).values_list("marketplace_id", flat=True)
    endpoints = list(listening(marketplaces=set(places), apps=app_ids))
    ground = Ground(app_ids)
    waits = set(
        WebhookDelivery.objects.filter(
            endpoint__in=endpoints,
            subject__in=[f"app:{app}" for app in app_ids],
            state=WebhookDelivery.State.WAITING,
            sending_at=None,
        ).values_list("endpoint_id", "subject")
    )
    made = [
        delivery
        for app in app_ids
        for endpoint in endpoints
        if (endpoint.pk, f"app:{app}") not in waits
        and (delivery := ground.aggregate(endpoint, app, now)) is not None
    ]
    WebhookDelivery.objects.bulk_create(made, batch_size=500)
    wake(endpoint_ids={delivery.endpoint_id for delivery in made}, now=now)
