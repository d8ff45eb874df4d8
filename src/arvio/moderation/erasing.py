"""What moderation forgets of a customer who is erased (R75): their words, and what was said of
theirs. Cases, decisions and outcomes stay as facts without words.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from arvio.catalog.models import User
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.moderation.links import email_key
from arvio.moderation.merging import theirs
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
from arvio.notify import actions as notify
from arvio.reviews.models import Review


def hold(*, user: User) -> None:
    """Lock the cases about the user's reviews before anything else, as whoever decides does: the
    two would wait for each other.
    """
    hold_cases(cases=Case.objects.filter(review__user=user))


def hold_cases(*, cases: QuerySet[Case]) -> None:
    due.hold(kinds=(OVERDUE,), keys=[str(pk) for pk in cases.values_list("pk", flat=True)])
    list(cases.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def forget(*, user: User, actor: str, now: datetime) -> None:
    """In the transaction of the erasure, before the user is gone."""
    _blank(Report.objects.filter(theirs(user)), now, "comment", "email")
    _blank(CorrectionRequest.objects.filter(theirs(user)), now, "text", "reason", "answer")
    threads = Thread.objects.filter(user=user)
    _blank(ThreadMessage.objects.filter(thread__in=threads), now, "text")
    reported = Report.objects.filter(theirs(user)).values("case")
    _forget_answers(Case.objects.filter(pk__in=reported), threads, now)
    forget_about(reviews=Review.objects.filter(user=user).values("pk"), now=now)


def forget_about(*, reviews: Collection[UUID] | QuerySet[Any, Any], now: datetime) -> None:
    """The words that anybody said of these reviews, and of the replies to them."""
    cases = Case.objects.filter(review__in=reviews)
    _blank(Report.objects.filter(case__in=cases), now, "comment", "email")
    _blank(Decision.objects.filter(case__in=cases), now, "statement", "salt")
    DecisionDraft.objects.filter(case__in=cases).update(statement="", note="")
    threads = Thread.objects.filter(review__in=reviews)
    _blank(ThreadMessage.objects.filter(thread__in=threads), now, "text")
    asked = CorrectionRequest.objects.filter(review__in=reviews)
    _blank(asked, now, "text", "reason", "answer")
    _forget_answers(cases, threads, now)


def _blank(rows: QuerySet, now: datetime, *columns: str) -> None:  # type: ignore[type-arg]  # any
    rows.filter(erased_at=None).update(**dict.fromkeys(columns, ""), erased_at=now)


def _forget_answers(cases: QuerySet[Case], threads: QuerySet[Thread], now: datetime) -> None:
    """What programs were answered is kept for a repeated request: the worker forgets it."""
    found = {case.subject for case in cases} | {thread.subject for thread in threads}
    due.schedule(rows=[Due(kind="forget_answers", key=key, due_at=now) for key in sorted(found)])


@transaction.atomic
def forget_address(*, email: str, now: datetime) -> int:
    """A visitor who reported asks to be forgotten: their comments, their appeals, the mails to
    them. Answers how many reports that were.
    """
    reports = Report.objects.filter(reporter_key=email_key(email))
    found = list(reports.values_list("pk", "marketplace_id", "erased_at"))
    ids = [pk for pk, _, _ in found]
    threads = Thread.objects.filter(report__in=ids)
    _blank(ThreadMessage.objects.filter(thread__in=threads), now, "text")
    _forget_answers(Case.objects.filter(reports__in=ids), threads, now)
    _blank(reports, now, "comment", "email")
    for marketplace_id in {place for _, place, _ in found}:
        notify.forget_address(email=email.strip(), marketplace_id=marketplace_id)
    return sum(erased_at is None for _, _, erased_at in found)
