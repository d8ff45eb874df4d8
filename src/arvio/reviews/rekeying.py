"""After `limits.user_scope` changed: who counts as one person is written anew on the reviews that hold a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Asker
from arvio.reviews.models import Review, Source
from arvio.reviews.states import HOLDS_PLACE
from arvio.reviews.submitting import person_key


@transaction.atomic
def rekey(*, marketplace: Marketplace, app_ids: Sequence[UUID], now: datetime) -> int:
    """Give reviews the person's key of the policy in force. Two reviews that now belong to one person both stay:
    limits bind at submission. Answers how many were changed.
    """
    policy = catalog.policy_in_force(marketplace=marketplace, now=now).policy
    rows = Review.objects.filter(
        app_id__in=app_ids, source=Source.AUTHOR, state__in=sorted(HOLDS_PLACE), user__isnull=False
    )
    reviews = (
        rows.select_for_update(of=("self",)).select_related("app", "account", "user").order_by("pk")
    )
    taken: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    moving = []
    for review in reviews:
        key = person_key(Asker(app=review.app, account=review.account, user=review.user), policy)
        if key == review.person_key:
            taken[review.app_id, key].add(review.person_place or 0)
        else:
            moving.append((review, key))
    for review, key in moving:
        places = taken[review.app_id, key]
        place = next(number for number in range(1, len(places) + 2) if number not in places)
        places.add(place)
        review.person_key, review.person_place = key, place
    Review.objects.bulk_update(
        [review for review, _ in moving], ["person_key", "person_place"], batch_size=200
    )
    return len(moving)
