"""What the worker does to reviews: publications, edits whose time has come, the archive.

Each function serves a batch of due rows in the worker's transaction and may be repeated: a review
that isn't in the state it expects is left alone, so a row served twice does nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from arvio.audit import actions as audit
from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.queries import Asker
from arvio.notify.webhooks.recording import record
from arvio.people.models import Person
from arvio.policy.eligibility import check_publication
from arvio.policy.verdict import Verdict
from arvio.ratings import actions as ratings
from arvio.reviews import inbox_rows, telling
from arvio.reviews.models import Review, ReviewVersion, Source
from arvio.reviews.moves import (
    lock_reviews,
    make_effective,
    move,
    rating_change,
    snapshot,
    version_facts,
)
from arvio.reviews.rows import version_search_text
from arvio.reviews.states import State


def publish_due(*, review_ids: Sequence[UUID], now: datetime) -> None:
    """Publish held reviews after a second look (R15, R40); those that fail it go to the archive.

    Idempotent (R47).
    """
    found = lock_reviews(reviews=Review.objects.filter(pk__in=review_ids, state=State.HELD))
    for marketplace, reviews in by_marketplace(found):
        publish_reviews(marketplace=marketplace, reviews=reviews, now=now)


def publish_reviews(
    *, marketplace: Marketplace, reviews: Sequence[Review], now: datetime, on_time: bool = False
) -> None:
    """`on_time` publishes each review at its own due time: for histories made afterwards,
    which tell nobody.
    """
    verdicts = recheck(marketplace=marketplace, reviews=reviews, now=now)

    def at(review: Review) -> datetime:
        return (review.publishes_at or now) if on_time else now

    fit = [review for review in reviews if verdicts[review.pk].allowed]
    unfit = [review for review in reviews if not verdicts[review.pk].allowed]
    move(marketplace=marketplace, reviews=fit, to=State.PUBLISHED, actor="policy", at=at, now=now)
    move(
        marketplace=marketplace,
        reviews=unfit,
        to=State.ARCHIVED,
        actor="policy",
        at=at,
        reason=lambda review: verdicts[review.pk].failed[0].code,
        now=now,
    )
    if not on_time:
        telling.archived(reviews=unfit, now=now)


def recheck(
    *, marketplace: Marketplace, reviews: Sequence[Review], now: datetime
) -> dict[UUID, Verdict]:
    """What `publication.recheck` of each review's own policy asks.

    Three statements for any number of reviews.
    """
    askers = [
        Asker(
            app=review.app,
            account=review.account,
            user=review.user,
            email=review.user.email if review.user else "",
            affiliation=review.live_version.affiliation,
        )
        for review in reviews
    ]
    known = catalog.facts(marketplace=marketplace, askers=askers, now=now)
    return {
        review.pk: check_publication(
            policy=review.policy_version.policy,
            facts=item.facts,
            now=now,
            policy_version=review.policy_version.number,
        )
        for review, item in zip(reviews, known, strict=True)
    }


def apply_due_edits(*, review_ids: Sequence[UUID], now: datetime) -> None:
    """Make pending versions live whose time has come."""
    waiting = Review.objects.filter(pk__in=review_ids, pending_version__isnull=False)
    locked = lock_reviews(reviews=waiting)
    ripe = [row for row in locked if row.pending_version and row.pending_version.due_at <= now]
    for marketplace, reviews in by_marketplace(ripe):
        apply_edits(marketplace=marketplace, reviews=reviews, actor="policy", now=now)


def apply_edits(
    *, marketplace: Marketplace, reviews: Sequence[Review], actor: str, now: datetime
) -> None:
    """The pending version becomes the live one; rating and history change with it.

    In the caller's transaction.
    """
    entries: list[audit.Entry] = []
    changes: list[ratings.Change] = []
    public: list[tuple[ReviewVersion, datetime]] = []
    for review in reviews:
        pending = review.pending_version
        if pending is None:
            continue
        before = snapshot(review)
        counts = review.state == State.PUBLISHED
        if counts:
            changes += [
                rating_change(review, review.live_version, -1),
                rating_change(review, pending, 1),
            ]
        review.live_version, review.pending_version = pending, None
        review.stars, review.language, review.has_text = (
            pending.stars,
            pending.language,
            bool(pending.text),
        )
        review.search_text = version_search_text(pending)
        if review.published_at is not None:
            review.edited_at = now
        if counts:
            public.append((pending, now))
        entries.append(
            audit.Entry(
                subject=review.subject,
                tag="review:edit_applied",
                actor=actor,
                at=now,
                marketplace_id=marketplace.pk,
                app_id=review.app_id,
                policy_version=review.policy_version.number,
                before=before,
                after=snapshot(review) | {"words": version_facts(pending)},
            )
        )
    fields = [
        "live_version",
        "pending_version",
        "stars",
        "language",
        "has_text",
        "search_text",
        "edited_at",
    ]
    Review.objects.bulk_update(reviews, fields, batch_size=200)
    inbox_rows.refresh(reviews=reviews)
    make_effective(versions=public)
    ratings.apply(marketplace=marketplace, changes=changes, now=now)
    record(entries=entries)


def check_archive(*, keys: Iterable[str], now: datetime) -> None:
    """Something changed about users, accounts or partners: look again at their reviews.

    Archives what may no longer be public and brings back what may.
    """
    for key in keys:
        kind, _, rest = key.partition(":")
        reviews = _concerned(kind, UUID(rest.partition(":")[0]))
        if reviews is None:
            continue
        found = reviews.filter(state__in=[State.PUBLISHED, State.ARCHIVED], source=Source.AUTHOR)
        for marketplace, part in by_marketplace(lock_reviews(reviews=found)):
            _archive_or_bring_back(marketplace, part, now)


def _concerned(kind: str, pk: UUID) -> QuerySet[Review] | None:
    if kind == "user":
        return Review.objects.filter(user_id=pk)
    if kind == "account":
        return Review.objects.filter(account_id=pk)
    partner = Partner.objects.filter(pk=pk).first() if kind == "partner" else None
    if partner is None:
        return None
    members = Person.objects.filter(roles__place_id=partner.pk).values("email")
    concerned = Q(user__email__in=members)
    # Who left the partner is no member now: look again at all that was archived for such a tie.
    concerned |= Q(state=State.ARCHIVED, archived_reason="affiliated")
    for domain in partner.domains:
        own = Q(user__email__endswith=f"@{domain}") | Q(user__email__endswith=f".{domain}")
        concerned |= Q(app__partner=partner) & own
    return Review.objects.filter(concerned, marketplace_id=partner.marketplace_id)


def _archive_or_bring_back(
    marketplace: Marketplace, reviews: Sequence[Review], now: datetime
) -> None:
    verdicts = recheck(marketplace=marketplace, reviews=reviews, now=now)
    unfit = [r for r in reviews if r.state == State.PUBLISHED and not verdicts[r.pk].allowed]
    # Of an erased user nothing is known that could end the reason, so their review stays archived.
    fit = [
        review
        for review in reviews
        if review.state == State.ARCHIVED
        and verdicts[review.pk].allowed
        and not (review.user and review.user.erased_at)
    ]
    move(
        marketplace=marketplace,
        reviews=unfit,
        to=State.ARCHIVED,
        actor="policy",
        at=lambda _: now,
        reason=lambda review: verdicts[review.pk].failed[0].code,
        now=now,
    )
    telling.archived(reviews=unfit, now=now)
    move(
        marketplace=marketplace,
        reviews=fit,
        to=State.PUBLISHED,
        actor="policy",
        at=lambda _: now,
        now=now,
    )


def by_marketplace(reviews: Iterable[Review]) -> list[tuple[Marketplace, list[Review]]]:
    """In the order of the marketplaces, so that two workers never wait for each other."""
    marketplaces: dict[UUID, Marketplace] = {}
    groups: dict[UUID, list[Review]] = defaultdict(list)
    for review in reviews:
        marketplaces[review.marketplace_id] = review.marketplace
        groups[review.marketplace_id].append(review)
    return [(marketplaces[pk], groups[pk]) for pk in sorted(groups)]
