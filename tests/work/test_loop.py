from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models import QuerySet

from arvio import clock
from arvio.catalog.marketplaces import set_policy
from arvio.connect import platforms
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify import posting
from arvio.ratings.models import RatingSummary
from arvio.reviews.models import Review
from arvio.reviews.states import State
from arvio.work import kinds, loop
from arvio.work.loop import work_once
from tests import cast

pytestmark = pytest.mark.django_db

HOLD = timedelta(days=3)
AGED = {"ranking": {"half_life": "P30D"}}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="arvio.work")


def bad_row(at: datetime, kind: str = "publish") -> None:
    due.schedule(rows=[Due(kind=kind, key="not an id", due_at=at)])


def rows() -> QuerySet[Due]:
    """What is to happen later, apart from mail, which nobody has set up a way out for, and from the
    hourly seal.
    """
    return Due.objects.exclude(kind__in=["old_mail", "seal", *kinds.OUTSIDE])


def score() -> int:
    return RatingSummary.objects.get().score_micros


# --- One bad row -------------------------------------------------------------------------------


def test_one_bad_row_holds_up_nobody() -> None:
    stage = cast.stage()
    for _ in range(5):
        stage.review()
    bad_row(stage.now)
    done = work_once(now=stage.now + HOLD)
    assert done["publish"] == 5
    assert Review.objects.filter(state=State.PUBLISHED).count() == 5
    left = rows().get()
    assert (left.key, left.attempts) == ("not an id", 1)
    assert "ValueError" in left.error
    assert left.due_at == stage.now + HOLD + timedelta(seconds=2)


def test_a_whole_batch_of_bad_rows_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.BATCH, "publish", 2)
    stage = cast.stage()
    stage.review()
    due.schedule(
        rows=[Due(kind="publish", key=f"bad {n}", due_at=stage.now - HOLD) for n in range(5)]
    )
    assert work_once(now=stage.now + HOLD)["publish"] == 1
    assert set(rows().values_list("attempts", flat=True)) == {1}


def test_a_bad_row_is_tried_ten_times_ever_later_and_then_left_for_a_person() -> None:
    cast.stage()
    work_once(now=cast.NOW)
    bad_row(cast.NOW)
    now, tries = cast.NOW, 0
    while rows().get().attempts < due.LAST_ATTEMPT:
        before = rows().get()
        assert "publish" not in work_once(now=before.due_at - timedelta(microseconds=1))
        assert rows().get().attempts == before.attempts
        now = before.due_at
        work_once(now=now)
        tries += 1
    assert tries == 10
    assert now - cast.NOW == timedelta(seconds=sum(2**n for n in range(1, 10)))
    assert "publish" not in work_once(now=now + timedelta(days=30))
    assert rows().get().attempts == 10


def test_what_a_failed_row_wrote_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna)

    def half(rows: Sequence[Due], now: datetime) -> None:
        Review.objects.filter(pk=review.pk).update(language="xx")
        raise RuntimeError("in the middle")

    monkeypatch.setitem(kinds.KINDS, "publish", half)
    assert "publish" not in work_once(now=stage.now + HOLD)
    review.refresh_from_db()
    assert (review.language, rows().get().attempts) == ("en", 1)


def test_a_database_that_is_away_is_nobody_s_failed_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = cast.stage()
    stage.review(by=stage.anna)

    def away(rows: Sequence[Due], now: datetime) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setitem(kinds.KINDS, "publish", away)
    with pytest.raises(OperationalError):
        work_once(now=stage.now + HOLD)
    assert Due.objects.get(kind="publish").attempts == 0


def test_an_action_may_schedule_its_own_kind_and_key_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = cast.stage()
    stage.review(by=stage.anna)
    later = stage.now + HOLD + HOLD

    def again(rows: Sequence[Due], now: datetime) -> None:
        due.schedule(rows=[Due(kind=row.kind, key=row.key, due_at=later) for row in rows])

    monkeypatch.setitem(kinds.KINDS, "publish", again)
    assert work_once(now=stage.now + HOLD)["publish"] == 1
    assert Due.objects.get(kind="publish").due_at == later


def test_who_waits_for_others_machines_has_threads_of_its_own() -> None:
    """A platform that takes its time for each of many accounts delays no sign-in code."""
    shared = [kind for kind in kinds.OUTSIDE if kind not in kinds.ALONE]
    assert shared == [posting.URGENT, posting.MAIL]
    assert {kind.name for kind in platforms.kinds()} <= set(kinds.ALONE)


def test_a_kind_that_nobody_serves_is_left_alone() -> None:
    due.schedule(rows=[Due(kind="review_request", key="1", due_at=cast.NOW)])
    assert work_once(now=cast.NOW) == {}
    assert Due.objects.count() == 1


# --- The loop that runs until stopped -----------------------------------------------------------


def test_the_loop_waits_for_a_database_that_is_away_and_stops_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns: list[float] = []

    def turn(*, now: datetime, stop: Callable[[], bool], kinds: Sequence[str]) -> dict[str, int]:
        if len(turns) in (1, 2):
            raise OperationalError("away")
        return {}

    monkeypatch.setattr(loop, "work_once", turn)
    monkeypatch.setattr("arvio.work.loop.time.sleep", turns.append)
    monkeypatch.setattr(loop, "close_old_connections", lambda: None)
    loop.look(time_now=lambda: cast.NOW, stop=lambda: len(turns) >= 5, kinds=["publish"])
    assert turns == [0.5, 1.0, 2.0, 0.5, 0.5]


def test_who_is_told_to_stop_stops_between_two_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.BATCH, "publish", 2)
    stage = cast.stage()
    for _ in range(5):
        stage.review()
    work_once(now=stage.now)
    batches: list[int] = []
    done = work_once(
        now=stage.now + HOLD,
        progress=lambda kind, n, failed: batches.append(n),
        stop=lambda: bool(batches),
    )
    assert done == {"publish": 2}
    assert Due.objects.filter(kind="publish").count() == 3


# --- Work outside the database ------------------------------------------------------------------

Keep = Callable[[], bool]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Three rows of a kind that is served outside, and the batches it came in."""
    batches: list[list[str]] = []

    def serve(rows: Sequence[Due], now: datetime, keep: Keep) -> list[bool]:
        batches.append([row.key for row in rows])
        assert set(Due.objects.filter(kind="call").values_list("leased_until", flat=True)) != {None}
        due.done(rows=rows)
        return [True] * len(rows)

    monkeypatch.setitem(kinds.OUTSIDE, "call", serve)
    monkeypatch.setitem(kinds.BATCH, "call", 2)
    due.schedule(rows=[Due(kind="call", key=key, due_at=cast.NOW) for key in "abc"])
    return batches


def test_work_outside_is_leased_batch_by_batch(outside: list[list[str]]) -> None:
    assert work_once(now=cast.NOW, kinds=["call"]) == {"call": 3}
    assert outside == [["a", "b"], ["c"]]
    assert not Due.objects.exists()


def test_what_somebody_has_leased_is_left_to_them_until_the_lease_ends(
    outside: list[list[str]],
) -> None:
    at = clock.real()
    leased = due.lease(kind="call", now=cast.NOW, limit=2, at=at, until=at + loop.LEASE)
    assert [row.key for row in leased] == ["a", "b"]
    assert work_once(now=cast.NOW, kinds=["call"]) == {"call": 1}
    later = at + loop.LEASE
    again = due.lease(kind="call", now=cast.NOW, limit=2, at=later, until=later + loop.LEASE)
    assert [row.key for row in again] == ["a", "b"]
    due.release(rows=again[:1])
    due.postpone(rows=again[1:], to=cast.NOW + HOLD)
    assert work_once(now=cast.NOW, kinds=["call"]) == {"call": 1}
    assert work_once(now=cast.NOW + HOLD, kinds=["call"]) == {"call": 1}


def test_work_outside_that_fails_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(rows: Sequence[Due], now: datetime, keep: Keep) -> list[bool]:
        raise ValueError("a fault of ours")

    monkeypatch.setitem(kinds.OUTSIDE, "call", fail)
    monkeypatch.setitem(kinds.BATCH, "call", 2)
    due.schedule(rows=[Due(kind="call", key="a", due_at=cast.NOW)])
    assert work_once(now=cast.NOW, kinds=["call"]) == {}
    left = Due.objects.get()
    assert (left.attempts, left.leased_until) == (1, None)
    assert left.due_at > cast.NOW and left.error.startswith("ValueError at ")
    # What an exception says may be somebody's words; where it broke is ours.
    assert "a fault of ours" not in left.error


# --- The command -------------------------------------------------------------------------------


def once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], at: datetime) -> str:
    monkeypatch.setattr(clock, "now", lambda: at)
    capsys.readouterr()
    call_command("work", once=True)
    return capsys.readouterr().out


def test_once_says_what_was_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = cast.stage()
    stage.review()
    stage.review()
    work_once(now=stage.now)
    assert once(monkeypatch, capsys, stage.now) == "nothing is due\n"
    assert once(monkeypatch, capsys, stage.now + HOLD) == "publish: 2\nseal: 1\n"
    assert once(monkeypatch, capsys, stage.now + HOLD) == "nothing is due\n"


def test_once_ends_badly_when_something_could_not_be_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = cast.stage()
    stage.review()
    work_once(now=stage.now)
    bad_row(stage.now)
    with pytest.raises(CommandError, match="tried again: publish 1"):
        once(monkeypatch, capsys, stage.now + HOLD)
    assert capsys.readouterr().out == "publish: 1\nseal: 1\n"


# --- Policy changes and days -------------------------------------------------------------------


def change(stage: cast.Stage, at: datetime, overrides: dict[str, Any]) -> None:
    set_policy(
        marketplace=stage.marketplace,
        preset="bitrix24-2024",
        overrides=overrides,
        effective_at=at,
        actor="test",
        now=stage.now,
    )


def test_a_new_policy_rebuilds_scores_at_its_effective_time() -> None:
    stage = cast.stage()
    stage.published(by=stage.anna, stars=5)
    at = stage.now + timedelta(days=2)
    change(stage, at, {"ranking": {"prior_mean": 1, "prior_weight": 1}})
    work_once(now=at - timedelta(microseconds=1))
    assert score() == round((7 * 3.5 + 5) / 8 * 1_000_000)
    done = work_once(now=at)
    assert (done["policy"], done["rebuild"]) == (1, 1)
    assert score() == 3_000_000
    assert work_once(now=at) == {}


def test_ageing_scores_are_worked_out_anew_each_day() -> None:
    stage = cast.stage(overrides=AGED)
    stage.published(by=stage.anna, stars=5, at=stage.now - HOLD)
    fresh = score()
    assert fresh == round((7 * 3.5 + 5) / 8 * 1_000_000)
    scores = [fresh]
    for day in (1, 15, 30):
        now = stage.now + timedelta(days=day)
        assert work_once(now=now)["rescore"] == 1
        assert RatingSummary.objects.get().scored_date == now.date()
        scores.append(score())
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
    assert scores[-1] == round((7 * 3.5 + 0.5 * 5) / 7.5 * 1_000_000)


def test_thirty_days_at_once_end_and_leave_one_row_for_tomorrow() -> None:
    stage = cast.stage(overrides=AGED)
    for _ in range(3):
        stage.review()
    work_once(now=stage.now)
    now = stage.now + timedelta(days=30)
    done = work_once(now=now)
    assert (done["publish"], done["ageing"]) == (3, 1)
    left = rows().get()
    assert (left.kind, left.due_at.isoformat()) == ("ageing", "2026-04-02T00:00:00+00:00")
    assert work_once(now=now) == {}


def test_where_scores_age_no_more_nothing_is_left_to_do() -> None:
    stage = cast.stage(overrides=AGED)
    stage.published(by=stage.anna)
    assert Due.objects.filter(kind="ageing").exists()
    at = stage.now + timedelta(hours=1)
    change(stage, at, {})
    work_once(now=at)
    assert not rows().exists()


def test_a_daily_recount_looks_at_no_review(count_sql: Any) -> None:
    stage = cast.stage(overrides=AGED)
    stage.published(by=stage.anna)
    with count_sql() as statements:
        work_once(now=stage.now + timedelta(days=1))
    assert [sql for sql in statements if '"review"' in sql] == []


# --- What a batch costs ------------------------------------------------------------------------


def test_a_batch_costs_the_same_for_few_and_for_many_of_an_app(count_sql: Any) -> None:
    costs = []
    for number in (2, 12):
        stage = cast.stage(slug=f"store-{number}")
        for _ in range(number):
            stage.review(stars=4)
        work_once(now=stage.now)
        with count_sql() as statements:
            loop.serve_batch(kind="publish", now=stage.now + HOLD)
        costs.append(len(statements))
    assert costs[0] == costs[1]
    assert costs[0] < 30
