"""A report as its reporter may follow it: by the private link, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arvio.catalog.models import Marketplace
from arvio.moderation import appealing, links
from arvio.moderation.errors import NoSuchCase
from arvio.moderation.models import Case, Decision, Report, Thread
from arvio.moderation.states import CaseState
from arvio.policy.working_days import working_days_left


@dataclass(frozen=True)
class Status:
    """`decisions` are those that this reporter is told of: the first, and what changed it, or what
    answered their appeal. `due_at` and `days_left` are set while they wait for an answer.
    """

    report: Report
    case: Case
    decisions: Sequence[Decision]
    appeal: Thread | None
    may_appeal: bool
    due_at: datetime | None
    days_left: int | None


def report_of(*, token: str, marketplace: Marketplace) -> Report:
    """Raises NoSuchCase for what isn't there, was never confirmed in time or was erased."""
    report_id = links.read_token(token=token)
    rows = Report.objects.select_related(
        "case__marketplace", "case__app__partner", "case__review__live_version", "case__reply",
        "marketplace", "user",
    )  # fmt: skip
    known = rows.filter(marketplace=marketplace, erased_at=None)
    found = known.filter(pk=report_id).first() if report_id else None
    if found is None:
        raise NoSuchCase
    return found


def case_number(*, token: str, marketplace: Marketplace) -> str:
    """The number alone, for a link that gives no right. Raises NoSuchCase."""
    case_id = links.read_case_token(token=token)
    rows = Case.objects.filter(marketplace=marketplace).values_list("number", flat=True)
    number = rows.filter(pk=case_id).first() if case_id else None
    if number is None:
        raise NoSuchCase
    return str(number)


def status_of(*, report: Report, now: datetime) -> Status:
    case = report.case
    appeals = Thread.objects.select_related("decision").filter(
        review=case.review_id, kind=Thread.Kind.APPEAL, party_key=f"report:{report.pk}"
    )
    appeal = appeals.first()
    decisions = _told(case, appeal)
    due_at = _due_at(case, appeal)
    return Status(
        report=report,
        case=case,
        decisions=decisions,
        appeal=appeal,
        may_appeal=bool(decisions) and _may_appeal(report, now),
        due_at=due_at,
        days_left=_days_left(case, due_at, now) if due_at else None,
    )


def _days_left(case: Case, due_at: datetime, now: datetime) -> int:
    place = case.marketplace
    return working_days_left(
        due_at=due_at, now=now, calendar=place.calendar, time_zone=place.time_zone
    )


def _told(case: Case, appeal: Thread | None) -> list[Decision]:
    rows = Decision.objects.select_related("marketplace").filter(case=case).order_by("number")
    told: list[Decision] = []
    outcome = ""
    for decision in rows:
        answers = appeal is not None and appeal.closed_at == decision.decided_at
        if decision.outcome != outcome or answers:
            told.append(decision)
        outcome = decision.outcome
    return told


def _due_at(case: Case, appeal: Thread | None) -> datetime | None:
    """An appeal of somebody else's is no wait of this reporter's."""
    if case.state in (CaseState.OPEN, CaseState.PROPOSED):
        return case.due_at
    if appeal is not None and appeal.state == Thread.State.OPEN:
        return appeal.due_at
    return None


def _may_appeal(report: Report, now: datetime) -> bool:
    try:
        case, appellant = appealing.as_reporter(report=report)
    except NoSuchCase:
        return False
    return appealing.can_appeal(case=case, appellant=appellant, now=now) is None
