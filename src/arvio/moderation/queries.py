"""Reads of the desk: the queue by due time, and a case with all that it takes to decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from arvio.catalog.staff import Moderator
from arvio.moderation.models import Case, Decision, Report, Thread
from arvio.moderation.states import WAITING, CaseState
from arvio.paging import Key, moment, page_of
from arvio.policy.working_days import working_days_left

_ID = Key("id", UUID)
BY_DUE = (Key("due_at", moment), _ID)
BY_DECIDED = (Key("decided_at", moment, down=True), Key("id", UUID, down=True))
# The API's states; a proposal still waits.
STATES: dict[str, frozenset[CaseState]] = {
    "open": frozenset({CaseState.OPEN, CaseState.PROPOSED}),
    "decided": frozenset({CaseState.DECIDED}),
    "appealed": frozenset({CaseState.APPEALED}),
    "waiting": WAITING,
}


@dataclass(frozen=True)
class CaseFilters:
    """`state` is a key of STATES. `stars` are those that the review had when the case opened."""

    state: str = "waiting"
    overdue: bool | None = None
    mine: bool = False
    app: str = ""
    item: str = ""
    reason: str = ""
    stars: Sequence[int] = ()


@dataclass(frozen=True)
class QueuedCase:
    """`days_left` are working days by the marketplace's calendar: 0 is today, below it overdue."""

    case: Case
    days_left: int | None


@dataclass(frozen=True)
class CasePage:
    items: Sequence[QueuedCase]
    next: str | None


@dataclass(frozen=True)
class CaseCounts:
    open: int
    overdue: int
    mine: int
    appealed: int


def queue(
    *,
    moderator: Moderator,
    now: datetime,
    filters: CaseFilters = CaseFilters(),  # frozen, so one for all is safe
    cursor: str | None = None,
    limit: int = 20,
) -> CasePage:
    """What is due first comes first, so what is overdue stands in front; decided cases the newest
    first. One statement. Raises CursorError.
    """
    keys = BY_DECIDED if filters.state == "decided" else BY_DUE
    rows = _matching(moderator, filters, now).select_related(
        "app__partner", "assigned_to", "marketplace"
    )
    kind = f"cases-{filters.state}"
    shown, following = page_of(rows, keys, kind=kind, cursor=cursor, limit=limit)
    return CasePage([QueuedCase(case, days_left(case, now)) for case in shown], following)


def _matching(moderator: Moderator, filters: CaseFilters, now: datetime) -> QuerySet[Case]:
    wanted = Q(marketplace=moderator.marketplace, state__in=sorted(STATES[filters.state]))
    if filters.overdue is not None:
        late = Q(due_at__lte=now)
        wanted &= late if filters.overdue else ~late
    if filters.mine:
        wanted &= Q(assigned_to=moderator.person)
    if filters.app:
        wanted &= Q(app__ref=filters.app)
    if filters.item:
        wanted &= Q(item=filters.item)
    if filters.reason:
        wanted &= Q(reason=filters.reason)
    if filters.stars:
        wanted &= Q(stars__in=list(filters.stars))
    return Case.objects.filter(wanted)


def days_left(case: Case, now: datetime) -> int | None:
    """None once it is decided, and before anybody has confirmed a report."""
    if case.due_at is None or case.state not in WAITING:
        return None
    return working_days_left(
        due_at=case.due_at,
        now=now,
        calendar=case.marketplace.calendar,
        time_zone=case.marketplace.time_zone,
    )


def counts(*, moderator: Moderator, now: datetime) -> CaseCounts:
    """The figures of the tabs, along the index of the queue; one statement."""
    rows = Case.objects.filter(marketplace=moderator.marketplace, state__in=sorted(WAITING))
    found: Any = rows.aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lte=now)),
        mine=Count("pk", filter=Q(assigned_to=moderator.person)),
        appealed=Count("pk", filter=Q(state=CaseState.APPEALED)),
    )
    return CaseCounts(**found)


def reports_of(*, case: Case) -> list[Report]:
    """Those that count, the oldest first."""
    rows = Report.objects.select_related("user", "person", "partner")
    return list(rows.filter(case=case, confirmed_at__isnull=False).order_by("filed_at", "pk"))


def decisions_of(*, case: Case) -> list[Decision]:
    rows = Decision.objects.select_related("decided_by", "seconded_by", "marketplace")
    return list(rows.filter(case=case).order_by("number"))


def appeals_of(*, case: Case) -> list[Thread]:
    rows = Thread.objects.select_related("partner", "user").prefetch_related("messages")
    return list(rows.filter(decision__case=case).order_by("opened_at", "pk"))
