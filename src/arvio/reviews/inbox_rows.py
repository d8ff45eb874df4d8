"""The rows of the partner's inbox: what each must hold, and keeping it so.

An item is worked out from its review alone; its reply's columns are written by who sends or
removes one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from arvio.catalog.models import App
from arvio.reviews.models import InboxItem, Reply, Review
from arvio.reviews.states import State

WAITS = frozenset({State.HELD, State.PUBLISHED})
GONE = frozenset({State.REMOVED, State.REJECTED})
BATCH = 500
OF_REVIEW = (
    "app",
    "partner",
    "state",
    "stars",
    "language",
    "has_text",
    "answered",
    "waiting",
    "rank",
    "submitted_at",
)
OF_REPLY = ("replied_at", "stars_at_reply")
# Ranks of one group lie below this, whatever the moment: milliseconds have 13 digits till 2286.
GROUP = 10**13


def waits(review: Review) -> bool:
    """Does it count as unanswered (R65, R66)?"""
    return State(review.state) in WAITS and not review.answered


def rank_of(review: Review) -> int:
    """What is most urgent first: unanswered and held by the time left, unanswered by the newest,
    then what is answered or archived, then what is gone.
    """
    newest = GROUP - _milliseconds(review.submitted_at)
    if waits(review) and review.state == State.HELD and review.publishes_at is not None:
        return _milliseconds(review.publishes_at)
    if waits(review):
        return GROUP + newest
    return (3 if State(review.state) in GONE else 2) * GROUP + newest


def item_of(review: Review, reply: Reply | None = None, replied_to: int | None = None) -> InboxItem:
    """`review` with its app; `replied_to` is the stars of the version that the reply answers."""
    return InboxItem(
        review_id=review.pk,
        app_id=review.app_id,
        partner_id=review.app.partner_id,
        state=str(review.state),
        stars=review.stars,
        language=review.language,
        has_text=review.has_text,
        answered=review.answered,
        waiting=waits(review),
        rank=rank_of(review),
        submitted_at=review.submitted_at,
        replied_at=reply.replied_at if reply else None,
        stars_at_reply=replied_to if reply else None,
    )


def add(*, reviews: Iterable[Review]) -> None:
    """New reviews, in the transaction that makes them."""
    InboxItem.objects.bulk_create([item_of(review) for review in reviews], batch_size=BATCH)


def refresh(*, reviews: Iterable[Review]) -> None:
    """Reviews that have changed, locked and with their app; their reply's columns stay."""
    _write([item_of(review) for review in reviews], OF_REVIEW)


def refresh_with_replies(*, replies: Sequence[tuple[Review, Reply | None, int]]) -> None:
    """As `refresh`, for reviews whose live reply is a new one, or none any more; with the stars of
    the version that it answers.
    """
    items = [item_of(*row) for row in replies]
    _write(items, (*OF_REVIEW, *OF_REPLY))


def _write(items: list[InboxItem], fields: Collection[str]) -> None:
    InboxItem.objects.bulk_create(
        items,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["review"],
        update_fields=fields,
    )


def follow_partner(*, app_ids: Sequence[UUID]) -> None:
    """Apps have moved to another partner: so do their reviews."""
    for pk, partner in App.objects.filter(pk__in=app_ids).values_list("pk", "partner_id"):
        InboxItem.objects.filter(app_id=pk).exclude(partner_id=partner).update(partner_id=partner)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
