"""What webhooks refuse. `explain` words the codes."""

from __future__ import annotations

from typing import Any


class InvalidWebhook(Exception):
    """A field that can't be taken.

    not_an_address, private_address, https_only, too_long (max), unreadable, none_chosen,
    not_an_event (event), not_for_partners (event), not_a_duration, too_long_a_time (days).
    """

    status = 422

    def __init__(self, field: str, code: str, **values: Any) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code
        self.values = values


class WebhookRefused(Exception):
    """What can't be done now: too_many, too_many_secrets, turned_off (what is paused or disabled
    isn't tested).
    """

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSuchWebhook(Exception):
    """Not there, or another's: which is not said."""

    status = 404
    code = "not_found"
    field = "webhook"
    detail = "There is no such webhook."


class NoSuchDelivery(NoSuchWebhook):
    field = "delivery"
    detail = "There is no such delivery."
