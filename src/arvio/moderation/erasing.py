"""What moderation forgets of a customer who is erased (R75): their words, and what was said of
theirs. Cases, decisions and outcomes stay as facts without words.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from arvio.catalog.models import User
from arvio.due import actions as due
from arvio.moderation.links import email_key
from arvio.moderation.models import (
    Case,
    CorrectionRequest,
    Decision,
    DecisionDraft,
    Report,
    Thread,
    ThreadMessage,
)
from arvio.moderation.reporting import OVERDUE


def hold(*, user: User) -> None:
    """Lock the cases about the user's reviews before anything else, as whoever decides does: the
    two would wait for each other.
    """
    cases = Case.objects.filter(review__user=user)
    due.hold(kinds=(OVERDUE,), keys=[str(pk) for pk in cases.values_list("pk", flat=True)])
    list(cases.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def forget(*, user: User, actor: str, now: datetime) -> None:
    """In the transaction of the erasure, before the user is gone."""
    reports = Report.objects.filter(Q(user=user) | Q(case__review__user=user))
    _blank(reports, now, "comment", "email")
    _blank(Decision.objects.filter(case__review__user=user), now, "statement", "salt")
    DecisionDraft.objects.filter(case__review__user=user).update(statement="", note="")
    threads = Thread.objects.filter(Q(user=user) | Q(review__user=user))
    _blank(ThreadMessage.objects.filter(thread__in=threads), now, "text")
    asked = CorrectionRequest.objects.filter(Q(user=user) | Q(review__user=user))
    _blank(asked, now, "text", "reason", "answer")


def _blank(rows: QuerySet, now: datetime, *columns: str) -> None:  # type: ignore[type-arg]  # any
    rows.filter(erased_at=None).update(**dict.fromkeys(columns, ""), erased_at=now)


def forget_address(*, email: str, now: datetime) -> int:
    """A visitor who reported asks to be forgotten. Answers how many reports that were."""
    rows = Report.objects.filter(reporter_key=email_key(email), erased_at=None)
    return rows.update(comment="", email="", erased_at=now)
