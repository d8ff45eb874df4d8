"""What was removed keeps its words as long as the policy says, and then they are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from arvio.catalog.marketplaces import set_policy
from arvio.moderation import appealing
from arvio.moderation.models import Decision, Report
from arvio.moderation.retaining import forget_removed
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review, ReviewVersion
from arvio.reviews.states import State
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import NOW, member
from tests.moderation.desk import Desk, desk

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Counted = Callable[[], AbstractContextManager[list[str]]]


def removed(at: Desk, **answers: Any) -> Review:
    """Answered, reported with a comment, removed at `NOW`."""
    review = at.stage.published(text="Words that somebody wrote.", **answers)
    reviews.send_reply(member=member(at.stage), review_id=review.pk, text="Thanks.", now=NOW)
    at.decide(at.report(review, comment="It isn't true.").case, "remove")
    review.refresh_from_db()
    return review


def words(review: Review) -> list[str]:
    versions = ReviewVersion.objects.filter(review=review)
    return [
        *versions.values_list("text", flat=True),
        *Reply.objects.filter(review=review).values_list("text", flat=True),
        *Report.objects.filter(case__review=review).values_list("comment", flat=True),
        *Decision.objects.filter(case__review=review).values_list("statement", flat=True),
        Review.objects.get(pk=review.pk).search_text,
    ]


def test_words_are_kept_to_the_last_day_and_then_forgotten_with_all_that_was_said_of_them() -> None:
    at = desk()
    review, other = removed(at), at.stage.published()
    work_once(now=NOW + 399 * DAY)
    assert all(words(review))
    work_once(now=NOW + 401 * DAY)
    assert not any(words(review))
    assert Review.objects.get(pk=review.pk).state == State.REMOVED
    assert ReviewVersion.objects.get(review=other).text
    assert list(verify(now=NOW + 401 * DAY)) == []
    work_once(now=NOW + 402 * DAY)
    assert list(verify(now=NOW + 402 * DAY)) == []


def test_what_somebody_waits_for_is_kept() -> None:
    at = desk()
    review = removed(at, by=at.stage.anna)
    case = review.cases.get()
    found, appellant = appealing.as_author(viewer=at.stage.anna, case_id=case.pk)
    late = NOW + 170 * DAY
    set_policy(
        marketplace=at.stage.marketplace,
        preset="bitrix24-2024",
        overrides={"retention": {"removed": "P10D"}},
        effective_at=late + DAY,
        actor="test",
        now=late,
    )
    appealing.appeal(case=found, appellant=appellant, text="It is true.", now=late)
    work_once(now=late + 2 * DAY)
    assert all(words(review))
    at.decide(case, "remove", by=at.maija, now=late + 3 * DAY)
    work_once(now=late + 5 * DAY)
    assert not any(words(review))


def test_a_policy_that_keeps_less_counts_from_its_day_on() -> None:
    at = desk()
    review = removed(at)
    set_policy(
        marketplace=at.stage.marketplace,
        preset="bitrix24-2024",
        overrides={"retention": {"removed": "P1M"}},
        effective_at=NOW + 40 * DAY,
        actor="test",
        now=NOW,
    )
    work_once(now=NOW + 39 * DAY)
    assert all(words(review))
    work_once(now=NOW + 41 * DAY)
    assert not any(words(review))


def test_many_cost_as_many_statements_as_few(count_sql: Counted) -> None:
    at, costs = desk(), []
    for number in (1, 5):
        for _ in range(number):
            removed(at)
        with count_sql() as statements:
            assert forget_removed(marketplace=at.stage.marketplace, now=at_last()) == number
        costs.append(len(statements))
    assert costs[1] <= costs[0] + 1


def at_last() -> datetime:
    return NOW + 500 * DAY


def test_the_command_tells_first_and_forgets_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from arvio import clock

    review = removed(desk())
    monkeypatch.setattr(clock, "now", at_last)
    for now, kept in ((False, True), (True, False)):
        call_command("retention", marketplace="store", now=now, stdout=StringIO())
        assert any(words(review)) is kept
