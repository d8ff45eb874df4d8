"""An appeal against a decision: within the window, once a party, decided by another moderator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from arvio.catalog import queries as catalog
from arvio.catalog.members import Member
from arvio.catalog.models import Partner, User
from arvio.catalog.queries import Viewer
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.moderation import rules, telling, threads
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.history import write
from arvio.moderation.models import Case, Decision, Report, Thread
from arvio.moderation.reporting import OVERDUE
from arvio.moderation.states import CASE_MOVES, CaseState
from arvio.people.models import Person
from arvio.policy.working_days import due_at
from arvio.reviews.errors import RightMissing


@dataclass(frozen=True)
class Appellant:
    """Who appeals, as a party of the case."""

    party: Thread.Party
    key: str
    actor: str
    reported: bool = False
    user: User | None = None
    person: Person | None = None
    partner: Partner | None = None
    report: Report | None = None


def as_author(*, viewer: Viewer, case_id: UUID) -> tuple[Case, Appellant]:
    """The viewer as the author of the review that was decided about. Raises NoSuchCase."""
    case = _case(case_id)
    if viewer.user is None or case.review.user_id != viewer.user.pk:
        raise NoSuchCase
    key = f"user:{viewer.user.pk}"
    return case, Appellant(Thread.Party.AUTHOR, key, viewer.actor, user=viewer.user)


def as_partner(*, member: Member, case_id: UUID) -> tuple[Case, Appellant]:
    """The member's partner, whose app it is. Raises RightMissing, NoSuchCase."""
    if not member.may("reply"):
        raise RightMissing
    case = _case(case_id)
    if case.app.partner_id != member.partner.pk:
        raise NoSuchCase
    reported = Report.objects.filter(
        case=case, partner=member.partner, confirmed_at__isnull=False
    ).exists()
    return case, Appellant(
        Thread.Party.PARTNER,
        f"partner:{member.partner.pk}",
        member.actor,
        reported=reported,
        person=member.person,
        partner=member.partner,
    )


def as_reporter(*, report: Report) -> tuple[Case, Appellant]:
    """Whoever holds the private link of a report. Raises NoSuchCase."""
    if report.confirmed_at is None or report.erased_at is not None:
        raise NoSuchCase
    case = _case(report.case_id)
    return case, Appellant(
        Thread.Party.REPORTER,
        f"report:{report.pk}",
        "visitor" if report.user is None else f"user:{report.user.pk}",
        reported=True,
        user=report.user,
        report=report,
    )


def _case(case_id: UUID) -> Case:
    rows = Case.objects.select_related("marketplace", "app__partner", "review")
    found = rows.filter(pk=case_id, decided_at__isnull=False).first()
    if found is None:
        raise NoSuchCase
    return found


def decision_in_force(case: Case) -> Decision:
    """The last one. Raises NoSuchCase where there is none."""
    found = Decision.objects.filter(case=case).order_by("-number").first()
    if found is None:
        raise NoSuchCase
    return found


def can_appeal(*, case: Case, appellant: Appellant, now: datetime) -> str | None:
    """None for yes, or the code of the refusal (`rules.why_not_appeal`)."""
    decision = decision_in_force(case)
    earlier = Thread.objects.filter(
        kind=Thread.Kind.APPEAL, decision__case=case, party_key=appellant.key
    )
    return rules.why_not_appeal(
        facts=rules.AppealFacts(
            party=str(appellant.party),
            item=str(case.item),
            outcome=decision.outcome,
            until=decision.appealable_until,
            earlier=earlier.count(),
            reported=appellant.reported,
        ),
        now=now,
    )


@transaction.atomic
def appeal(*, case: Case, appellant: Appellant, text: str, now: datetime) -> Thread:
    """The case is open again, with a clock of its own, for whoever didn't decide it.

    Raises NoSuchCase, Declined, FormError.
    """
    words = rules.clean_note(text, field="text")
    locked = Case.objects.select_for_update(of=("self",)).filter(pk=case.pk)
    case.state = locked.get().state
    if refusal := can_appeal(case=case, appellant=appellant, now=now):
        raise Declined(refusal)
    decision = decision_in_force(case)
    place = case.marketplace
    answer_by = due_at(
        filed_at=now,
        days=catalog.policy_in_force(marketplace=place, now=now).policy.reports.business_days,
        calendar=place.calendar,
        time_zone=place.time_zone,
    )
    thread = threads.open_thread(
        review=case.review,
        kind=Thread.Kind.APPEAL,
        party=appellant.party,
        party_key=appellant.key,
        about_id=decision.pk,
        text=words,
        person=appellant.person,
        due_at=answer_by,
        now=now,
        user=appellant.user,
        partner=appellant.partner,
        report=appellant.report,
        decision=decision,
    )
    _reopen(case, answer_by, thread, appellant, now)
    telling.appeal_received(thread=thread, case=case, now=now)
    return thread


def _reopen(
    case: Case, answer_by: datetime, thread: Thread, appellant: Appellant, now: datetime
) -> None:
    fields: dict[str, Any] = {"state": CASE_MOVES[CaseState(case.state), "appeal"]}
    if case.state == CaseState.DECIDED:
        # Whoever had it has decided it: an appeal is somebody else's. The first one's clock counts.
        fields |= {"due_at": answer_by, "assigned_to": None}
        due.schedule(
            rows=[Due(kind=OVERDUE, key=str(case.pk), app_id=case.app_id, due_at=answer_by)]
        )
    for name, value in fields.items():
        setattr(case, name, value)
    case.save(update_fields=list(fields))
    after = {"by": str(appellant.party), "thread": str(thread.pk)}
    write(case, "case:appealed", appellant.actor, now, after)
