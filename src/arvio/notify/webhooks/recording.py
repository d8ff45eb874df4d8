"""The one door to a review's, a reply's or a case's history: who writes it tells the webhooks too,
in one transaction, so that the two can't part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from arvio.audit import actions as audit
from arvio.audit.models import AuditRow
from arvio.catalog.models import App, Marketplace
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify.webhooks import rules
from arvio.notify.webhooks.models import WebhookDelivery, WebhookEndpoint, standing
from arvio.notify.webhooks.rules import Happened, Listener, Told

# Due rows of which the worker makes turns (`taking_turns`): no action waits for another because
# both tell the same endpoint.
WAKE, AGGREGATES = "webhook_wake", "webhook_aggregates"
MOST_NAMED = 500


def record(*, entries: Sequence[audit.Entry], quiet: bool = False) -> None:
    """Append to histories, as `audit.append`, and write down what endpoints want to hear of it.

    Where nobody listens, one read more; where somebody does, three statements more for any number.
    `quiet` is for what is taken over from elsewhere and no news.
    """
    rows = audit.append(entries=entries)
    if not quiet:
        _tell(rows)


def _tell(rows: Sequence[AuditRow]) -> None:
    told = rules.happened([_happened(row) for row in rows])
    if not told:
        return
    apps = {app for one in told if (app := rows[one.number].app_id)}
    places = {place for one in told if (place := rows[one.number].marketplace_id)}
    endpoints = list(listening(marketplaces=places, apps=apps))
    if not endpoints:
        return
    ground = Ground(apps)
    made = [
        delivery
        for one in told
        for endpoint in endpoints
        if (delivery := ground.delivery(endpoint, rows[one.number], one)) is not None
    ]
    WebhookDelivery.objects.bulk_create(made, batch_size=500)
    due.schedule(rows=_wakes(made))


def _happened(row: AuditRow) -> Happened:
    return Happened(row.subject, row.seq, row.tag, row.after or {})


def listening(*, marketplaces: Iterable[UUID], apps: Iterable[UUID]) -> QuerySet[WebhookEndpoint]:
    """Endpoints of these marketplaces, and of the partners whose apps these are. Paused ones too:
    what happens waits for them.
    """
    found = standing().filter(marketplace_id__in=list(marketplaces))
    named = list(apps)
    if len(named) <= MOST_NAMED:
        partners = App.objects.filter(pk__in=named).values("partner")
        found = found.filter(Q(partner=None) | Q(partner__in=partners))
    return found.order_by("id")


def listener(endpoint: WebhookEndpoint) -> Listener:
    return Listener(endpoint.events, endpoint.partner_id)


@dataclass(frozen=True)
class _Place:
    """Whose app it is and how it is called."""

    marketplace_id: UUID
    slug: str
    partner_id: UUID
    ref: str


class Ground:
    """What deliveries need to know of apps, read once."""

    def __init__(self, apps: Iterable[UUID]) -> None:
        rows = App.objects.select_related("marketplace").filter(pk__in=list(apps))
        self.places = {
            app.pk: _Place(app.marketplace_id, app.marketplace.slug, app.partner_id, app.ref)
            for app in rows
        }
        self.api = f"{settings.BASE_URL}/api/v1"

    def delivery(
        self, endpoint: WebhookEndpoint, row: AuditRow, told: Told
    ) -> WebhookDelivery | None:
        """None where the endpoint doesn't hear of it."""
        place = self._heard(endpoint, row.app_id, told.event)
        if place is None:
            return None
        data = rules.data_of(
            row=_happened(row),
            state=told.state,
            marketplace=place.slug,
            app=place.ref,
            api=self.api,
            partners=endpoint.partner_id is not None,
        )
        return new(
            endpoint=endpoint,
            event=told.event,
            subject=row.subject,
            seq=told.seq,
            data=data,
            app_id=row.app_id,
            at=row.at,
        )

    def aggregate(
        self, endpoint: WebhookEndpoint, app_id: UUID, at: datetime
    ) -> WebhookDelivery | None:
        place = self._heard(endpoint, app_id, rules.AGGREGATE)
        if place is None:
            return None
        way = "partner" if endpoint.partner_id else f"marketplaces/{place.slug}"
        url = f"{self.api}/{way}/apps/{place.ref}/rating"
        return new(
            endpoint=endpoint,
            event=rules.AGGREGATE,
            subject=f"app:{app_id}",
            seq=0,
            data={"marketplace": place.slug, "app": place.ref, "url": url},
            app_id=app_id,
            at=at,
        )

    def _heard(self, endpoint: WebhookEndpoint, app_id: UUID | None, event: str) -> _Place | None:
        place = self.places.get(app_id) if app_id else None
        if place is None or place.marketplace_id != endpoint.marketplace_id:
            return None
        heard = listener(endpoint).hears(event=event, partner=place.partner_id)
        return place if heard else None


def new(
    *,
    endpoint: WebhookEndpoint,
    event: str,
    subject: str,
    seq: int,
    data: dict[str, Any],
    app_id: UUID | None,
    at: datetime,
) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint=endpoint,
        app_id=app_id,
        event=event,
        subject=subject,
        seq=seq,
        body=rules.body(event=event, at=at, data=data),
        created_at=at,
        next_at=at,
    )


def _wakes(made: Sequence[WebhookDelivery]) -> list[Due]:
    """One row for each endpoint, under a key that no other action writes."""
    at = {delivery.endpoint_id: delivery.created_at for delivery in made}
    return [
        Due(kind=WAKE, key=f"{endpoint}:{uuid7()}", due_at=created)
        for endpoint, created in at.items()
    ]


def aggregates_changed(*, marketplace: Marketplace, app_ids: Sequence[UUID], now: datetime) -> None:
    """What these apps add up to is another now. The caller holds their summaries; many changes of
    one app that nobody was told of yet are one.
    """
    wanting = [
        endpoint
        for endpoint in listening(marketplaces=[marketplace.pk], apps=app_ids)
        if rules.AGGREGATE in endpoint.events
    ]
    if wanting:
        due.schedule(
            rows=[Due(kind=AGGREGATES, key=str(app), app_id=app, due_at=now) for app in app_ids]
        )
