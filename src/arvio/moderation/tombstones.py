"""What is left in public of what a moderator removed: the day and the rule, no words, no stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery

from arvio.catalog.models import App
from arvio.moderation.guidelines import RuleWords, version_id, words_in
from arvio.moderation.models import Decision, Item
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.models import Reply, Review
from arvio.reviews.states import State

MOST = 5


@dataclass(frozen=True)
class Tombstone:
    """Of a review, or of the reply to it; `id` is the review's."""

    id: UUID
    removed_at: datetime
    rule: RuleWords


@dataclass(frozen=True)
class Removed:
    """The newest of them, and how many there are in all."""

    items: Sequence[Tombstone]
    count: int


def of_app(*, app: App, language: str) -> Removed:
    """The app's reviews that were public until a moderator removed them; one statement."""
    of_it = Review.objects.filter(app=app)
    count = _public_once(of_it).values("app").annotate(count=Count("pk")).values("count")
    rows: Any = _removed(of_it).annotate(total=Subquery(count))
    found = list(rows.order_by("-removed_at", "-id")[:MOST])
    return Removed([_tombstone(row, language) for row in found], found[0].total if found else 0)


def of_review(*, review_id: UUID, language: str) -> Tombstone | None:
    """None for one that is still there, or that no moderator removed."""
    found = _removed(Review.objects.filter(pk=review_id)).first()
    return _tombstone(found, language) if found else None


def of_replies(*, reviews: Sequence[UUID], language: str) -> dict[UUID, Tombstone]:
    """By the review, for those whose last reply was removed; one statement."""
    if not reviews:
        return {}
    rows = (
        Decision.objects.filter(
            case__review__in=reviews,
            case__item=Item.REPLY,
            case__reply__state=Reply.ReplyState.REMOVED,
            outcome="removed",
        )
        .annotate(version=version_id(), review=F("case__review_id"), reply=F("case__reply_id"))
        .order_by("decided_at", "number")
    )
    since: dict[UUID, datetime] = {}
    found: dict[UUID, Tombstone] = {}
    for row in rows.values("review", "reply", "rule", "version", "decided_at"):
        # A further decision, after an appeal, may name another rule; gone it is since the first.
        at = since.setdefault(row["reply"], row["decided_at"])
        words = words_in(version=row["version"], key=row["rule"], language=language)
        found[row["review"]] = Tombstone(row["review"], at, words)
    return found


def _public_once(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Those that a decision took away."""
    gone = reviews.filter(state=State.REMOVED, published_at__isnull=False)
    return gone.exclude(removed_rule__in=sorted(NOT_DECIDED))


def _removed(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """The same, each with its rule."""
    decided = Decision.objects.filter(
        case__review=OuterRef("pk"), case__item=Item.REVIEW, outcome="removed"
    ).order_by("-decided_at", "-number")
    return (
        _public_once(reviews)
        .annotate(
            decided_rule=Subquery(decided.values("rule")[:1]),
            decided_version=Subquery(decided.annotate(version=version_id()).values("version")[:1]),
        )
        .only("id", "removed_at", "removed_rule")
    )


def _tombstone(row: Any, language: str) -> Tombstone:
    key = row.decided_rule or row.removed_rule
    words = words_in(version=row.decided_version, key=key, language=language)
    return Tombstone(row.pk, row.removed_at, words)
