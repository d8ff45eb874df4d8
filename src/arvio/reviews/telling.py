"""Who is told of what happens to a review: notices in the action's own transaction.

Partners are told of what is public of the author, never more (R70, R147); imported reviews and
histories written afterwards tell nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from arvio.notify import actions as notify
from arvio.notify.actions import Notice
from arvio.policy.model import NameStyle
from arvio.policy.verdict import moment_text
from arvio.reviews.models import Reply, Review, ReviewVersion, Source
from arvio.reviews.naming import author_name
from arvio.reviews.states import State


def submitted(*, reviews: Iterable[Review], style: NameStyle, now: datetime) -> None:
    """The partner learns of new reviews, held ones with their time (R140, R144)."""
    notify.tell(
        notices=[
            _notice(
                review,
                event=notify.NEW,
                facts=_public_words(review, review.live_version, style)
                | {"stars": review.stars, "publishes_at": _until(review)},
                at=now,
            )
            for review in reviews
            if review.submitted_at == now
        ]
    )


def edited(
    *, review: Review, words: ReviewVersion, old_stars: int, style: NameStyle, now: datetime
) -> None:
    """The partner learns what the stars were and become, and when (R145)."""
    facts = _public_words(review, words, style) | {
        "old_stars": old_stars,
        "new_stars": words.stars,
        "publishes_at": moment_text(words.due_at if words.due_at > now else None),
        "held": review.state == State.HELD,
        "replied": review.answered,
    }
    notify.tell(notices=[_notice(review, event=notify.EDITED, facts=facts, at=now)])


def reply_sent(*, review: Review, reply: Reply, now: datetime) -> None:
    """The author reads the answer at once, also while the review is held: that is when it helps
    (R41, R142).
    """
    if not _has_reader(review):
        return
    facts = {
        "review": str(review.pk),
        "stars": review.stars,
        "reply": reply.text,
        "fixed_in": reply.fixed_in,
        "partner": review.app.partner.name,
        "published": review.state == State.PUBLISHED,
        "publishes_at": _until(review),
    }
    notice = _notice(review, event=notify.REPLY_SENT, facts=facts, at=now, user_id=review.user_id)
    notify.tell(notices=[notice])


def archived(*, reviews: Sequence[Review], now: datetime) -> None:
    """The author learns that the review isn't public, and why (CONTRACT section 5)."""
    notify.tell(
        notices=[
            _notice(
                review,
                event=notify.ARCHIVED,
                facts={"review": str(review.pk), "reason": review.archived_reason},
                at=now,
                user_id=review.user_id,
            )
            for review in reviews
            if _has_reader(review)
        ]
    )


def unsay(*, reviews: Sequence[Review]) -> None:
    """These reviews are gone: what wasn't told of them yet needn't be."""
    notify.unsay(review_ids=[review.pk for review in reviews])


def _notice(
    review: Review,
    *,
    event: str,
    facts: Mapping[str, Any],
    at: datetime,
    user_id: UUID | None = None,
) -> Notice:
    return Notice(
        event=event,
        key=str(review.pk),
        marketplace_id=review.marketplace_id,
        app_id=review.app_id,
        facts=facts,
        at=at,
        user_id=user_id,
    )


def _has_reader(review: Review) -> bool:
    """Is there an author whom we may write to? An imported review notifies nobody."""
    return review.user_id is not None and review.source == Source.AUTHOR


def _public_words(review: Review, words: ReviewVersion, style: NameStyle) -> dict[str, Any]:
    return {
        "review": str(review.pk),
        "title": words.title,
        "text": words.text,
        "pros": words.pros,
        "cons": words.cons,
        "language": words.language,
        "display_name": author_name(review, style),
    }


def _until(review: Review) -> str | None:
    return moment_text(review.publishes_at) if review.state == State.HELD else None
