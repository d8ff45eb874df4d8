"""Webhooks: is this message from Arvio, and what does it say (standardwebhooks.com)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from arvio_client.errors import InvalidWebhook

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True)
class Event:
    """A verified message.

    `id` is the same each time the message is sent again: keep it, and act once. `data` is thin;
    what you show comes from the API.
    """

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


def verify_webhook(
    *, secrets: str | Iterable[str], headers: Mapping[str, str], body: bytes
) -> Event:
    """The message, if one of the secrets (`whsec_…`) signed it less than five minutes ago.

    Give both secrets while one is being replaced by another. `body` is what came, byte for byte.
    Raises InvalidWebhook, and ValueError when there is no secret or one that is none.
    """
    checkers = [_checker(secret) for secret in _listed(secrets)]
    if not checkers:
        raise ValueError("there is no secret to check the message with")
    lower = {name.lower(): value for name, value in headers.items()}
    sent = {name: lower.get(name, "") for name in HEADERS}
    reason = ""
    for checker in checkers:
        try:
            checker.verify(body, sent)
            break
        except WebhookVerificationError as error:
            reason = str(error)
        except ValueError:
            reason = "headers or body can't be read"
    else:
        raise InvalidWebhook(reason)
    message = json.loads(body)
    try:
        return Event(
            id=sent["webhook-id"],
            type=message["type"],
            timestamp=message["timestamp"],
            data=message["data"],
        )
    except (KeyError, TypeError):
        raise InvalidWebhook("the message has no type, timestamp and data") from None


def _listed(secrets: str | Iterable[str]) -> list[str]:
    return [secrets] if isinstance(secrets, str) else list(secrets)


def _checker(secret: str) -> Webhook:
    prefix, _, encoded = secret.partition("_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        key = b""
    if prefix != "whsec" or not key:
        raise ValueError("a webhook's secret is whsec_ and base64 after it")
    return Webhook(key)
