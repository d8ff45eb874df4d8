from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from arvio.catalog.models import Marketplace
from arvio.paging import Key, moment, page_of
from arvio.screening.models import Flag, Outcome, Seen

STAR_CLASSES = {"low": (1, 2), "middle": (3,), "high": (4, 5)}
CURSOR = "flags"
KEYS = (Key("found_at", moment), Key("id", UUID))
OPEN = Q(taken_at=None, settled_at=None)


@dataclass(frozen=True)
class Waiting:
    """A review with flags that nobody has looked at, since the first of them."""

    review_id: UUID
    app_id: UUID
    since_at: datetime
    flags: Sequence[Flag]


@dataclass(frozen=True)
class Page:
    items: Sequence[Waiting]
    next: str | None


@dataclass
class Rates:
    """What was screened with these stars, and what came of it.

    `screened` and `flagged` count versions of reviews, `flags` by kind and the rest count flags.
    """

    screened: int = 0
    flagged: int = 0
    flags: dict[str, int] = field(default_factory=dict)
    open: int = 0
    dismissed: int = 0
    upheld: int = 0

    @property
    def flag_rate(self) -> float | None:
        """The share of versions with a flag; None where nothing was screened."""
        return self.flagged / self.screened if self.screened else None

    @property
    def upheld_rate(self) -> float | None:
        """The share of settled flags that were right; None where none is settled."""
        settled = self.dismissed + self.upheld
        return self.upheld / settled if settled else None


def flags_of(*, review_ids: Sequence[UUID]) -> dict[UUID, list[Flag]]:
    """All flags of these reviews, settled ones too, oldest first; one statement."""
    found: dict[UUID, list[Flag]] = defaultdict(list)
    rows = Flag.objects.filter(review_id__in=review_ids)
    for flag in rows.order_by("review_id", "found_at", "id"):
        found[flag.review_id].append(flag)
    return dict(found)


def waiting(*, marketplace: Marketplace, cursor: str | None = None, limit: int = 50) -> Page:
    """Reviews with open flags, those that wait longest first; two statements.

    A review stands where its first open flag does. Raises CursorError.
    """
    rows = _first_open(marketplace)
    shown, following = page_of(rows, KEYS, kind=CURSOR, cursor=cursor, limit=limit)
    flags = flags_of(review_ids=[first.review_id for first in shown])
    items = [
        Waiting(
            review_id=first.review_id,
            app_id=first.app_id,
            since_at=first.found_at,
            flags=[flag for flag in flags[first.review_id] if flag.is_open],
        )
        for first in shown
    ]
    return Page(items, following)


def waiting_count(*, marketplace: Marketplace) -> int:
    return _first_open(marketplace).count()


def _first_open(marketplace: Marketplace) -> QuerySet[Flag]:
    before = Q(found_at__lt=OuterRef("found_at"))
    before |= Q(found_at=OuterRef("found_at"), pk__lt=OuterRef("pk"))
    earlier = Flag.objects.filter(OPEN, before, review_id=OuterRef("review_id"))
    return Flag.objects.filter(OPEN, marketplace=marketplace).exclude(Exists(earlier))


def rates(*, marketplace: Marketplace, since: datetime, until: datetime) -> dict[str, Rates]:
    """Flags and their outcomes for few and for many stars, side by side (`STAR_CLASSES`).

    Of versions submitted from `since` until before `until`. Three statements.
    """
    classes = {stars: name for name, members in STAR_CLASSES.items() for stars in members}
    found = {name: Rates() for name in STAR_CLASSES}
    seen = Seen.objects.filter(marketplace=marketplace, seen_at__gte=since, seen_at__lt=until)
    for stars, n in seen.values_list("stars").annotate(n=Count("pk")):
        found[classes[stars]].screened += n
    flags = Flag.objects.filter(marketplace=marketplace, found_at__gte=since, found_at__lt=until)
    versions = flags.values("stars", "review_id", "version_number").distinct()
    for row in versions:
        found[classes[row["stars"]]].flagged += 1
    for stars, kind, outcome, n in flags.values_list("stars", "kind", "outcome").annotate(
        n=Count("pk")
    ):
        rate = found[classes[stars]]
        rate.flags[kind] = rate.flags.get(kind, 0) + n
        match outcome:
            case Outcome.DISMISSED:
                rate.dismissed += n
            case Outcome.UPHELD:
                rate.upheld += n
            case _:
                rate.open += n
    return found
