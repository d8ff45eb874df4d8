"""What a moderator has to know around a review or a case, each in a constant number of statements.

Unlike what the public and partners see, this is told with the account, and whatever its state is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from arvio.catalog import queries as catalog
from arvio.catalog.models import Ban
from arvio.catalog.staff import Moderator
from arvio.moderation.errors import NoSuchItem
from arvio.moderation.models import Case, Report, Thread
from arvio.moderation.standing import Standing
from arvio.moderation.states import CaseState
from arvio.reviews.models import Reply, Review, ReviewVersion, Source
from arvio.reviews.queries import PublicReview, public_about, to_public, with_reply
from arvio.reviews.states import HOLDS_PLACE, State

MOST_LISTED = 10
UPHELD = ("removed", "rejected")


@dataclass(frozen=True)
class Looked:
    """A review of the marketplace, whatever its state, and as the public would see it."""

    review: Review
    public: PublicReview
    pending: PublicReview | None


@dataclass(frozen=True)
class Record:
    """What a reporter's earlier reports came to."""

    reports: int
    upheld: int


@dataclass(frozen=True)
class Around:
    """`others` and `cases` are the newest of many, `others_count` counts all. `account_limit` is
    None where a policy sets none. `app_cases` counts decided cases of the app by outcome.
    """

    others: Sequence[Review]
    others_count: int
    others_removed: int
    account_reviews: int
    account_limit: int | None
    cases: Sequence[Case]
    app_cases: Mapping[str, int]
    bans: Sequence[Ban]
    disputes: Sequence[Thread]


def look(*, moderator: Moderator, review_id: UUID, now: datetime) -> Looked:
    """Raises NoSuchItem, also for another marketplace's."""
    rows = with_reply(
        Review.objects.filter(pk=review_id, marketplace=moderator.marketplace)
    ).select_related(
        "live_version", "pending_version", "installation", "user", "account", "app__partner",
        "marketplace", "policy_version",
    )  # fmt: skip
    review: Any = rows.first()
    if review is None:
        raise NoSuchItem
    policy = catalog.policy_in_force(marketplace=moderator.marketplace, now=now).policy
    versions = [one for one in (review.live_version, review.pending_version) if one]
    about = public_about(versions)
    style = policy.privacy.display_name
    shown = [to_public(review, one, about, review.app.ref, style, now) for one in versions]
    return Looked(review, shown[0], shown[1] if len(shown) > 1 else None)


def standing(*, case: Case, looked: Looked) -> Standing:
    """As `deciding.standing_of`, of a review that was read already."""
    reply = Reply.objects.filter(pk=case.reply_id).first() if case.reply_id else None
    return Standing(case, looked.review, reply)


def around(*, review: Review, case: Case | None, now: datetime) -> Around:
    others, counted = _others(review)
    policy = catalog.policy_in_force(marketplace=review.marketplace, now=now).policy
    beside = Review.objects.filter(app=review.app_id, account=review.account_id)
    return Around(
        others=others,
        others_count=counted["all"],
        others_removed=counted["removed"],
        account_reviews=beside.filter(state__in=sorted(HOLDS_PLACE)).count(),
        account_limit=policy.limits.per_account,
        cases=_cases(review, case),
        app_cases=_app_cases(review, case),
        bans=_bans(review),
        disputes=list(
            Thread.objects.filter(review=review, kind=Thread.Kind.DISPUTE).order_by("-last_at")
        ),
    )


def _others(review: Review) -> tuple[list[Review], Mapping[str, int]]:
    """The author's, of any app; an imported review's author is nobody we know."""
    if review.user_id is None or review.source == Source.IMPORTED:
        return [], {"all": 0, "removed": 0}
    rows = Review.objects.filter(user=review.user_id).exclude(pk=review.pk)
    gone = Q(state__in=[State.REMOVED, State.REJECTED]) & ~Q(removed_rule="withdrawn")
    counted = rows.aggregate(all=Count("pk"), removed=Count("pk", filter=gone))
    newest = rows.select_related("app").order_by("-submitted_at", "-pk")
    return list(newest[:MOST_LISTED]), counted


def _cases(review: Review, case: Case | None) -> list[Case]:
    """Of this review, its replies, and its author's other reviews; the newest first."""
    about = Q(review=review)
    if review.user_id:
        about = Q(review__in=Review.objects.filter(user=review.user_id))
    rows = Case.objects.select_related("app").filter(about, opened_at__isnull=False)
    if case is not None:
        rows = rows.exclude(pk=case.pk)
    return list(rows.order_by("-opened_at", "-pk")[:MOST_LISTED])


def _app_cases(review: Review, case: Case | None) -> dict[str, int]:
    rows = Case.objects.filter(app=review.app_id, state=CaseState.DECIDED)
    if case is not None:
        rows = rows.exclude(pk=case.pk)
    return dict(rows.values_list("outcome").annotate(n=Count("pk")).order_by("outcome"))


def _bans(review: Review) -> list[Ban]:
    whom = Q(user=None)
    if review.user_id:
        whom |= Q(user=review.user_id)
    return list(Ban.objects.filter(whom, account=review.account_id).order_by("-since_at", "-pk"))


def records(*, reports: Sequence[Report]) -> dict[str, Record]:
    """By reporter, of all their reports in the marketplace; one statement for any number."""
    if not reports:
        return {}
    rows = Report.objects.filter(
        marketplace=reports[0].marketplace_id,
        reporter_key__in=sorted({report.reporter_key for report in reports}),
        confirmed_at__isnull=False,
    )
    counted = rows.values_list("reporter_key").annotate(
        n=Count("pk"), upheld=Count("pk", filter=Q(case__outcome__in=UPHELD))
    )
    return {key: Record(n, upheld) for key, n, upheld in counted}


def versions_of(*, review: Review) -> list[ReviewVersion]:
    """All of them, the newest first."""
    return list(ReviewVersion.objects.filter(review=review).order_by("-number"))


def open_case_of(*, review: Review) -> Case | None:
    """Somebody has spoken of the review already and waits."""
    waiting = [CaseState.OPEN, CaseState.PROPOSED, CaseState.APPEALED]
    rows = Case.objects.filter(review=review, state__in=waiting)
    return rows.order_by("due_at", "pk").first()
