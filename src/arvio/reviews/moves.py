"""One function moves a review from state to state, with its place, its rating and its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from arvio.audit import actions as audit
from arvio.audit.rules import canonical, words_hash
from arvio.catalog.models import Marketplace
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks.recording import record
from arvio.ratings import actions as ratings
from arvio.reviews import inbox_rows, telling
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.states import HOLDS_PLACE, MOVES, PUBLIC, State

# Kind of due row: somebody may be told of the version that a reply to the review names.
FIXED_IN = "fixed_in"
RETENTION = "retention"
# When nobody waits for the database.
AT_NIGHT = time(2, 30)
MOVED_FIELDS = (
    "state",
    "published_at",
    "archived_reason",
    "removed_at",
    "removed_rule",
)


def lock(*, reviews: QuerySet[Review]) -> list[UUID]:
    """Lock these reviews in the order of their ids, so that no two wait for each other."""
    rows = reviews.select_for_update(of=("self",)).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def lock_reviews(*, reviews: QuerySet[Review]) -> list[Review]:
    """Lock these reviews and read them with all that a move needs.

    Two statements: PostgreSQL re-reads a row that it had to wait for, but not the rows joined to
    it, so a join to a version that was replaced meanwhile would lose the review.
    """
    fresh = Review.objects.filter(pk__in=lock(reviews=reviews)).select_related(
        "marketplace",
        "app__partner",
        "account",
        "user",
        "policy_version",
        "live_version",
        "pending_version",
    )
    return list(fresh.order_by("pk"))


def lock_with_due(*, reviews: QuerySet[Review]) -> list[Review]:
    """As `lock_reviews`, for whoever isn't the worker: what waits for the reviews goes first, as
    the worker takes it first. Whatever may move a review, or schedule or cancel for it, comes here.
    """
    ids = list(reviews.values_list("pk", flat=True))
    due.hold(kinds=("publish", "edit", FIXED_IN), keys=[str(pk) for pk in ids])
    return lock_reviews(reviews=reviews.filter(pk__in=ids))


@dataclass(frozen=True)
class Moved:
    entry: audit.Entry
    change: ratings.Change | None


def change_state(
    *,
    review: Review,
    to: State,
    actor: str,
    at: datetime,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> Moved:
    """Change the review in memory and say what belongs to it. `details` are kept in its history.

    Raises ValueError for a move that isn't in the table.
    """
    start = State(review.state)
    tag = MOVES.get((start, to))
    if tag is None:
        raise ValueError(f"{review.subject} can't go from {start} to {to}")
    before = snapshot(review)
    review.state = to
    review.archived_reason = reason if to == State.ARCHIVED else ""
    review.removed_at, review.removed_rule = None, ""
    if to not in HOLDS_PLACE:
        review.person_place = review.account_place = None
        review.pending_version = None
        review.removed_at, review.removed_rule = at, reason
    if to in PUBLIC and review.published_at is None:
        review.published_at = at
    after = snapshot(review) | ({"reason": reason} if reason else {}) | dict(details or {})
    entry = audit.Entry(
        subject=review.subject,
        tag=tag,
        actor=actor,
        at=at,
        marketplace_id=review.marketplace_id,
        app_id=review.app_id,
        policy_version=review.policy_version.number,
        before=before,
        after=after,
    )
    sign = int(to in PUBLIC) - int(start in PUBLIC)
    return Moved(entry, rating_change(review, review.live_version, sign) if sign else None)


def move(
    *,
    marketplace: Marketplace,
    reviews: Sequence[Review],
    to: State,
    actor: str,
    at: Callable[[Review], datetime],
    reason: Callable[[Review], str] = lambda _: "",
    details: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Move locked reviews (with their live version) in the caller's transaction; for reviews that
    move at one moment and for one reason, the number of statements doesn't grow with theirs.
    """
    if not reviews:
        return
    moved = [
        change_state(
            review=review,
            to=to,
            actor=actor,
            at=at(review),
            reason=reason(review),
            details=details,
        )
        for review in reviews
    ]
    _save(reviews)
    inbox_rows.refresh(reviews=reviews)
    if to in PUBLIC:
        make_effective(versions=[(review.live_version, at(review)) for review in reviews])
    if to not in HOLDS_PLACE:
        keys = [str(review.pk) for review in reviews]
        due.cancel(kind="publish", keys=keys)
        due.cancel(kind="edit", keys=keys)
        telling.unsay(reviews=reviews)
        due.ensure(rows=[next_retention(marketplace_id=marketplace.pk, now=now)])
    ratings.apply(marketplace=marketplace, changes=[m.change for m in moved if m.change], now=now)
    record(entries=[m.entry for m in moved])


def next_retention(*, marketplace_id: UUID, now: datetime) -> Due:
    """The next night's look at what was removed: some of it may have been kept long enough."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    at = datetime.combine(tomorrow, AT_NIGHT, tzinfo=UTC)
    return Due(kind=RETENTION, key=str(marketplace_id), due_at=at)


def _save(reviews: Sequence[Review]) -> None:
    """One UPDATE for all reviews that end with the same values: a batch of the worker is one."""
    alike: dict[tuple[Any, ...], list[UUID]] = defaultdict(list)
    for review in reviews:
        alike[tuple(getattr(review, name) for name in MOVED_FIELDS)].append(review.pk)
    free = {"person_place": None, "account_place": None, "pending_version": None}
    for values, ids in alike.items():
        written = dict(zip(MOVED_FIELDS, values, strict=True))
        if written["state"] not in HOLDS_PLACE:
            written |= free
        for start in range(0, len(ids), 500):
            Review.objects.filter(pk__in=ids[start : start + 500]).update(**written)


def make_effective(*, versions: Sequence[tuple[ReviewVersion, datetime]]) -> None:
    """Say when versions went public, where it isn't said yet: the database allows it once."""
    fresh: dict[datetime, list[UUID]] = defaultdict(list)
    for version, at in versions:
        if version.effective_at is None:
            version.effective_at = at
            fresh[at].append(version.pk)
    for at, ids in fresh.items():
        ReviewVersion.objects.filter(pk__in=ids).update(effective_at=at)


def rating_change(review: Review, version: ReviewVersion, sign: int) -> ratings.Change:
    if review.published_at is None:
        raise ValueError(f"{review.subject} was never published, so it can't count")
    return ratings.Change(
        app_id=review.app_id,
        day=review.published_at.date(),
        stars=version.stars,
        sign=sign,
        qualities=version.qualities,
    )


def snapshot(review: Review) -> dict[str, Any]:
    """What history keeps of a review: state, stars, version numbers. Never words or names."""
    return {
        "state": str(review.state),
        "stars": review.stars,
        "version": review.live_version.number,
        "pending": review.pending_version.number if review.pending_version else None,
    }


def evidence_hash(version: ReviewVersion) -> str:
    """What history keeps of the evidence: enough to compare it, nothing to read (R75)."""
    return words_hash(version.salt, canonical(version.evidence))


def version_facts(version: ReviewVersion) -> dict[str, Any]:
    words = (version.title, version.text, version.pros, version.cons, version.affiliation)
    return {
        "number": version.number,
        "origin": str(version.origin),
        "stars": version.stars,
        "words": words_hash(version.salt, *words),
        "qualities": version.qualities,
    }
