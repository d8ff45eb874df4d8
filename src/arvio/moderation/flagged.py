"""What screening has found, as the desk asks for it: the one place that knows the other room.

Until screening is connected, nothing is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from arvio.catalog.staff import Moderator
from arvio.moderation.models import Case


@dataclass(frozen=True)
class Highlight:
    """Words of a review that something was found in: `field` from `start` until before `end`."""

    field: str
    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Found:
    """One flag in words; `open` until somebody has said how it ended."""

    label: str
    evidence: str
    excerpt: str = ""
    open: bool = True


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
    return FlaggedPage([], None)


def waiting_count(*, moderator: Moderator) -> int:
    return 0


def found_in(*, review_id: UUID) -> tuple[list[Found], list[Highlight]]:
    """All flags of a review, settled ones too, and where in its words they are."""
    return [], []


def flags_of_case(*, case: Case) -> list[Highlight]:
    return found_in(review_id=case.review_id)[1]


def dismiss(*, moderator: Moderator, review_id: UUID, now: datetime) -> None:
    """A moderator has looked and found nothing. Raises NoSuchItem."""


def similar_to(*, review_id: UUID) -> list[UUID]:
    """Reviews whose words are nearly the same."""
    return []
