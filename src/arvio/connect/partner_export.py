"""A partner's own reviews as a file, for spreadsheets (csv) and for programs (jsonl).

It tells what the partner's inbox shows, so of authors only what is public (R70). Read part by part,
each a page of the inbox: memory doesn't grow with the number of reviews.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from arvio.catalog.members import Member
from arvio.connect.exporting import moment
from arvio.connect.sheets import MARK, written
from arvio.policy.model import QUALITY_KEYS
from arvio.ratings.models import QualitySummary
from arvio.reviews import inbox
from arvio.reviews.inbox import InboxFilters, InboxPage, PartnerReview
from arvio.reviews.queries import PublicReply, PublicReview

Format = Literal["csv", "jsonl"]
CONTENT_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
}
PART = 500
ORDER = "oldest"
BEFORE = (
    "review", "app", "app_name", "state", "publishes_at", "author", "stars", "previous_stars",
    "title", "text", "pros", "cons",
)  # fmt: skip
AFTER = (
    "about", "affiliation", "language", "app_version", "source", "verified_install",
    "usage_months", "installed", "submitted_at", "published_at", "edited_at", "reply",
    "replied_at", "reply_fixed_in", "reply_about_earlier_version", "pending_stars",
    "pending_title", "pending_text", "pending_pros", "pending_cons", "pending_at",
)  # fmt: skip


def export(
    *, member: Member, filters: InboxFilters, format: Format, now: datetime
) -> Iterator[str]:
    """The file in pieces, oldest review first. What is wrong with the filters is raised at once,
    before anything is written: InvalidFact.
    """
    reviews = _reviews(_page(member, filters, None, now), member, filters, now)
    if format == "jsonl":
        return (_line(item) for item in reviews)
    return _sheet(reviews, _dimensions(member))


def file_name(*, member: Member, format: Format, now: datetime) -> str:
    """reviews-fernhollow-2026-11-18.csv; the day is the marketplace's."""
    ref = re.sub(r"[^\w.-]+", "-", member.partner.ref).strip("-.")
    day = now.astimezone(ZoneInfo(member.marketplace.time_zone)).date()
    return f"reviews-{ref}-{day.isoformat()}.{format}"


def _page(member: Member, filters: InboxFilters, cursor: str | None, now: datetime) -> InboxPage:
    return inbox.page(
        member=member, filters=filters, sort=ORDER, cursor=cursor, limit=PART, now=now
    )


def _reviews(
    page: InboxPage, member: Member, filters: InboxFilters, now: datetime
) -> Iterator[PartnerReview]:
    """By the time of submission, which never changes: whatever happens meanwhile, no review comes
    twice and none that stays is left out.
    """
    yield from page.items
    while page.next:
        page = _page(member, filters, page.next, now)
        yield from page.items


def _dimensions(member: Member) -> list[str]:
    """The known dimensions, so that the columns are always the same, and what imports brought."""
    rows = QualitySummary.objects.filter(app__partner=member.partner)
    found = set(rows.values_list("dimension", flat=True).distinct().order_by("dimension"))
    return [*QUALITY_KEYS, *sorted(found - set(QUALITY_KEYS))]


def columns(qualities: Iterable[str]) -> list[str]:
    return [*BEFORE, *(f"quality_{key}" for key in qualities), *AFTER]


def _sheet(reviews: Iterable[PartnerReview], qualities: list[str]) -> Iterator[str]:
    yield MARK + written(columns(qualities))
    for item in reviews:
        yield written(_cells(item, qualities))


def _cells(item: PartnerReview, qualities: list[str]) -> list[Any]:
    """A dimension that wasn't answered is an empty cell; one answered 0 is 0 (R26)."""
    public, pending, reply = item.public, item.pending, item.public.reply
    before = [
        str(public.id),
        public.app,
        item.app.name,
        str(item.state),
        moment(item.publishes_at),
        public.display_name,
        public.stars,
        item.previous_stars,
        *_words(public),
    ]
    after = [
        "; ".join(f"{key}: {value}" for key, value in public.about.items()),
        public.affiliation,
        public.language,
        public.app_version,
        _source(public),
        _yes(public.verified_install),
        public.usage.months if public.usage else None,
        _yes(public.usage.installed) if public.usage else None,
        moment(public.submitted_at),
        moment(public.published_at),
        moment(public.edited_at),
        *(_reply_cells(reply) if reply else [None] * 4),
        *([pending.stars, *_words(pending)] if pending else [None] * 5),
        moment(item.pending_at),
    ]
    return [*before, *(public.qualities.get(key) for key in qualities), *after]


def _words(public: PublicReview) -> list[str]:
    return [public.title, public.text, public.pros, public.cons]


def _reply_cells(reply: PublicReply) -> list[Any]:
    return [
        reply.text,
        moment(reply.replied_at),
        reply.fixed_in,
        _yes(reply.about_earlier_version),
    ]


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _source(public: PublicReview) -> str:
    return "imported" if public.imported else "author"


def _line(item: PartnerReview) -> str:
    return json.dumps(_facts(item), ensure_ascii=False, separators=(",", ":")) + "\n"


def _facts(item: PartnerReview) -> dict[str, Any]:
    """The names are those of `GET /partner/reviews`, without what may be done now."""
    public, pending, reply = item.public, item.pending, item.public.reply
    return {
        "id": str(public.id),
        "app": public.app,
        "app_name": item.app.name,
        "state": str(item.state),
        "publishes_at": moment(item.publishes_at),
        "stars": public.stars,
        "previous_stars": item.previous_stars,
        "title": public.title,
        "text": public.text,
        "pros": public.pros,
        "cons": public.cons,
        "qualities": public.qualities,
        "about": public.about,
        "author": {"display_name": public.display_name},
        "affiliation": public.affiliation or None,
        "language": public.language,
        "app_version": public.app_version,
        "source": _source(public),
        "verified_install": public.verified_install,
        "usage": public.usage
        and {"months": public.usage.months, "installed": public.usage.installed},
        "submitted_at": moment(public.submitted_at),
        "published_at": moment(public.published_at),
        "edited_at": moment(public.edited_at),
        "reply": reply
        and {
            "id": str(reply.id),
            "text": reply.text,
            "replied_at": moment(reply.replied_at),
            "about_earlier_version": reply.about_earlier_version,
            "fixed_in": reply.fixed_in or None,
        },
        "pending": pending
        and {
            "stars": pending.stars,
            "title": pending.title,
            "text": pending.text,
            "pros": pending.pros,
            "cons": pending.cons,
            "due_at": moment(item.pending_at),
        },
    }
