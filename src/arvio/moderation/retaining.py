"""The retention run: once a day, of whatever was removed longer ago than the policy in force says,
the words go, with what was said about them. What somebody still waits for is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from arvio.catalog import queries
from arvio.catalog.models import Marketplace
from arvio.due import actions as due
from arvio.moderation import erasing
from arvio.moderation.models import Case, CorrectionRequest, Thread
from arvio.moderation.states import WAITING
from arvio.reviews import retaining
from arvio.reviews.models import Review
from arvio.reviews.moves import lock_with_due, next_retention

BATCH = 100
ACTOR = "worker"


def waiting(*, marketplace: Marketplace, now: datetime) -> QuerySet[Review]:
    """Removed reviews whose words the next runs forget; months may make some wait for days."""
    kept = queries.policy_in_force(marketplace=marketplace, now=now).policy.retention.removed
    return decided(reviews=retaining.past(marketplace=marketplace, kept=kept, now=now))


def decided(*, reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Without those about which somebody waits for a decision or an answer."""
    undecided = Q(cases__state__in=sorted(WAITING)) | Q(threads__state=Thread.State.OPEN)
    asked = Q(corrections__state=CorrectionRequest.State.OPEN)
    return reviews.exclude(pk__in=Review.objects.filter(undecided | asked).values("pk"))


@transaction.atomic
def forget_removed(*, marketplace: Marketplace, now: datetime) -> int:
    """Forget one batch. Answers how many; fewer than `BATCH` when nothing is left for today."""
    kept = queries.policy_in_force(marketplace=marketplace, now=now).policy.retention.removed
    found = [
        review
        for review in waiting(marketplace=marketplace, now=now)[:BATCH]
        if retaining.is_over(review=review, kept=kept, now=now)
    ]
    if not found:
        return 0
    ids = [review.pk for review in found]
    erasing.hold_cases(cases=Case.objects.filter(review__in=ids))
    reviews = lock_with_due(reviews=Review.objects.filter(pk__in=ids))
    # Somebody may have appealed, or restored it, until the locks were ours.
    rows = waiting(marketplace=marketplace, now=now).filter(pk__in=ids)
    still = set(rows.values_list("pk", flat=True))
    reviews = [review for review in reviews if review.pk in still]
    erasing.forget_about(reviews=[review.pk for review in reviews], now=now)
    retaining.forget_words(reviews=reviews, actor=ACTOR, now=now)
    return len(found)


def run(*, marketplaces: Sequence[Marketplace], now: datetime) -> None:
    """What the worker does with the due rows: a batch, then on at once; else at the next night, for
    as long as there is anything removed that has words.
    """
    for marketplace in marketplaces:
        full = forget_removed(marketplace=marketplace, now=now) == BATCH
        row = next_retention(marketplace_id=marketplace.pk, now=now)
        if full:
            row.due_at = now
        if full or retaining.with_words(marketplace=marketplace).exists():
            due.schedule(rows=[row])
