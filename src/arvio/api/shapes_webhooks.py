"""The shapes of webhooks: endpoints, deliveries, and what is sent to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from arvio.api.shapes import IdOut, MomentOut, example
from arvio.notify.webhooks.rules import EVENTS, PING

WEBHOOK: dict[str, Any] = {
    "id": "01999a3c-8f70-7b3e-9d0a-6d3f5c1b2a10",
    "url": "https://hooks.example.com/arvio",
    "description": "Our data warehouse",
    "events": ["review.published", "review.removed"],
    "state": "active",
    "disabled": None,
    "waiting": 0,
    "failing_since": None,
    "last_success_at": "2026-03-02T09:30:04Z",
    "secrets": [{"created_at": "2026-03-02T09:30:00Z", "ends_at": None}],
    "created_at": "2026-03-02T09:30:00Z",
}


class WebhookSecret(BaseModel):
    """A secret that signs; `ends_at` is when one that was replaced no longer does."""

    created_at: MomentOut
    ends_at: MomentOut | None


class WebhookDisabled(BaseModel):
    """Why nothing is sent: what waits is kept, and comes when the webhook is turned on again."""

    at: MomentOut
    reason: Literal["gone", "failing"]


class Webhook(BaseModel):
    model_config = example(**WEBHOOK)

    id: IdOut
    url: str
    description: str
    events: list[str]
    state: Literal["active", "paused", "disabled"]
    disabled: WebhookDisabled | None
    waiting: int = Field(description="How many events wait to be sent.")
    failing_since: MomentOut | None
    last_success_at: MomentOut | None
    secrets: list[WebhookSecret]
    created_at: MomentOut


class WebhookMade(Webhook):
    """A webhook with a new secret, which is told this once."""

    model_config = example(**WEBHOOK, secret="whsec_…")  # noqa: S106 - none

    secret: str


class Webhooks(BaseModel):
    items: list[Webhook]
    next: None


class WebhookAttempt(BaseModel):
    """One try. `status` is null where no answer came; `code` says why."""

    at: MomentOut
    status: int | None
    code: str | None
    milliseconds: int
    answer: str = Field(description="How the answer begins: at most 500 characters.")


class WebhookDelivery(BaseModel):
    """An event for one webhook; its id is the `webhook-id` of every try."""

    model_config = example(
        id="01999a3c-9b10-7c11-8a2e-1f0e6b7c3d42",
        event="review.published",
        state="waiting",
        created_at="2026-03-02T09:30:00Z",
        next_at="2026-03-02T09:31:00Z",
        payload={
            "type": "review.published",
            "timestamp": "2026-03-02T09:30:00Z",
            "data": {"marketplace": "store", "app": "calls", "review": WEBHOOK["id"]},
        },
        attempts=[
            {
                "at": "2026-03-02T09:30:00Z",
                "status": 503,
                "code": None,
                "milliseconds": 41,
                "answer": "Service Unavailable",
            }
        ],
    )

    id: IdOut
    event: str
    state: Literal["waiting", "delivered", "failed"]
    created_at: MomentOut
    next_at: MomentOut | None = Field(description="When it is tried next, while it waits.")
    payload: dict[str, Any]
    attempts: list[WebhookAttempt] = Field(description="The latest first.")


class WebhookDeliveries(BaseModel):
    items: list[WebhookDelivery]
    next: str | None


class Redelivered(BaseModel):
    model_config = example(count=12)

    count: int = Field(description="How many events are due now.")


# --- What is sent --------------------------------------------------------------------------------


class _Data(BaseModel):
    marketplace: str
    app: str


class ReviewEventData(_Data):
    review: IdOut
    state: Literal["held", "published", "archived", "rejected", "removed"] | None = Field(
        None, description="How the review stands after it."
    )
    url: str | None = Field(
        None,
        description="Where the rest is read: by everybody, or with the partner's key. Absent where "
        "nothing is to be read.",
    )


class ReplyEventData(_Data):
    review: IdOut
    reply: IdOut
    state: Literal["live", "removed"] | None = None
    url: str | None = Field(None, description="The review's address; its reply stands there.")


class ReportEventData(_Data):
    case: IdOut
    state: str = Field(description="`open`, or the outcome of the decision.")
    url: str = Field(description="The case's address, for a moderator's key.")


class AggregateEventData(_Data):
    url: str = Field(description="The address of the app's rating.")


class PingEventData(BaseModel):
    marketplace: str


def _example(event: str, **data: str) -> Any:
    place = {"marketplace": "store"} | ({} if event == PING else {"app": "calls"})
    return example(type=event, timestamp="2026-03-02T09:30:00Z", data={**place, **data})


API = "https://reviews.example.com/api/v1"
REVIEW, REPLY = WEBHOOK["id"], "01999a3c-9b10-7c11-8a2e-1f0e6b7c3d42"


class ReviewEvent(BaseModel):
    """What is sent of a review: no words, no stars, no names."""

    model_config = _example(
        "review.published", review=REVIEW, state="published", url=f"{API}/reviews/{REVIEW}"
    )

    type: str
    timestamp: MomentOut
    data: ReviewEventData


class ReplyEvent(BaseModel):
    """What is sent of a reply."""

    model_config = _example(
        "reply.created", review=REVIEW, reply=REPLY, url=f"{API}/reviews/{REVIEW}"
    )

    type: str
    timestamp: MomentOut
    data: ReplyEventData


class ReportEvent(BaseModel):
    """What is sent of a case, to the marketplace alone."""

    model_config = _example(
        "report.created", case=REPLY, state="open", url=f"{API}/moderation/cases/{REPLY}"
    )

    type: str
    timestamp: MomentOut
    data: ReportEventData


class AggregateEvent(BaseModel):
    """What is sent when what an app's reviews add up to has changed."""

    model_config = _example("aggregate.changed", url=f"{API}/marketplaces/store/apps/calls/rating")

    type: str
    timestamp: MomentOut
    data: AggregateEventData


class PingEvent(BaseModel):
    """A test."""

    model_config = _example(PING)

    type: str
    timestamp: MomentOut
    data: PingEventData


SHAPES: dict[str, type[BaseModel]] = {
    "review": ReviewEvent,
    "reply": ReplyEvent,
    "report": ReportEvent,
    "aggregate": AggregateEvent,
    PING: PingEvent,
}
EVENT_SHAPES = {event: SHAPES[event.partition(".")[0]] for event in (*EVENTS, PING)}
