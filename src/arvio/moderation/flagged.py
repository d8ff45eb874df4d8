"""What screening has found, as the desk asks for it: the one place that knows that room's rows.

No machine decides: a flag hides nothing, and a moderator says how it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from arvio.catalog.staff import Moderator
from arvio.moderation.errors import NoSuchItem
from arvio.moderation.models import Decision
from arvio.moderation.states import AGAINST
from arvio.reviews.models import Review
from arvio.screening import actions as screening
from arvio.screening import queries as flags
from arvio.screening.explain import explain_flag
from arvio.screening.models import Flag

LABELS = {
    "denied_words": lambda: _("Denied words"),
    "links": lambda: _("Links"),
    "emails": lambda: _("E-mail addresses"),
    "phones": lambda: _("Phone numbers"),
    "cards": lambda: _("Card numbers"),
    "duplicates": lambda: _("Similar texts"),
    "bursts": lambda: _("Many at once"),
    "partner_domains": lambda: _("A partner’s domain"),
    "new_account": lambda: _("New account"),
}


@dataclass(frozen=True)
class Highlight:
    """Words of a review that something was found in: `field` from `start` until before `end`."""

    field: str
    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Found:
    """One flag in words; `open` until somebody has said how it ended. `similar` is the review whose
    words are nearly the same.
    """

    label: str
    evidence: str
    excerpt: str = ""
    open: bool = True
    similar: str = ""


@dataclass(frozen=True)
class Flagged:
    """A review with flags that nobody has looked at, since the first of them."""

    review_id: UUID
    since_at: datetime
    found: Sequence[Found]


@dataclass(frozen=True)
class FlaggedPage:
    items: Sequence[Flagged]
    next: str | None


def waiting(*, moderator: Moderator, cursor: str | None = None) -> FlaggedPage:
    """Those that wait longest first. Raises CursorError."""
    page = flags.waiting(marketplace=moderator.marketplace, cursor=cursor, limit=20)
    return FlaggedPage(
        [Flagged(one.review_id, one.since_at, _worded(one.flags)) for one in page.items], page.next
    )


def waiting_count(*, moderator: Moderator) -> int:
    return flags.waiting_count(marketplace=moderator.marketplace)


def found_in(*, review: Review) -> tuple[list[Found], list[Highlight]]:
    """All flags of a review, settled ones too, and where in its live words they are; one
    statement.
    """
    rows = flags.flags_of(review_ids=[review.pk]).get(review.pk, [])
    number = review.live_version.number
    marks = [
        Highlight(flag.field, flag.start, flag.end, LABELS[flag.kind]())
        for flag in rows
        if flag.version_number == number and flag.end > flag.start
    ]
    return _worded(rows), marks


def _worded(rows: Iterable[Flag]) -> list[Found]:
    return [
        Found(
            label=LABELS[flag.kind](),
            evidence=explain_flag(flag),
            excerpt=flag.excerpt,
            open=flag.is_open,
            similar=str(flag.values.get("review", "")) if flag.kind == "duplicates" else "",
        )
        for flag in rows
    ]


def dismiss(*, moderator: Moderator, review_id: UUID, now: datetime) -> None:
    """A moderator has looked and found nothing. What was settled before stays as it was.

    Raises NoSuchItem, also for another marketplace's.
    """
    if not Review.objects.filter(pk=review_id, marketplace=moderator.marketplace).exists():
        raise NoSuchItem
    screening.settle(review_id=review_id, outcome="dismissed", by=moderator.actor, now=now)


def settle(*, decision: Decision, by: str, now: datetime) -> None:
    """What screening had pointed to was right, or it wasn't: its record is shown by stars."""
    screening.settle(
        review_id=decision.case.review_id,
        outcome="upheld" if decision.action in AGAINST else "dismissed",
        by=by,
        now=now,
    )


def was_flagged(*, review_id: UUID) -> bool:
    """Did a machine point to it first? No machine decides (DSA Art. 17)."""
    return any(flags.flags_of(review_ids=[review_id]).values())
