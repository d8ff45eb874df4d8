"""The partner's one answer."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from arvio.audit import actions as audit
from arvio.audit.rules import words_hash
from arvio.reviews.models import Reply, Review
from arvio.reviews.moves import lock


@transaction.atomic
def add_replies(*, replies: list[tuple[Review, str, str, datetime]]) -> list[Reply]:
    """Answer reviews: (review, text, actor, when).

    One live reply per review: the database refuses a second.
    """
    made, entries = [], []
    lock(reviews=Review.objects.filter(pk__in=[review.pk for review, *_ in replies]))
    for review, text, actor, at in replies:
        reply = Reply(
            app_id=review.app_id,
            review=review,
            version_number=review.live_version.number,
            text=text,
            actor=actor,
            salt=secrets.token_hex(16),
            replied_at=at,
        )
        made.append(reply)
        entries.append(
            audit.Entry(
                subject=review.subject,
                tag="reply:sent",
                actor=actor,
                at=at,
                marketplace_id=review.marketplace_id,
                app_id=review.app_id,
                after={"reply": str(reply.pk), "words": words_hash(reply.salt, text)},
            )
        )
    Reply.objects.bulk_create(made, batch_size=500)
    Review.objects.filter(pk__in=[review.pk for review, *_ in replies]).update(answered=True)
    audit.append(entries=entries)
    return made
