"""From what moderation answers to the shapes of CONTRACT 3. Of reporters nothing leaves but what
they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from arvio.moderation import links
from arvio.moderation.deciding import print_of
from arvio.moderation.details import CaseDetail
from arvio.moderation.models import (
    Case,
    CorrectionRequest,
    DecisionDraft,
    Report,
    Thread,
    ThreadMessage,
)
from arvio.moderation.parties import Party
from arvio.moderation.statements import Statement
from arvio.moderation.states import AGAINST, CaseState
from arvio.policy.verdict import moment_text

# What a proposal waits for is the second moderator's business: the case is open.
STATES = {CaseState.PROPOSED: "open"}


def moment(at: datetime) -> str:
    return moment_text(at) or ""


def reported(report: Report) -> dict[str, Any]:
    """A visitor is told where the case stands; the link that confirms goes to the address alone."""
    case, slug = report.case, report.marketplace.slug
    if report.party == Party.MODERATOR:
        url = links.desk_url(case_id=case.pk)
    elif report.party == Party.VISITOR:
        url = links.case_url(marketplace=slug, case_id=case.pk)
    else:
        url = links.status_url(marketplace=slug, report_id=report.pk)
    return {"case": case.number, "status_url": url}


def case(facts: CaseDetail) -> dict[str, Any]:
    found = facts.case
    return {
        "id": str(found.pk),
        "number": found.number,
        "state": STATES.get(CaseState(found.state), str(found.state)),
        "item": item(found),
        "review": str(found.review_id),
        "app": found.app.ref,
        "reason": found.reason,
        "stars": found.stars,
        "reports": [_report(one) for one in facts.reports],
        "opened_at": moment_text(found.opened_at),
        "due_at": moment_text(found.due_at),
        "working_days_left": facts.days_left,
        "assigned_to": found.assigned_to.email if found.assigned_to else None,
        "decision": decision(facts.statement) if facts.statement else None,
        "proposal": _proposal(facts.proposal) if facts.proposal else None,
        "appeals": [_appeal(one) for one in facts.appeals],
    }


def item(found: Case) -> dict[str, str]:
    return {"kind": str(found.item), "id": str(found.item_id)}


def _report(found: Report) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "party": str(found.party),
        "reason": found.reason,
        "comment": found.comment,
        "filed_at": moment(found.filed_at),
    }


def decision(facts: Statement) -> dict[str, Any]:
    made = facts.decision
    against = made.action in AGAINST
    return {
        "id": str(made.pk),
        "action": made.action,
        "outcome": made.outcome,
        **_rule(facts),
        "guidelines_version": made.guidelines_number,
        "ground": made.ground if against else None,
        "statement": made.statement,
        "automated_detection": made.automated_detection,
        "automated_decision": False,
        "territory": "worldwide" if against else None,
        "duration": "until_restored" if against else None,
        "redress": {
            "appeal_until": moment(made.appealable_until),
            "ways": ["appeal", "out_of_court", "court"],
        },
        "decided_at": moment(made.decided_at),
    }


def _rule(facts: Statement) -> dict[str, str | None]:
    rule = facts.rule
    return {
        "rule": rule.key if rule else None,
        "rule_code": (rule.code or None) if rule else None,
        "rule_title": rule.title if rule else None,
    }


def _proposal(found: DecisionDraft) -> dict[str, Any]:
    return {
        "action": found.action,
        "rule": found.rule or None,
        "statement": found.statement,
        "by": found.saved_by.email,
        "proposed_at": moment_text(found.proposed_at),
        "print": print_of(found),
    }


def _appeal(found: Thread) -> dict[str, Any]:
    words = min(found.messages.all(), key=lambda one: one.number, default=None)
    return {
        "id": str(found.pk),
        "party": str(found.party),
        "text": words.text if words else "",
        "state": str(found.state),
        "outcome": found.outcome or None,
        "opened_at": moment(found.opened_at),
        "due_at": moment_text(found.due_at),
    }


def own_decision(facts: Statement) -> dict[str, Any]:
    made = facts.decision
    return {
        "case": str(facts.case.pk),
        "number": facts.case.number,
        "outcome": made.outcome,
        **_rule(facts),
        "statement": made.statement,
        "decided_at": moment(made.decided_at),
        "appeal_until": moment(made.appealable_until),
        "can_appeal": facts.can_appeal,
    }


def partner_decision(facts: Statement) -> dict[str, Any]:
    """The statement about a review is for its author, and may quote what nobody else may read."""
    found = facts.case
    about_reply = found.reply_id is not None
    return {
        **own_decision(facts),
        "item": item(found),
        "statement": facts.decision.statement if about_reply else None,
    }


def correction_request(found: CorrectionRequest) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "review": str(found.review_id),
        "state": str(found.state),
        "text": found.text,
        "reason": found.reason,
        "asked_at": moment(found.asked_at),
    }


def appealed(thread: Thread, about: Case) -> dict[str, Any]:
    return {
        "id": str(thread.pk),
        "case": str(about.pk),
        "number": about.number,
        "state": str(thread.state),
        "opened_at": moment(thread.opened_at),
        "due_at": moment_text(thread.due_at),
    }


def dispute(found: Thread) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "review": str(found.review_id),
        "app": found.app.ref,
        "partner": found.partner.ref if found.partner else "",
        "state": str(found.state),
        "outcome": found.outcome or None,
        "opened_at": moment(found.opened_at),
        "last_at": moment(found.last_at),
        "last_party": found.last_party,
        "messages": found.message_count,
        "closed_at": moment_text(found.closed_at),
    }


def message(found: ThreadMessage) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "number": found.number,
        "party": found.party,
        "text": found.text,
        "sent_at": moment(found.sent_at),
    }
