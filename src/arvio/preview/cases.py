"""Reports, cases, decisions and bans: what keeps its term, and how the last would have fared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from arvio.catalog import bans
from arvio.catalog.appeals import appeal_problem
from arvio.catalog.models import Ban, BanAppeal
from arvio.moderation.models import Case, Decision, Report
from arvio.moderation.rules import ReportFacts, needs_second, why_not_report
from arvio.moderation.states import AGAINST, CaseState
from arvio.paging import Key, moment
from arvio.policy.model import Policy
from arvio.policy.working_days import due_at
from arvio.preview.shapes import LONG, Change, Found, Item, Place, Step, along, place_of

KEEP, LATE, IN_TIME = "cases_keep", "case_late", "case_in_time"
CODES = (KEEP, LATE, IN_TIME)
REPORT = "report_refused"
SECOND, ALONE = "decision_second", "decision_alone"
CLOSED, OPENED = "ban_appeal_closed", "ban_appeal_opened"
REPORT_CODES, DECISION_CODES, BAN_CODES = (REPORT,), (SECOND, ALONE), (CLOSED, OPENED)
UNDECIDED = (CaseState.OPEN, CaseState.PROPOSED)
OPENED_ORDER = (Key("opened_at", moment), Key("id", UUID))
CONFIRMED_ORDER = (Key("confirmed_at", moment), Key("id", UUID))
DECIDED_ORDER = (Key("decided_at", moment), Key("id", UUID))


def touched(change: Change) -> bool:
    return change.old.reports.business_days != change.new.reports.business_days


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """Open cases and those opened in the last ninety days; a statement for each batch."""
    rows = Case.objects.filter(
        Q(opened_at__gte=change.now - LONG) | Q(state__in=UNDECIDED),
        marketplace=change.marketplace,
        opened_at__isnull=False,
    )

    def look(batch: Sequence[Case]) -> Iterator[Found]:
        for case in batch:
            yield from _case(change, case, case.opened_at or case.created_at)

    return along(rows.select_related("app"), OPENED_ORDER, start, look)


def _case(change: Change, case: Case, opened: datetime) -> Iterator[Found]:
    place = place_of(case, OPENED_ORDER)

    def item(old: datetime | None, new: datetime | None) -> Item:
        return Item("case", case.number, str(case.pk), old, new, case.app.name, place)

    if case.state in UNDECIDED:
        yield Found(KEEP, item(case.due_at, case.due_at))
    old, new = (_due(change, policy, opened) for policy in (change.old, change.new))
    ended = case.decided_at or change.now
    if opened >= change.now - LONG and (ended > old) != (ended > new):
        yield Found(LATE if ended > new else IN_TIME, item(old, new))


def _due(change: Change, policy: Policy, opened: datetime) -> datetime:
    place = change.marketplace
    return due_at(
        filed_at=opened,
        days=policy.reports.business_days,
        calendar=place.calendar,
        time_zone=place.time_zone,
    )


def reports_touched(change: Change) -> bool:
    old, new = change.old.reports, change.new.reports
    return (old.who, old.reasons) != (new.who, new.reasons)


def reports_walk(change: Change, start: Place | None) -> Iterator[Step]:
    """Reports of the last ninety days that counted; a statement for each batch."""
    rows = Report.objects.filter(
        marketplace=change.marketplace, confirmed_at__gte=change.now - LONG
    )

    def look(batch: Sequence[Report]) -> Iterator[Found]:
        for report in batch:
            old, new = (_refused(policy, report) for policy in (change.old, change.new))
            if new and not old:
                case, place = report.case, place_of(report, CONFIRMED_ORDER)
                said = report.reason
                item = Item("report", case.number, str(case.pk), said, new, report.app.name, place)
                yield Found(REPORT, item)

    return along(rows.select_related("case", "app"), CONFIRMED_ORDER, start, look)


def _refused(policy: Policy, report: Report) -> list[str]:
    facts = ReportFacts(signed_in=report.party != Report.Party.VISITOR, public=True, own=False)
    why = why_not_report(policy=policy, facts=facts)
    reason = [] if report.reason in policy.reports.reasons else ["reason"]
    return [*([why] if why else []), *reason]


def decisions_touched(change: Change) -> bool:
    return change.old.moderation.four_eyes != change.new.moderation.four_eyes


def decisions_walk(change: Change, start: Place | None) -> Iterator[Step]:
    """First decisions of the last ninety days; a statement for each batch."""
    rows = Decision.objects.filter(
        marketplace=change.marketplace, decided_at__gte=change.now - LONG, number=1
    )

    def look(batch: Sequence[Decision]) -> Iterator[Found]:
        for one in batch:
            old, new = (
                needs_second(policy=policy, action=one.action, against=AGAINST, appealed=False)
                for policy in (change.old, change.new)
            )
            if old != new:
                case, place = one.case, place_of(one, DECIDED_ORDER)
                said = (one.action, one.decided_at)
                item = Item("decision", case.number, str(case.pk), *said, one.app.name, place)
                yield Found(SECOND if new else ALONE, item)

    return along(rows.select_related("case", "app"), DECIDED_ORDER, start, look)


def bans_touched(change: Change) -> bool:
    return change.old.moderation.appeal_window != change.new.moderation.appeal_window


def bans_walk(change: Change, start: Place | None) -> Iterator[Step]:
    """Bans that are in force at the change, all at once; two statements."""
    rows = bans.in_force(Ban.objects.filter(marketplace=change.marketplace), change.at)
    found = list(rows.select_related("account", "user").order_by("since_at", "id"))
    outcomes: dict[UUID, list[str]] = defaultdict(list)
    for ban, outcome in BanAppeal.objects.filter(marketplace=change.marketplace).values_list(
        "ban_id", "outcome"
    ):
        outcomes[ban].append(outcome)
    for row in found:
        old, new = (
            appeal_problem(
                since_at=row.since_at,
                in_force=True,
                outcomes=outcomes[row.pk],
                window=policy.moderation.appeal_window,
                now=change.at,
            )
            is None
            for policy in (change.old, change.new)
        )
        if old != new:
            whom = (row.user.name or row.user.ref) if row.user else row.account.name
            item = Item("ban", whom, str(row.pk), row.since_at, None, row.account.name)
            yield Found(OPENED if new else CLOSED, item)


def open_windows(change: Change) -> int:
    """Decisions that may still be appealed against, and keep the term that they were told with."""
    rows = Decision.objects.filter(
        marketplace=change.marketplace,
        appealable_until__gt=change.now,
        case__state=CaseState.DECIDED,
    )
    return rows.count()
