"""What moderation holds about one customer, for access by law (R75): their reports, appeals and
requests, and the decisions about their reviews. Nobody else is named.
"""

from __future__ import annotations

from typing import Any

from arvio.catalog.models import User
from arvio.moderation.merging import theirs
from arvio.moderation.models import CorrectionRequest, Decision, Report, Thread
from arvio.policy.verdict import moment_text

Document = dict[str, Any]


def reports(user: User) -> list[Document]:
    rows = Report.objects.select_related("case").filter(theirs(user))
    return [
        {
            "case": row.case.number,
            "reason": row.reason,
            "comment": row.comment,
            "filed_at": moment_text(row.filed_at),
        }
        for row in rows.order_by("filed_at", "pk")
    ]


def decisions(user: User) -> list[Document]:
    rows = Decision.objects.select_related("case").filter(case__review__user=user)
    return [
        {
            "case": row.case.number,
            "review": str(row.case.review_id),
            "about": str(row.case.item),
            "outcome": row.outcome,
            "rule": row.rule or None,
            "statement": row.statement if row.case.reply_id is None else None,
            "decided_at": moment_text(row.decided_at),
        }
        for row in rows.order_by("decided_at", "pk")
    ]


def appeals(user: User) -> list[Document]:
    rows = Thread.objects.filter(user=user).prefetch_related("messages")
    return [
        {
            "review": str(row.review_id),
            "state": row.state,
            "outcome": row.outcome or None,
            "messages": [
                {"by": one.party, "text": one.text, "sent_at": moment_text(one.sent_at)}
                for one in sorted(row.messages.all(), key=lambda one: one.number)
            ],
        }
        for row in rows.order_by("opened_at", "pk")
    ]


def corrections(user: User) -> list[Document]:
    rows = CorrectionRequest.objects.filter(theirs(user))
    return [
        {
            "review": str(row.review_id),
            "text": row.text,
            "reason": row.reason,
            "state": row.state,
            "answer": row.answer,
            "asked_at": moment_text(row.asked_at),
        }
        for row in rows.order_by("asked_at", "pk")
    ]


PARTS = {
    "reports": reports,
    "decisions": decisions,
    "appeals": appeals,
    "corrections": corrections,
}
