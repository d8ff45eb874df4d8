"""Erasure (law, R75): the words and the person go, the stars, the history and its proof stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog.models import User
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.reviews import inbox_rows, telling
from arvio.reviews.models import AboutAnswer, Draft, Review, ReviewVersion
from arvio.reviews.moves import lock_with_due, move
from arvio.reviews.publishing import by_marketplace
from arvio.reviews.states import State
from arvio.screening import actions as screening


@transaction.atomic
def erase_user(*, user: User, actor: str, now: datetime) -> int:
    """Blank every word a user wrote and what we know of them.

    Answers how many reviews were concerned.
    """
    reviews = lock_with_due(reviews=Review.objects.filter(user=user))
    versions = ReviewVersion.objects.filter(review__in=reviews, erased_at=None)
    AboutAnswer.objects.filter(version__review__in=reviews, erased_at=None).update(
        value="", erased_at=now
    )
    versions.update(title="", text="", pros="", cons="", affiliation="", salt="", erased_at=now)
    Review.objects.filter(pk__in=[review.pk for review in reviews]).update(
        search_text="", has_text=False
    )
    for review in reviews:
        review.has_text = False
    inbox_rows.refresh(reviews=reviews)
    for marketplace, held in by_marketplace([r for r in reviews if r.state == State.HELD]):
        # Nothing of it would be left to publish.
        move(
            marketplace=marketplace,
            reviews=held,
            to=State.REMOVED,
            actor=actor,
            at=lambda _: now,
            reason=lambda _: "erased",
            now=now,
        )
    screening.forget(review_ids=[review.pk for review in reviews], now=now)
    telling.forget(reviews=reviews, user_id=user.pk)
    Draft.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(name="", email="", locale="", erased_at=now)
    # Answers that were kept for a repeated request hold the words too.
    due.schedule(rows=[Due(kind="forget_answers", key=f"user:{user.pk}", due_at=now)])
    audit.append(
        entries=[
            audit.Entry(
                subject=review.subject,
                tag="review:erased",
                actor=actor,
                at=now,
                marketplace_id=review.marketplace_id,
                app_id=review.app_id,
            )
            for review in reviews
        ]
    )
    return len(reviews)
