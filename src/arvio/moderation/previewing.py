"""What a decision would do, before it is made: every notice as it would be sent, and what becomes
of the rating. Nothing is locked and nothing written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from arvio.catalog.models import PolicyVersion
from arvio.catalog.staff import Moderator
from arvio.moderation import rules, telling
from arvio.moderation.deciding import (
    Words,
    case_of,
    check_words,
    new_decision,
    open_appeals,
    standing_of,
)
from arvio.moderation.errors import Declined
from arvio.moderation.models import DecisionDraft
from arvio.moderation.readers import Telling
from arvio.moderation.standing import Standing
from arvio.moderation.states import AGAINST, CaseState
from arvio.ratings.models import RatingSummary
from arvio.reviews.deciding import can_be_restored
from arvio.reviews.models import Reply
from arvio.reviews.states import State


@dataclass(frozen=True)
class RatingEffect:
    """How many reviews count, before and after; below `minimum` the rating is hidden."""

    before: int
    after: int
    minimum: int


@dataclass(frozen=True)
class Preview:
    """`second`: it waits for a second moderator, and the notices with it."""

    words: Words
    outcome: str
    second: bool
    tellings: Sequence[Telling]
    rating: RatingEffect | None


def preview(*, moderator: Moderator, case_id: UUID, words: Words, now: datetime) -> Preview:
    """As `deciding.decide` would do it now. Raises NoSuchCase, Declined, FormError."""
    standing = standing_of(case_of(moderator=moderator, case_id=case_id))
    if standing.case.state == CaseState.PROPOSED:
        raise Declined("waits_for_second")
    return _preview(standing, moderator, words, now)


def preview_proposal(*, moderator: Moderator, draft: DecisionDraft, now: datetime) -> Preview:
    """What follows once a second moderator agrees. Raises NoSuchCase, Declined, FormError."""
    standing = standing_of(case_of(moderator=moderator, case_id=draft.case_id))
    words = Words(draft.action, draft.rule, draft.statement)
    return replace(_preview(standing, moderator, words, now), second=False)


def _preview(standing: Standing, moderator: Moderator, words: Words, now: datetime) -> Preview:
    version, words = check_words(standing, moderator, words, now)
    decision = new_decision(standing, version, words, moderator, None, now)
    decision.outcome = rules.outcome_of(
        action=words.action, done=_would_be_done(standing, words, now)
    )
    decision.item_state = standing.item_state
    appealed = standing.case.state == CaseState.APPEALED
    return Preview(
        words=words,
        outcome=decision.outcome,
        second=rules.needs_second(
            policy=version.policy, action=words.action, against=AGAINST, appealed=appealed
        ),
        tellings=telling.of_decision(
            standing=standing, decision=decision, appeals=open_appeals(standing.case)
        ),
        rating=_rating(standing, decision.outcome, version, now),
    )


def _would_be_done(standing: Standing, words: Words, now: datetime) -> bool:
    """False where something newer stands in the way of a restore."""
    if words.action != "restore":
        return True
    if standing.reply is not None:
        live = Reply.objects.filter(review=standing.review, state=Reply.ReplyState.LIVE)
        return not live.exists()
    return can_be_restored(review=standing.review, now=now)


def _rating(
    standing: Standing, outcome: str, version: PolicyVersion, now: datetime
) -> RatingEffect | None:
    """None where the rating stays as it is."""
    review = standing.review
    if standing.reply is not None:
        return None
    if review.state == State.PUBLISHED and outcome == "removed":
        change = -1
    elif outcome == "restored" and not _held_again(standing, now):
        change = 1
    else:
        return None
    summary = RatingSummary.objects.filter(app=review.app_id).first()
    count = summary.count if summary else 0
    return RatingEffect(count, count + change, version.policy.aggregates.min_reviews)


def _held_again(standing: Standing, now: datetime) -> bool:
    due_at = standing.review.publishes_at
    return standing.review.state == State.REJECTED and due_at is not None and due_at > now
