"""What callers send about webhooks. Addresses, events and times are checked by the actions, which
the pages use too.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from arvio.api.bodies import Strict, example
from arvio.api.fields import Cursor, Limit, Moment, Words
from arvio.notify.webhooks.checking import LONGEST_DESCRIPTION, LONGEST_URL

Url = Annotated[str, Words(1, LONGEST_URL)]
Description = Annotated[str, Words(0, LONGEST_DESCRIPTION)]
Events = Annotated[list[Annotated[str, Words(1, 60)]], Field(min_length=1, max_length=50)]
URL = "https, or http to an address that the service may call though it isn't public."


class WebhookIn(Strict):
    model_config = example(
        url="https://hooks.example.com/arvio",
        description="Our data warehouse",
        events=["review.published", "review.removed"],
    )
    url: Url = Field(description=URL)
    description: Description = ""
    events: Events


class WebhookPatch(Strict):
    model_config = example(active=False)
    url: Url | None = None
    description: Description | None = None
    events: Events | None = None
    active: StrictBool | None = Field(
        None, description="False pauses it; true turns it on, also when it was disabled."
    )


class RotateIn(Strict):
    model_config = example(overlap="P1D")
    overlap: Annotated[str, Words(1, 40)] = Field(
        "P1D", description="How long the old secret signs too: an ISO 8601 duration, PT0S to P7D."
    )


class RedeliverIn(Strict):
    model_config = example(since="2026-03-01T00:00:00Z")
    since: Moment = Field(description="Events from this moment on that were given up or wait.")


class DeliveriesQuery(Strict):
    state: Literal["waiting", "delivered", "failed"] | None = None
    event: Annotated[str, Words(1, 60)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 25
