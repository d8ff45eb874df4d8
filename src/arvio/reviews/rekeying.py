"""Who counts as one person is written anew: after `limits.user_scope` changed, and on erasure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Asker
from arvio.reviews.models import Review, Source
from arvio.reviews.moves import lock_reviews
from arvio.reviews.states import HOLDS_PLACE
from arvio.reviews.submitting import ANYWHERE, erased_key, lowest_free, person_key


@transaction.atomic
def rekey(*, marketplace: Marketplace, app_ids: Sequence[UUID], now: datetime) -> int:
    """Give the reviews that hold a place the person's key of the policy in force.

    Two reviews that now belong to one person both stay: limits bind at submission. Answers how
    many were changed.
    """
    policy = catalog.policy_in_force(marketplace=marketplace, now=now).policy
    holding = Review.objects.filter(
        app_id__in=app_ids, source=Source.AUTHOR, state__in=sorted(HOLDS_PLACE), user__isnull=False
    )
    wide = Q(person_key__startswith=ANYWHERE)
    stale = ~wide if policy.limits.user_scope == "marketplace" else wide
    moving = [
        (review, person_key(Asker(review.app, review.account, review.user), policy))
        for review in lock_reviews(reviews=holding.filter(stale))
    ]
    change_keys(moving=moving)
    return len(moving)


@transaction.atomic
def hide_ref(*, reviews: Sequence[Review]) -> None:
    """Erased: the key of the person who wrote these locked reviews names nobody any more (R75)."""
    keys = [
        (review, erased_key(review.person_key, marketplace_id=review.marketplace_id))
        for review in reviews
        if review.source == Source.AUTHOR
    ]
    change_keys(moving=[(review, key) for review, key in keys if review.person_key != key])


def change_keys(*, moving: Sequence[tuple[Review, str]]) -> None:
    """Each takes the lowest place that is free under its new key."""
    taken: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    standing = Review.objects.filter(
        app_id__in={review.app_id for review, _ in moving},
        person_key__in={key for _, key in moving},
        person_place__isnull=False,
    )
    for app, key, place in standing.values_list("app_id", "person_key", "person_place"):
        taken[app, key].add(place or 0)
    for review, key in moving:
        review.person_key = key
        if review.person_place is not None:
            review.person_place = lowest_free(taken[review.app_id, key])
    Review.objects.bulk_update(
        [review for review, _ in moving], ["person_key", "person_place"], batch_size=200
    )
