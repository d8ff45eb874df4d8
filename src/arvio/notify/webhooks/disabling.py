"""An endpoint that fails for good is turned off, and whoever looks after it is told once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from arvio.audit import actions as audit
from arvio.notify.ground import Reader, speaking
from arvio.notify.posting import Mail, post
from arvio.notify.rendering import render
from arvio.notify.webhooks import letters
from arvio.notify.webhooks.models import WebhookEndpoint
from arvio.people.models import Role

POLICY = "policy"


def disable(*, endpoint: WebhookEndpoint, reason: str, now: datetime) -> None:
    """In the transaction of whoever holds the endpoint. What waits goes on waiting."""
    endpoint.disabled_at, endpoint.disabled_reason = now, reason
    endpoint.rest_until = None
    endpoint.save(update_fields=["disabled_at", "disabled_reason", "rest_until"])
    write_history(
        endpoint=endpoint, tag="webhook:disabled", actor=POLICY, now=now, after={"reason": reason}
    )
    post(mails=_mails(endpoint), now=now)


def write_history(
    *,
    endpoint: WebhookEndpoint,
    tag: str,
    actor: str,
    now: datetime,
    after: dict[str, object] | None = None,
) -> None:
    """An endpoint has a history of its own; its address isn't in it, which may be a secret."""
    audit.append(
        entries=[
            audit.Entry(
                subject=endpoint.subject,
                tag=tag,
                actor=actor,
                at=now,
                marketplace_id=endpoint.marketplace_id,
                after=after,
            )
        ]
    )


def page_url(*, endpoint: WebhookEndpoint) -> str:
    way = "partner/settings" if endpoint.partner_id else "operator"
    return f"{settings.BASE_URL}/{way}/webhooks/{endpoint.pk}/"


def _mails(endpoint: WebhookEndpoint) -> list[Mail]:
    """To the partner's owners, or to the marketplace's operators."""
    place = endpoint.partner or endpoint.marketplace
    kind = Role.Kind.OWNER if endpoint.partner_id else Role.Kind.OPERATOR
    roles = Role.objects.select_related("person").filter(
        place_id=place.pk, kind=kind, person__is_active=True
    )
    return [
        _mail(endpoint, place.name, Reader(role.person.pk, role.person.email, role.person.language))
        for role in roles.order_by("person__email")
    ]


def _mail(endpoint: WebhookEndpoint, place: str, reader: Reader) -> Mail:
    marketplace = endpoint.marketplace
    with speaking(reader=reader, marketplace=marketplace):
        letter = letters.disabled(endpoint=endpoint, place=place, url=page_url(endpoint=endpoint))
        return Mail(
            to=reader.email,
            rendered=render(letter=letter, marketplace=marketplace.name, accent=marketplace.accent),
            from_name=marketplace.name,
            marketplace_id=marketplace.pk,
            reader_id=reader.id,
        )
