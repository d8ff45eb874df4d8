"""Webhooks and their deliveries as the pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.notify.webhooks import explain
from arvio.notify.webhooks.models import WebhookDelivery
from arvio.notify.webhooks.queries import Delivery, Webhook

TONES = {
    "active": ("good", "check"),
    "paused": ("", "clock"),
    "disabled": ("bad", "alert"),
    "waiting": ("warn", "clock"),
    "delivered": ("good", "check"),
    "failed": ("bad", "alert"),
}


@dataclass(frozen=True)
class Overlap:
    """How long an old secret stays valid."""

    length: timedelta
    label: str


def overlaps() -> dict[str, Overlap]:
    return {
        "none": Overlap(timedelta(0), _("End it at once. Use this when it has leaked.")),
        "hour": Overlap(timedelta(hours=1), _("1 hour")),
        "day": Overlap(timedelta(days=1), span(1)),
        "days": Overlap(timedelta(days=3), span(3)),
        "week": Overlap(timedelta(days=7), span(7)),
    }


def span(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def row(found: Webhook) -> dict[str, Any]:
    endpoint = found.row
    return {
        "row": endpoint,
        "id": endpoint.pk,
        "state": _state(endpoint.state, explain.state(endpoint.state)),
        "why": explain.why_disabled(endpoint.disabled_reason) if endpoint.disabled_at else "",
        "waiting": found.waiting,
        "oldest_at": found.oldest_at,
        "events": [{"name": name, "words": explain.event(name)} for name in endpoint.events],
        "old_secrets": [secret for secret in found.secrets if secret.ends_at],
        "secret_at": next(
            (secret.created_at for secret in found.secrets if not secret.ends_at), None
        ),
    }


def delivery_row(found: Delivery) -> dict[str, Any]:
    """`came` says what came of the last try; `tries` are all of them."""
    delivery = found.row
    return {
        "row": delivery,
        "id": delivery.pk,
        "words": explain.event(delivery.event),
        "state": _state(str(delivery.state), explain.delivery_state(str(delivery.state))),
        "came": _came(delivery),
        "waits": delivery.state == WebhookDelivery.State.WAITING,
        "tries": [
            {"row": one, "came": explain.failure(status=one.status, code=one.code)}
            for one in found.tries
        ],
    }


def _came(delivery: WebhookDelivery) -> str:
    tried = explain.failure(status=delivery.last_status, code=delivery.last_code)
    return tried or _("Not tried yet.")


def _state(name: str, words: str) -> dict[str, str]:
    tone, icon = TONES[name]
    return {"name": name, "words": words, "tone": tone, "icon": icon}
