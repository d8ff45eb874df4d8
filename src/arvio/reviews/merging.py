"""Two accounts become one: what reviews do (CONTRACT 5: limits bind at submission, so nothing of it
goes away). Each takes the next free place, above the limit where it must; one person with two
reviews of one app keeps both.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db.models import Exists, OuterRef

from arvio.catalog import merging
from arvio.catalog.merging import Merge
from arvio.notify import actions as notify
from arvio.reviews.models import Draft, Review
from arvio.reviews.moves import lock_with_due
from arvio.reviews.submitting import lowest_free
from arvio.screening import actions as screening

BATCH = 500
COLUMNS = ("account", "user", "installation", "person_key", "person_place", "account_place")


def hold(*, merge: Merge) -> list[Review]:
    return lock_with_due(reviews=Review.objects.filter(account=merge.old))


def join_reviews(*, merge: Merge, reviews: list[Review]) -> int:
    """Answers how many have moved. `reviews` are the old account's, locked."""
    old, new = f"{merge.old.pk}/", f"{merge.new.pk}/"
    persons, places = _taken(merge, reviews)
    for review in reviews:
        review.account = merge.new
        review.user = merge.users.get(review.user_id, review.user) if review.user_id else None
        if review.installation_id and review.installation_id in merge.installations:
            review.installation = merge.installations[review.installation_id]
        if review.person_key.startswith(old):
            review.person_key = new + review.person_key.removeprefix(old)
            if review.person_place is not None:
                review.person_place = lowest_free(persons[review.app_id, review.person_key])
        if review.account_place is not None:
            review.account_place = lowest_free(places[review.app_id])
    Review.objects.bulk_update(reviews, COLUMNS, batch_size=BATCH)
    screening.follow_account(old=merge.old, new=merge.new)
    _join_drafts(merge)
    notify.follow_users(former=merging.former(merge=merge))
    return len(reviews)


def _taken(
    merge: Merge, reviews: list[Review]
) -> tuple[dict[tuple[UUID, str], set[int]], dict[UUID, set[int]]]:
    """The places of the other account on the same apps; one statement."""
    persons: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    places: dict[UUID, set[int]] = defaultdict(set)
    rows = Review.objects.filter(
        account=merge.new, app__in={r.app_id for r in reviews}, account_place__isnull=False
    )
    for app, key, person, account in rows.values_list(
        "app_id", "person_key", "person_place", "account_place"
    ):
        persons[app, key].add(person or 0)
        places[app].add(account or 0)
    return persons, places


def _join_drafts(merge: Merge) -> None:
    """A person has one draft of an app: the one that was saved last."""
    mine = Draft.objects.filter(user__in=merging.former(merge=merge))
    other = Draft.objects.filter(app=OuterRef("app"), user=OuterRef("user__leads_to"))
    mine.filter(Exists(other.filter(saved_at__gte=OuterRef("saved_at")))).delete()
    earlier = Draft.objects.filter(app=OuterRef("app"), user__leads_to=OuterRef("user"))
    others = Draft.objects.filter(user__in=merging.former(merge=merge).values("leads_to"))
    others.filter(Exists(earlier)).delete()
    mine.update(user=merging.now_is("user"))
