"""What a partner reads: its apps' reviews by urgency, one of them, and how many wait (R65).

Every read takes the member, so nobody can ask for another partner's. Of authors it gives what is
public, and no more (R70). Removed and rejected reviews are not in the list; what a moderator has
decided against opens by its address, so that the partner can appeal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from arvio.catalog import queries as catalog
from arvio.catalog.errors import InvalidFact
from arvio.catalog.members import Member
from arvio.catalog.models import App
from arvio.catalog.rules import search_text
from arvio.paging import Key, after, moment, read_cursor, whole, write_cursor
from arvio.people.models import Person, Role
from arvio.policy.form import primary_language
from arvio.policy.model import NameStyle
from arvio.policy.verdict import Verdict
from arvio.ratings import queries as ratings
from arvio.reviews.correcting import can_correct
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.errors import NotYourApp
from arvio.reviews.inbox_rows import WAITS
from arvio.reviews.models import InboxItem, Reply, ReplyDraft, Review, ReviewVersion, Source
from arvio.reviews.queries import PublicReview, public_about, to_public, with_reply
from arvio.reviews.replying import can_reply
from arvio.reviews.states import State

SHOWN = (State.HELD, State.PUBLISHED, State.ARCHIVED)
DECIDED = (State.REJECTED, State.REMOVED)
# What went by these rules may hurt somebody: its words are not even for whoever knew them.
WORDLESS = frozenset({"personal_data", "illegal"})
_ID = Key("review_id", UUID, down=True)
_NEWEST = Key("submitted_at", moment, down=True)
SORTS: dict[str, tuple[Key, ...]] = {
    "urgent": (Key("rank", whole), Key("review_id", UUID)),
    "newest": (_NEWEST, _ID),
    "oldest": (Key("submitted_at", moment), Key("review_id", UUID)),
    "highest": (Key("stars", whole, down=True), _NEWEST, _ID),
    "lowest": (Key("stars", whole), _NEWEST, _ID),
}


@dataclass(frozen=True)
class InboxFilters:
    """`app` is a reference; `since` and `until` are days in the marketplace's time zone, both
    included.
    """

    app: str = ""
    stars: Sequence[int] = ()
    answered: bool | None = None
    states: Sequence[str] = ()
    language: str = ""
    has_text: bool | None = None
    q: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def any(self) -> bool:
        return self != InboxFilters()


@dataclass(frozen=True)
class PartnerReview:
    """The public view of a review, and what only its partner sees.

    `previous_stars` are those before the last edit that took effect, None without one; `pending`
    is an edit that waits until `pending_at`. `reply` of the public view is the live one, also
    while the review is held. `wordless` is one that a moderator took away by a rule that leaves
    nothing but the stars.
    """

    public: PublicReview
    state: State
    publishes_at: datetime | None
    previous_stars: int | None
    pending: PublicReview | None
    pending_at: datetime | None
    can_reply: Verdict
    can_correct: Verdict
    app: App
    draft: str = ""
    draft_fixed_in: str = ""
    wordless: bool = False

    @property
    def waiting(self) -> bool:
        return self.public.reply is None and self.state in WAITS


@dataclass(frozen=True)
class InboxPage:
    items: Sequence[PartnerReview]
    next: str | None


@dataclass(frozen=True)
class Counts:
    """How many reviews wait for a reply, how many for their publication, and how many there are."""

    unanswered: int
    held: int
    total: int


def unanswered(*, partner_id: UUID) -> int:
    """Held and published reviews without a reply; one read of an index of nothing else (R65)."""
    return InboxItem.objects.filter(partner_id=partner_id, waiting=True).count()


def counts(*, member: Member) -> Counts:
    """The figures on the inbox's tabs: of what is published the ratings know the number, the rest
    is counted along its index.
    """
    partner_id = member.partner.pk
    rows = InboxItem.objects.filter(partner_id=partner_id)
    few = rows.filter(state__in=[State.HELD, State.ARCHIVED]).aggregate(
        held=Count("pk", filter=Q(state=State.HELD)), total=Count("pk")
    )
    return Counts(
        unanswered=unanswered(partner_id=partner_id),
        held=few["held"],
        total=few["total"] + ratings.published_of(partner_id=partner_id),
    )


def page(
    *,
    member: Member,
    now: datetime,
    filters: InboxFilters = InboxFilters(),  # frozen, so one for all is safe
    sort: str = "urgent",
    cursor: str | None = None,
    limit: int = 20,
) -> InboxPage:
    """A page of the partner's reviews; at most five statements, whatever the number.

    Raises InvalidFact, CursorError.
    """
    if sort not in SORTS:
        raise InvalidFact("sort", f"Sort is one of {', '.join(SORTS)}.")
    keys = SORTS[sort]
    rows = _matching(member, filters)
    if cursor:
        values = read_cursor(f"inbox-{sort}", cursor, [key.read for key in keys])
        rows = rows.filter(after(keys, values))
    # The narrow rows alone decide the order; the reviews are fetched by their keys.
    found = list(rows.order_by(*(key.order for key in keys))[: limit + 1])
    shown = found[:limit]
    ids = [item.review_id for item in shown]
    reviews = {review.pk: review for review in _reviews(member).filter(pk__in=ids)}
    items = _to_partner(member, [reviews[pk] for pk in ids if pk in reviews], now)
    more = len(found) > limit
    return InboxPage(
        items=items,
        next=(
            write_cursor(f"inbox-{sort}", [getattr(shown[-1], key.name) for key in keys])
            if more
            else None
        ),
    )


def one(*, member: Member, review_id: UUID, now: datetime, decided: bool = False) -> PartnerReview:
    """One review with the draft of its reply; also one that a moderator took away, if `decided`.

    Raises NotYourApp for another partner's review, for one that is gone and for none at all.
    """
    reviews = list(_reviews(member, decided=decided).filter(pk=review_id))
    if not reviews:
        raise NotYourApp
    found = _to_partner(member, reviews, now)[0]
    drafts = ReplyDraft.objects.filter(review_id=review_id).values_list("text", "fixed_in")
    text, fixed_in = drafts.first() or ("", "")
    return replace(found, draft=text, draft_fixed_in=fixed_in)


def apps(*, member: Member) -> list[App]:
    """The partner's apps by name, retired ones too: their reviews are still there."""
    return list(App.objects.filter(partner=member.partner).order_by("name", "pk"))


def partner_of(*, review_id: UUID, person: Person) -> UUID | None:
    """Whose review it is, for a link in a mail; None for whoever isn't a member of that partner.

    One statement, whether the review is there or not: what it costs tells nobody either.
    """
    places = Role.objects.filter(person=person, kind__in=Role.MEMBER_KINDS).values("place_id")
    mine = Review.objects.filter(pk=review_id, app__partner__in=places)
    found: UUID | None = mine.values_list("app__partner_id", flat=True).first()
    return found


def _reviews(member: Member, *, decided: bool = False) -> QuerySet[Review]:
    """The partner's reviews by its apps as they are now, with all that a partner sees of them."""
    wanted = Q(state__in=SHOWN)
    if decided:
        wanted |= Q(state__in=DECIDED) & ~Q(removed_rule__in=sorted(NOT_DECIDED))
    mine = Review.objects.filter(wanted, app__partner=member.partner)
    removed = Reply.objects.filter(review=OuterRef("pk"), state=Reply.ReplyState.REMOVED)
    return (
        with_reply(mine)
        .select_related(
            "live_version",
            "pending_version",
            "installation",
            "user",
            "account",
            "app",
            "policy_version",
        )
        .annotate(reply_removed=Exists(removed))
    )


def _matching(member: Member, filters: InboxFilters) -> QuerySet[InboxItem]:
    states = list(filters.states) or list(SHOWN)
    if unknown := sorted(set(states) - set(SHOWN)):
        raise InvalidFact("state", f"{unknown[0]!r} is none of {', '.join(SHOWN)}.")
    rows = InboxItem.objects.filter(partner=member.partner, state__in=states)
    if filters.app:
        rows = rows.filter(app=_app(member, filters.app))
    if filters.stars:
        rows = rows.filter(stars__in=list(filters.stars))
    if filters.answered is False:
        # What waits for an answer: nobody can answer an archived review.
        rows = rows.filter(waiting=True)
    elif filters.answered:
        rows = rows.filter(answered=True)
    if filters.language:
        rows = rows.filter(language=primary_language(filters.language))
    if filters.has_text is not None:
        rows = rows.filter(has_text=filters.has_text)
    if words := search_text(filters.q):
        rows = rows.filter(review__search_text__contains=words)
    return _dated(member, rows, filters)


def _dated(member: Member, rows: QuerySet[InboxItem], filters: InboxFilters) -> QuerySet[InboxItem]:
    zone = ZoneInfo(member.marketplace.time_zone)
    if filters.since and filters.since.year > 1:  # earlier, a zone may lead out of the calendar
        rows = rows.filter(submitted_at__gte=datetime.combine(filters.since, time(), zone))
    if filters.until and filters.until < date.max:
        end = datetime.combine(filters.until + timedelta(days=1), time(), zone)
        rows = rows.filter(submitted_at__lt=end)
    return rows


def _app(member: Member, ref: str) -> App:
    found = App.objects.filter(partner=member.partner, ref=ref).first()
    if found is None:
        raise InvalidFact("app", f"{ref!r} is none of your apps.")
    return found


def _to_partner(member: Member, reviews: Sequence[Any], now: datetime) -> list[PartnerReview]:
    if not reviews:
        return []
    in_force = catalog.policy_in_force(marketplace=member.marketplace, now=now)
    style = in_force.policy.privacy.display_name
    about = public_about(
        [version for review in reviews for version in _versions(review)],
    )
    before = _previous_stars(reviews)
    return [
        PartnerReview(
            public=_public(review, about, style, now),
            state=State(review.state),
            publishes_at=review.publishes_at if review.state == State.HELD else None,
            previous_stars=before.get(review.pk),
            pending=(
                to_public(review, review.pending_version, about, review.app.ref, style, now)
                if review.pending_version
                else None
            ),
            pending_at=review.pending_version.due_at if review.pending_version else None,
            can_reply=can_reply(review=review, states=_reply_states(review), now=now),
            can_correct=can_correct(review=review, now=now),
            app=review.app,
            wordless=_is_wordless(review),
        )
        for review in reviews
    ]


def _public(
    review: Any, about: dict[UUID, dict[str, str]], style: NameStyle, now: datetime
) -> PublicReview:
    shown = to_public(review, review.live_version, about, review.app.ref, style, now)
    if not _is_wordless(review):
        return shown
    return replace(shown, title="", text="", pros="", cons="", about={}, affiliation="", reply=None)


def _is_wordless(review: Any) -> bool:
    erased = review.live_version.erased_at is not None
    return review.state in DECIDED and (erased or review.removed_rule in WORDLESS)


def _versions(review: Any) -> Iterable[ReviewVersion]:
    return [version for version in (review.live_version, review.pending_version) if version]


def _reply_states(review: Any) -> list[str]:
    live = [Reply.ReplyState.LIVE] if review.reply_id else []
    return [*live, *([Reply.ReplyState.REMOVED] if review.reply_removed else [])]


def _previous_stars(reviews: Sequence[Any]) -> dict[UUID, int]:
    """Of the version that the live one replaced; an edit that another replaced never counted."""
    edited = {r.pk: r for r in reviews if r.live_version.number > 1 and r.source == Source.AUTHOR}
    found: dict[UUID, int] = {}
    if not edited:
        return found
    rows = ReviewVersion.objects.filter(review__in=list(edited)).order_by("review_id", "number")
    for version in rows.only("review_id", "number", "stars", "effective_at"):
        review = edited[version.review_id]
        older = version.number < review.live_version.number
        if older and (version.effective_at or review.published_at is None):
            found[review.pk] = version.stars
    return found
