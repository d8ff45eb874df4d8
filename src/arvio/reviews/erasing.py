"""Erasure (law, R75): the words and the person go, the history and its proof stay.

The stars stay or go as the policy in force says. The part that knows of reviews; what else is to
be forgotten is gathered in `connect.erasing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog import actions as catalog
from arvio.catalog import queries
from arvio.catalog.models import User
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify import actions as notify
from arvio.notify.webhooks.recording import record
from arvio.reviews import inbox_rows, rekeying
from arvio.reviews.models import AboutAnswer, Draft, Reply, ReplyDraft, Review, ReviewVersion
from arvio.reviews.moves import lock_with_due, move
from arvio.reviews.publishing import by_marketplace
from arvio.reviews.quoting import Author, tells_of
from arvio.reviews.states import HOLDS_PLACE, State
from arvio.screening import actions as screening


@transaction.atomic
def erase_user(*, user: User, actor: str, now: datetime) -> int:
    """Blank every word a user wrote and what we know of them.

    Answers how many reviews were concerned.
    """
    user, reviews = lock_user(user=user)
    replies = _erase_replies(user, reviews, now)
    erase_words(reviews=reviews, now=now)
    rekeying.hide_ref(reviews=reviews)
    _remove(reviews, actor, now)
    ids = [review.pk for review in reviews]
    screening.forget(review_ids=ids, now=now)
    Draft.objects.filter(user=user).delete()
    # They answer words that are gone.
    ReplyDraft.objects.filter(review__in=ids).delete()
    notify.forget(review_ids=ids, reader_id=user.pk)
    if user.email:
        notify.forget_address(email=user.email, marketplace_id=user.account.marketplace_id)
    catalog.forget_user(user=user, now=now)
    _forget_errors_and_answers(user, ids, now)
    record(
        entries=[
            audit.Entry(
                subject=review.subject,
                tag="review:erased",
                actor=actor,
                at=now,
                marketplace_id=review.marketplace_id,
                app_id=review.app_id,
                after={"replies_erased": replies[review.pk]} if review.pk in replies else None,
            )
            for review in reviews
        ]
    )
    return len(reviews)


def lock_user(*, user: User) -> tuple[User, list[Review]]:
    """The user, then their reviews. Who submits at this moment waits, or is waited for: the row is
    what both hold on to.
    """
    rows = User.objects.select_for_update(of=("self",)).select_related("account__marketplace")
    return rows.get(pk=user.pk), lock_with_due(reviews=Review.objects.filter(user=user))


def erase_words(*, reviews: Sequence[Review], now: datetime) -> None:
    versions = ReviewVersion.objects.filter(review__in=reviews, erased_at=None)
    AboutAnswer.objects.filter(version__review__in=reviews, erased_at=None).update(
        value="", erased_at=now
    )
    versions.update(
        title="", text="", pros="", cons="", affiliation="", evidence={}, salt="", erased_at=now
    )
    Review.objects.filter(pk__in=[review.pk for review in reviews]).update(
        search_text="", has_text=False
    )
    for review in reviews:
        review.has_text = False
    inbox_rows.refresh(reviews=reviews)


def _remove(reviews: Sequence[Review], actor: str, now: datetime) -> None:
    """Of what is held nothing would be left to publish; all else goes where the policy says so."""
    for marketplace, found in by_marketplace(reviews):
        version = queries.policy_in_force(marketplace=marketplace, now=now)
        stay = version.policy.retention.erasure == "keep_stars"
        states = {State.HELD} if stay else HOLDS_PLACE
        move(
            marketplace=marketplace,
            reviews=[review for review in found if review.state in states],
            to=State.REMOVED,
            actor=actor,
            at=lambda _: now,
            reason=lambda _: "erased",
            now=now,
        )


def _erase_replies(user: User, reviews: Sequence[Review], now: datetime) -> dict[UUID, list[str]]:
    """Replies are the partner's words and stay, but for those that tell of the author.

    Before the author's words go, since they are looked for. Answers what was erased, by review.
    """
    words: dict[UUID, list[str]] = defaultdict(list)
    for version in ReviewVersion.objects.filter(review__in=reviews, erased_at=None):
        texts = (version.title, version.text, version.pros, version.cons, version.affiliation)
        words[version.review_id] += texts
    about = AboutAnswer.objects.filter(version__review__in=reviews, erased_at=None)
    for review_id, value in about.values_list("version__review_id", "value"):
        words[review_id].append(value)
    erased: dict[UUID, list[str]] = defaultdict(list)
    replies = Reply.objects.filter(review__in=reviews, erased_at=None)
    for reply in replies.order_by("replied_at", "pk"):
        author = Author(user.name, user.email, words[reply.review_id])
        if tells_of(reply=reply.text, author=author):
            erased[reply.review_id].append(str(reply.pk))
    gone = [pk for pks in erased.values() for pk in pks]
    Reply.objects.filter(pk__in=gone).update(text="", salt="", erased_at=now)
    return erased


def _forget_errors_and_answers(user: User, review_ids: Sequence[UUID], now: datetime) -> None:
    """What couldn't be served says why, maybe in the author's words; so do the answers that are
    kept for a repeated request, which the worker forgets.
    """
    due.forget_errors(keys=[f"user:{user.pk}", *map(str, review_ids)])
    topics = [
        f"user:{user.pk}",
        f"tokens:{user.account.marketplace.slug}",
        *(f"review:{pk}" for pk in review_ids),
    ]
    due.schedule(rows=[Due(kind="forget_answers", key=key, due_at=now) for key in topics])
