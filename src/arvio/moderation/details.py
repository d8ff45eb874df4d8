"""Cases with all that a program at the desk is told of them, many at the cost of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from arvio.catalog.staff import Moderator
from arvio.moderation.deciding import case_of
from arvio.moderation.models import Case, Decision, DecisionDraft, Report, Thread
from arvio.moderation.queries import days_left
from arvio.moderation.statements import Statement, rules_of


@dataclass
class CaseDetail:
    """`statement` is of the decision in force; `proposal` waits for a second moderator."""

    case: Case
    days_left: int | None
    reports: list[Report] = field(default_factory=list)
    appeals: list[Thread] = field(default_factory=list)
    statement: Statement | None = None
    proposal: DecisionDraft | None = None


def one(*, moderator: Moderator, case_id: UUID, language: str, now: datetime) -> CaseDetail:
    """Raises NoSuchCase, also for another marketplace's."""
    case = case_of(moderator=moderator, case_id=case_id)
    return of(moderator=moderator, cases=[case], language=language, now=now)[0]


def of(
    *, moderator: Moderator, cases: Sequence[Case], language: str, now: datetime
) -> list[CaseDetail]:
    """At most six statements, whatever the number of cases."""
    found = {case.pk: CaseDetail(case, days_left(case, now)) for case in cases}
    if not found:
        return []
    which = list(found)
    reports = Report.objects.filter(case__in=which, confirmed_at__isnull=False)
    for report in reports.order_by("filed_at", "pk"):
        found[report.case_id].reports.append(report)
    appeals = Thread.objects.filter(decision__case__in=which, kind=Thread.Kind.APPEAL)
    for thread in (
        appeals.select_related("decision").prefetch_related("messages").order_by("opened_at", "pk")
    ):
        if thread.decision is not None:
            found[thread.decision.case_id].appeals.append(thread)
    drafts = DecisionDraft.objects.filter(case__in=which, proposed_at__isnull=False)
    for draft in drafts.select_related("saved_by"):
        found[draft.case_id].proposal = draft
    _add_decisions(moderator, found, language)
    return list(found.values())


def _add_decisions(moderator: Moderator, found: dict[UUID, CaseDetail], language: str) -> None:
    rows = Decision.objects.filter(case__in=list(found)).order_by("case_id", "number")
    decisions = {decision.case_id: decision for decision in rows}
    words = rules_of(
        marketplace=moderator.marketplace, decisions=decisions.values(), language=language
    )
    for case_id, decision in decisions.items():
        rule = words.get((decision.guidelines_number, decision.rule))
        found[case_id].statement = Statement(found[case_id].case, decision, rule)
