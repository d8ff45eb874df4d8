"""Whoever meets at a case at the same moment: each is served, in some order, and nobody waits for
somebody who waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from arvio.connect.erasing import erase_everywhere
from arvio.moderation import deciding, reporting
from arvio.moderation.deciding import Words
from arvio.moderation.errors import Declined, NoSuchItem
from arvio.moderation.models import Case, Decision, Report
from arvio.notify.models import Message
from arvio.policy.form import FormError
from arvio.reviews.models import ReviewVersion
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import stage
from tests.moderation.desk import WHY, Desk, desk_of, target
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 8


def unexpected(answers: list[Any], *refusals: type[Exception]) -> list[BaseException]:
    found = [one for one in answers if isinstance(one, BaseException)]
    return [one for one in found if not isinstance(one, refusals)]


def filed(at: Desk, number: int) -> Report:
    return reporting.file_report(
        target=target(at.stage.published()),
        reporter=at.reporter(None, email=f"reader{number}@mail.example"),
        reason="spam",
        now=at.now,
    )


def test_a_confirmation_sent_twice_at_once_counts_once() -> None:
    at = desk_of(stage())
    reports = [filed(at, number) for number in range(ROUNDS)]
    Message.objects.all().delete()
    confirm = reporting.confirm_report
    answers = race(
        [partial(confirm, report_id=one.pk, now=at.now) for one in reports for _ in range(2)]
    )
    assert unexpected(answers) == []
    assert set(Case.objects.values_list("report_count", flat=True)) == {1}
    assert Message.objects.count() == ROUNDS
    assert list(verify(now=at.now)) == []


def test_a_confirmation_in_the_last_moment_counts_or_comes_too_late() -> None:
    at = desk_of(stage())
    reports = [filed(at, number) for number in range(ROUNDS)]
    late = at.now + reporting.CONFIRM_WITHIN
    confirm = [partial(reporting.confirm_report, report_id=one.pk, now=late) for one in reports]
    lapse = partial(work_once, now=late, kinds=["report_lapse"])
    answers = race([*confirm, lapse])
    assert unexpected(answers, NoSuchItem) == []
    for report in Report.objects.select_related("case"):
        counts = report.confirmed_at is not None
        assert (report.case.state, report.case.report_count) == (
            ("open", 1) if counts else ("lapsed", 0)
        )
        assert (report.erased_at is None, bool(report.email)) == (counts, counts)


def test_decisions_when_their_time_runs_out_are_made() -> None:
    at = desk_of(stage())
    cases = [at.report(at.stage.published()).case for _ in range(ROUNDS)]
    due_at = cases[0].due_at
    assert due_at is not None
    decide = [partial(at.decide, case, "remove", now=due_at) for case in cases]
    answers = race([*decide, partial(work_once, now=due_at, kinds=["case_due"])])
    assert unexpected(answers) == []
    assert Decision.objects.count() == ROUNDS


def test_an_erasure_and_a_decision_at_once_end_in_some_order() -> None:
    at = desk_of(stage())
    tries: list[Callable[[], Any]] = []
    for _ in range(ROUNDS):
        review = at.stage.published()
        assert review.user is not None
        case = at.report(review).case
        said: dict[str, Any] = {"moderator": at.mika, "case_id": case.pk, "now": at.now}
        deciding.save_draft(**said, words=Words("remove", "spam", WHY))
        tries.append(partial(at.decide, case, "remove"))
        tries.append(partial(erase_everywhere, user=review.user, actor="command", now=at.now))
    answers = race(tries)
    assert unexpected(answers, FormError, Declined) == []
    assert not ReviewVersion.objects.exclude(text="").exists()
    work_once(now=at.now + timedelta(hours=1), kinds=["forget_answers"])
    assert list(verify(now=at.now)) == []
