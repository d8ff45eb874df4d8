"""Reads: what is public of reviews, a page at a time, and what authors see of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet

from arvio.catalog import queries as catalog
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import App, Marketplace, PolicyVersion
from arvio.catalog.queries import Viewer
from arvio.paging import Key, after, moment, read_cursor, whole, write_cursor
from arvio.policy.form import primary_language
from arvio.policy.model import QUALITY_KEYS, NameStyle
from arvio.policy.verdict import Verdict
from arvio.reviews.editing import can_edit
from arvio.reviews.errors import Gone, NotYours
from arvio.reviews.models import AboutAnswer, Review, ReviewVersion, Source
from arvio.reviews.naming import author_name
from arvio.reviews.states import HOLDS_PLACE, State
from arvio.reviews.usage import Usage, usage_of

_ID = Key("id", UUID, down=True)
_PUBLISHED = Key("published_at", moment, down=True)
SORTS: dict[str, tuple[Key, ...]] = {
    "newest": (_PUBLISHED, _ID),
    "oldest": (Key("published_at", moment), Key("id", UUID)),
    "highest": (Key("stars", whole, down=True), _PUBLISHED, _ID),
    "lowest": (Key("stars", whole), _PUBLISHED, _ID),
}


@dataclass(frozen=True)
class Filters:
    stars: Sequence[int] = ()
    language: str = ""
    answered: bool | None = None
    has_text: bool | None = None
    version: str = ""

    @property
    def any(self) -> bool:
        return self != Filters()


@dataclass(frozen=True)
class PublicReply:
    id: UUID
    text: str
    replied_at: datetime
    about_earlier_version: bool
    fixed_in: str = ""


@dataclass(frozen=True)
class PublicReview:
    """All that may be shown of a review; the only shape of it that leaves for public eyes (R70)."""

    id: UUID
    app: str
    stars: int
    title: str
    text: str
    pros: str
    cons: str
    qualities: dict[str, int]
    about: dict[str, str]
    display_name: str
    affiliation: str
    language: str
    app_version: str
    imported: bool
    verified_install: bool
    usage: Usage | None
    submitted_at: datetime
    published_at: datetime | None
    edited_at: datetime | None
    erased: bool
    reply: PublicReply | None


@dataclass(frozen=True)
class Page:
    items: Sequence[PublicReview]
    next: str | None


@dataclass(frozen=True)
class OwnReview:
    """A review as its author sees it: the public view, the state, what waits, what may be done."""

    review: Review
    public: PublicReview
    pending: PublicReview | None
    can_edit: Verdict


def page(
    *,
    app: App,
    version: PolicyVersion,
    now: datetime,
    filters: Filters = Filters(),  # frozen, so one for all is safe
    sort: str = "newest",
    cursor: str | None = None,
    limit: int = 20,
) -> Page:
    """Published reviews of an app, by keyset; two statements, whatever the number.

    Raises InvalidFact, CursorError.
    """
    if sort not in SORTS:
        raise InvalidFact("sort", f"Sort is one of {', '.join(SORTS)}.")
    keys = SORTS[sort]
    rows = with_reply(
        Review.objects.filter(app=app, state=State.PUBLISHED).filter(_matching(filters))
    )
    if cursor:
        rows = rows.filter(
            after(keys, read_cursor(f"reviews-{sort}", cursor, [key.read for key in keys]))
        )
    found = list(rows.order_by(*(key.order for key in keys))[: limit + 1])
    shown = found[:limit]
    about = public_about([review.live_version for review in shown])
    style = version.policy.privacy.display_name
    return Page(
        items=[
            to_public(review, review.live_version, about, app.ref, style, now) for review in shown
        ],
        next=(
            write_cursor(f"reviews-{sort}", [getattr(shown[-1], key.name) for key in keys])
            if len(found) > limit
            else None
        ),
    )


def _matching(filters: Filters) -> Q:
    wanted = Q()
    if filters.stars:
        wanted &= Q(stars__in=list(filters.stars))
    if filters.language:
        wanted &= Q(language=primary_language(filters.language))
    if filters.answered is not None:
        wanted &= Q(answered=filters.answered)
    if filters.has_text is not None:
        wanted &= Q(has_text=filters.has_text)
    if filters.version:
        wanted &= Q(app_version=filters.version)
    return wanted


def with_reply(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """With everything `to_public` needs but the about-you answers, in one statement."""
    return reviews.select_related("live_version", "installation", "user", "account").annotate(
        live_reply=FilteredRelation("replies", condition=Q(replies__state="live")),
        reply_id=F("live_reply__id"),
        reply_text=F("live_reply__text"),
        reply_at=F("live_reply__replied_at"),
        reply_version=F("live_reply__version_number"),
        reply_fixed_in=F("live_reply__fixed_in"),
    )


def public_about(versions: Sequence[ReviewVersion]) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = {}
    rows = AboutAnswer.objects.filter(
        version__in=[version.pk for version in versions], public=True, erased_at=None
    )
    for version, key, value in rows.order_by("key").values_list("version_id", "key", "value"):
        found.setdefault(version, {})[key] = value
    return found


def all_verified(*, app: App) -> bool:
    """Whether each published review is from an installation that the marketplace told of, which
    none from a file is. One statement along an index of the others.
    """
    others = Review.objects.filter(app=app, state=State.PUBLISHED, verified_install=False)
    return not others.exists()


def public_review(
    *, review_id: UUID, now: datetime, marketplace: str = ""
) -> tuple[PublicReview, App]:
    """One published review with its app, of this marketplace if one is named.

    Raises Gone for one that was public and was removed, else NotYours.
    """
    rows = with_reply(Review.objects.filter(pk=review_id)).select_related(
        "live_version", "installation", "user", "account", "app__marketplace", "app__partner"
    )
    found: Any = rows.annotate(
        policy_id=catalog.policy_id(marketplace=OuterRef("marketplace_id"), now=now)
    ).first()
    if found is None:
        raise NotYours
    if marketplace and found.app.marketplace.slug != marketplace:
        raise NotYours
    if found.state == State.REMOVED and found.published_at is not None:
        raise Gone(date=found.removed_at.date().isoformat(), rule=found.removed_rule)
    if found.state != State.PUBLISHED:
        raise NotYours
    style = catalog.policy_version(found.policy_id).policy.privacy.display_name
    about = public_about([found.live_version])
    return to_public(found, found.live_version, about, found.app.ref, style, now), found.app


def for_staff(*, review_id: UUID, marketplace: Marketplace, now: datetime) -> PublicReview:
    """The public view of a review in any state, for the desk. Raises NotYours."""
    rows = with_reply(Review.objects.filter(pk=review_id, marketplace=marketplace))
    found = rows.select_related("live_version", "installation", "user", "account", "app").first()
    if found is None:
        raise NotYours
    policy = catalog.policy_in_force(marketplace=marketplace, now=now).policy
    about = public_about([found.live_version])
    style = policy.privacy.display_name
    return to_public(found, found.live_version, about, found.app.ref, style, now)


def to_public(
    review: Any,
    version: ReviewVersion,
    about: dict[UUID, dict[str, str]],
    app: str,
    style: NameStyle,
    now: datetime,
) -> PublicReview:
    """`review` comes from `with_reply`, so it carries its live reply."""
    reply, imported = None, review.source == Source.IMPORTED
    if getattr(review, "reply_id", None):
        earlier = review.reply_version < version.number
        reply = PublicReply(
            id=review.reply_id,
            text=review.reply_text,
            replied_at=review.reply_at,
            about_earlier_version=earlier,
            fixed_in=review.reply_fixed_in,
        )
    return PublicReview(
        id=review.pk,
        app=app,
        stars=version.stars,
        title=version.title,
        text=version.text,
        pros=version.pros,
        cons=version.cons,
        qualities=_in_order(version.qualities),
        about=about.get(version.pk, {}),
        display_name=author_name(review, style),
        affiliation=version.affiliation,
        language=version.language,
        app_version=review.app_version,
        imported=imported,
        verified_install=review.verified_install,
        # A file says how long an app had been used, and nothing of the time since.
        usage=usage_of(
            review.installation,
            review.submitted_at if imported else now,
            reviewed_at=review.submitted_at,
        ),
        submitted_at=review.submitted_at,
        published_at=review.published_at,
        edited_at=review.edited_at,
        erased=version.erased_at is not None,
        reply=reply,
    )


def mine(
    *, viewer: Viewer, now: datetime, cursor: str | None = None, limit: int = 20
) -> tuple[list[OwnReview], str | None]:
    """The viewer's own reviews, newest first, whatever their state."""
    keys = (Key("submitted_at", moment, down=True), _ID)
    rows = (
        with_reply(Review.objects.filter(user=viewer.user))
        if viewer.user
        else Review.objects.none()
    )
    rows = rows.select_related(
        "live_version",
        "pending_version",
        "installation",
        "user",
        "account",
        "app__partner",
        "policy_version",
    )
    if cursor:
        rows = rows.filter(after(keys, read_cursor("mine", cursor, [key.read for key in keys])))
    found = list(rows.order_by(*(key.order for key in keys))[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return (
        _own(viewer.marketplace, shown, now),
        write_cursor("mine", [getattr(last, key.name) for key in keys]) if last else None,
    )


def own(*, viewer: Viewer, review_id: UUID, now: datetime) -> OwnReview:
    """One own review, as `mine` gives it. Raises NotYours."""
    rows = (
        Review.objects.filter(user=viewer.user, pk=review_id)
        if viewer.user
        else Review.objects.none()
    )
    found = with_reply(rows).select_related(
        "live_version",
        "pending_version",
        "installation",
        "user",
        "account",
        "app__partner",
        "policy_version",
    )
    reviews = _own(viewer.marketplace, list(found), now)
    if not reviews:
        raise NotYours
    return reviews[0]


def own_of_app(*, viewer: Viewer, app: App, now: datetime) -> OwnReview | None:
    """The viewer's standing review of an app; None when there is none or it was removed or
    rejected.
    """
    rows = Review.objects.filter(user=viewer.user, app=app, state__in=sorted(HOLDS_PLACE))
    found = (
        rows.order_by("-submitted_at", "-id").values_list("pk", flat=True).first()
        if viewer.user
        else None
    )
    return own(viewer=viewer, review_id=found, now=now) if found else None


def _own(marketplace: Marketplace, reviews: Sequence[Review], now: datetime) -> list[OwnReview]:
    if not reviews:
        return []
    style = catalog.policy_in_force(marketplace=marketplace, now=now).policy.privacy.display_name
    versions = [review.live_version for review in reviews]
    versions += [review.pending_version for review in reviews if review.pending_version]
    about = public_about(versions)
    return [
        OwnReview(
            review=review,
            public=to_public(review, review.live_version, about, review.app.ref, style, now),
            pending=(
                to_public(review, review.pending_version, about, review.app.ref, style, now)
                if review.pending_version
                else None
            ),
            can_edit=can_edit(review=review, now=now),
        )
        for review in reviews
    ]


def _in_order(qualities: dict[str, int]) -> dict[str, int]:
    """PostgreSQL keeps no order of keys: known dimensions as forms have them, others by name."""
    known = [key for key in QUALITY_KEYS if key in qualities]
    return {key: qualities[key] for key in [*known, *sorted(set(qualities) - set(known))]}
