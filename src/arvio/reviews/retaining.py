"""Retention: the words of what was removed are kept for as long as the policy in force says
(`retention.removed`; ISO 20488 asks for a year), and no longer. State, stars and history stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from arvio.audit import actions as audit
from arvio.catalog.models import Marketplace
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify import actions as notify
from arvio.notify.webhooks.recording import record
from arvio.policy.durations import Duration
from arvio.reviews.erasing import erase_words
from arvio.reviews.models import Reply, ReplyDraft, Review
from arvio.reviews.states import State
from arvio.screening import actions as screening

TAG = "review:forgotten"
SHORTEST_MONTH = timedelta(days=28)


def with_words(*, marketplace: Marketplace) -> QuerySet[Review]:
    """Removed and rejected reviews whose words are still there, in any order."""
    return Review.objects.filter(
        app__marketplace=marketplace,
        state__in=(State.REMOVED, State.REJECTED),
        live_version__erased_at=None,
    )


def past(*, marketplace: Marketplace, kept: Duration, now: datetime) -> QuerySet[Review]:
    """Removed and rejected reviews with words, those first that are gone longest: whose time may be
    over. A month has no fixed length, so `is_over` says which are.
    """
    earliest = now - kept.months * SHORTEST_MONTH - timedelta(seconds=kept.seconds)
    gone = with_words(marketplace=marketplace).filter(removed_at__lte=earliest)
    return gone.order_by("removed_at", "pk")


def is_over(*, review: Review, kept: Duration, now: datetime) -> bool:
    return review.removed_at is not None and kept.add(review.removed_at) <= now


def forget_words(*, reviews: Sequence[Review], actor: str, now: datetime) -> None:
    """Blank the words of these reviews and of the replies to them. Inside the caller's transaction,
    with the reviews locked.
    """
    ids = [review.pk for review in reviews]
    replies = list(Reply.objects.filter(review__in=ids, erased_at=None))
    Reply.objects.filter(pk__in=[reply.pk for reply in replies]).update(
        text="", salt="", erased_at=now
    )
    erase_words(reviews=reviews, now=now)
    ReplyDraft.objects.filter(review__in=ids).delete()
    screening.forget(review_ids=ids, now=now)
    notify.forget(review_ids=ids)
    due.forget_errors(keys=[str(pk) for pk in ids])
    due.schedule(
        rows=[Due(kind="forget_answers", key=f"review:{pk}", due_at=now) for pk in sorted(ids)]
    )
    record(entries=[_entry(review, replies, actor, now) for review in reviews])


def _entry(review: Review, replies: Sequence[Reply], actor: str, now: datetime) -> audit.Entry:
    erased = [str(reply.pk) for reply in replies if reply.review_id == review.pk]
    return audit.Entry(
        subject=review.subject,
        tag=TAG,
        actor=actor,
        at=now,
        marketplace_id=review.marketplace_id,
        app_id=review.app_id,
        after={"replies_erased": erased} if erased else None,
    )
