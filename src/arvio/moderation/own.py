"""What moderation has done to an author's reviews, and what the author may answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from arvio.catalog.models import User
from arvio.moderation import rules
from arvio.moderation.guidelines import RuleWords, version_id, words_in
from arvio.moderation.merging import theirs
from arvio.moderation.models import CorrectionRequest, Decision, Item, Thread
from arvio.reviews.correcting import can_correct
from arvio.reviews.models import Review

TOLD = ("removed", "rejected", "restored", "upheld_superseded")


@dataclass(frozen=True)
class Side:
    """`decision` is the one in force, with its `rule` where it rests on one; `correction` is what
    the author asked for last.
    """

    decision: Decision | None = None
    rule: RuleWords | None = None
    appeal: Thread | None = None
    correction: CorrectionRequest | None = None
    may_appeal: bool = False
    may_ask: bool = False


def sides(
    *, user: User | None, reviews: Sequence[Review], language: str, now: datetime
) -> dict[UUID, Side]:
    """By review, for all of them; three statements for any number."""
    if user is None or not reviews:
        return {}
    ids = [review.pk for review in reviews]
    decisions = _decisions(ids)
    appeals = _appeals(user, ids)
    corrections = _corrections(user, ids)
    found = {}
    for review in reviews:
        decision = decisions.get(review.pk)
        appeal = appeals.get(decision.case_id) if decision else None
        correction = corrections.get(review.pk)
        waits = correction is not None and correction.state == CorrectionRequest.State.OPEN
        found[review.pk] = Side(
            decision=decision,
            rule=_rule(decision, language) if decision else None,
            appeal=appeal,
            correction=correction,
            may_appeal=decision is not None and _may_appeal(decision, appeal, now),
            may_ask=not waits and can_correct(review=review, now=now).allowed,
        )
    return found


def _decisions(ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = Decision.objects.filter(
        case__review__in=ids, case__item=Item.REVIEW, outcome__in=TOLD
    ).select_related("case")
    ordered = rows.annotate(version=version_id()).order_by("decided_at", "number")
    return {row.case.review_id: row for row in ordered}


def _appeals(user: User, ids: Sequence[UUID]) -> dict[UUID, Thread]:
    """By the case that they are about."""
    rows = Thread.objects.filter(
        review__in=ids, kind=Thread.Kind.APPEAL, party_key=f"user:{user.pk}"
    ).select_related("decision")
    return {row.decision.case_id: row for row in rows.order_by("opened_at") if row.decision}


def _corrections(user: User, ids: Sequence[UUID]) -> dict[UUID, CorrectionRequest]:
    rows = CorrectionRequest.objects.filter(theirs(user), review__in=ids, party="author")
    return {row.review_id: row for row in rows.order_by("asked_at", "pk")}


def _rule(decision: Any, language: str) -> RuleWords | None:
    if not decision.rule:
        return None
    return words_in(version=decision.version, key=decision.rule, language=language)


def _may_appeal(decision: Decision, appeal: Thread | None, now: datetime) -> bool:
    facts = rules.AppealFacts(
        party="author",
        item=Item.REVIEW,
        outcome=decision.outcome,
        until=decision.appealable_until,
        earlier=1 if appeal else 0,
    )
    return rules.why_not_appeal(facts=facts, now=now) is None
