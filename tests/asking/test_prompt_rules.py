"""When an app may ask, as a table and as laws; no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.asking.prompt_rules import (
    CODES,
    DAY,
    MOMENT,
    OUTCOMES,
    SHOWN_DAYS,
    YEAR,
    Facts,
    decide,
    first_day,
    may_follow,
    spread,
    standing,
)
from arvio.policy.durations import parse
from arvio.policy.model import Prompts
from arvio.policy.verdict import Check, Verdict

pytestmark = pytest.mark.once

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POLICY = Prompts(parse("P60D"), 3, 1, parse("P7D"), 3)
FIT = Facts(
    eligible=True,
    reviewed=False,
    opted_out=False,
    installed_at=NOW - timedelta(days=7),
    uses=3,
)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def asked(*days: float) -> dict[str, list[datetime]]:
    """Here, so many days ago; what was asked here was asked somewhere too."""
    moments = [ago(days=day) for day in days]
    return {"asked_here": moments, "asked": moments}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "ask"),
        ({"eligible": False}, "not_eligible"),
        ({"reviewed": True}, "already_reviewed"),
        ({"opted_out": True}, "opted_out"),
        ({"installed_at": None}, "recently_installed"),
        ({"installed_at": ago(days=7) + TICK}, "recently_installed"),
        ({"installed_at": ago(days=7)}, "ask"),
        ({"uses": 2}, "not_enough_use"),
        ({"uses": 4}, "ask"),
        (asked(0), "cooldown"),
        (asked(59.99), "cooldown"),
        (asked(60), "ask"),
        (asked(60, 120), "ask"),
        (asked(60, 120, 364.99), "yearly_limit"),
        (asked(60, 120, 365), "ask"),
        ({"asked": [ago(hours=23.99)]}, "elsewhere_today"),
        ({"asked": [ago(hours=24)]}, "ask"),
        # Another's clock was a moment ahead.
        ({"asked": [NOW + TICK]}, "elsewhere_today"),
        ({"asked_here": [NOW + TICK], "asked": [NOW + TICK]}, "cooldown"),
    ],
)
def test_one_thing_may_stand_in_the_way(facts: dict[str, object], code: str) -> None:
    assert decide(policy=POLICY, facts=replace(FIT, **facts), now=NOW) == code


IN_THE_WAY: dict[str, dict[str, object]] = {
    "not_eligible": {"eligible": False},
    "already_reviewed": {"reviewed": True},
    "opted_out": {"opted_out": True},
    "recently_installed": {"installed_at": ago(days=1)},
    "not_enough_use": {"uses": 1},
    "cooldown": asked(0.5),
    "yearly_limit": asked(0.5, 100, 200),
    "elsewhere_today": {"asked": [ago(hours=12)]},
}


def test_of_several_the_most_lasting_is_told() -> None:
    assert list(IN_THE_WAY) == [code for code in CODES if code != "ask"]
    for first in range(len(IN_THE_WAY)):
        facts: dict[str, object] = {}
        for code in reversed(list(IN_THE_WAY)[first:]):
            facts |= IN_THE_WAY[code]
        expected = list(IN_THE_WAY)[first]
        if expected == "yearly_limit":
            facts |= asked(61, 100, 200)
            facts["asked"] = [ago(hours=12)]
        assert decide(policy=POLICY, facts=replace(FIT, **facts), now=NOW) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (replace(POLICY, per_year=0), "yearly_limit"),
        (replace(POLICY, per_user_day=0), "elsewhere_today"),
        (Prompts(parse("PT0S"), 1, 1, parse("PT0S"), 0), "ask"),
    ],
)
def test_a_policy_may_ask_never_or_at_once(policy: Prompts, code: str) -> None:
    facts = replace(FIT, installed_at=NOW, uses=0) if code == "ask" else FIT
    assert decide(policy=policy, facts=facts, now=NOW) == code


# --- Laws ---------------------------------------------------------------------------------------

LENGTHS = st.sampled_from(["PT0S", "PT1H", "P1D", "P20D", "P60D", "P2M", "P1Y"])
POLICIES = st.builds(
    Prompts,
    every=LENGTHS.map(parse),
    per_year=st.integers(0, 5),
    per_user_day=st.integers(0, 3),
    min_age=LENGTHS.map(parse),
    min_successes=st.integers(0, 4),
)
HOURS = st.sampled_from([0, 1, 6, 23, 24, 25, 24 * 19, 24 * 20, 24 * 60, 24 * 183])
MOMENTS = st.lists(st.tuples(HOURS, st.integers(0, 3)), min_size=1, max_size=60)


@given(policy=POLICIES, moments=MOMENTS)
def test_no_life_of_moments_goes_over_the_budget(
    policy: Prompts, moments: list[tuple[int, int]]
) -> None:
    now, given_asks = NOW, list[tuple[datetime, int]]()
    for hours, app in moments:
        now += timedelta(hours=hours)
        here = [at for at, where in given_asks if where == app]
        facts = replace(
            FIT,
            installed_at=NOW - timedelta(days=800),
            uses=9,
            asked_here=here,
            asked=[at for at, _ in given_asks],
        )
        if decide(policy=policy, facts=facts, now=now) == "ask":
            given_asks.append((now, app))
    everywhere = [at for at, _ in given_asks]
    assert all(most_within(DAY, everywhere) <= policy.per_user_day for _ in everywhere)
    for app in range(4):
        here = [at for at, where in given_asks if where == app]
        assert most_within(YEAR, here) <= policy.per_year
        for one, following in pairwise(here):
            assert following >= policy.every.add(one)


def most_within(length: timedelta, moments: list[datetime]) -> int:
    """The most of them in any stretch of this length; its end belongs to the next one."""
    counts = [sum(start <= at < start + length for at in moments) for start in moments]
    return max(counts, default=0)


PAST = st.lists(st.integers(0, 400 * 24).map(lambda hours: ago(hours=hours)), max_size=6)


@given(policy=POLICIES, here=PAST, there=PAST, days=st.integers(0, 800), older=st.integers(0, 800))
def test_what_may_ask_may_ask_of_an_older_installation_too(
    policy: Prompts, here: list[datetime], there: list[datetime], days: int, older: int
) -> None:
    facts = replace(FIT, asked_here=here, asked=[*here, *there], installed_at=ago(days=days))
    code = decide(policy=policy, facts=facts, now=NOW)
    later = replace(facts, installed_at=ago(days=days + older))
    if code == "ask":
        assert decide(policy=policy, facts=later, now=NOW) == "ask"
    more = decide(policy=policy, facts=replace(facts, uses=facts.uses + 5), now=NOW)
    assert CODES.index(more) >= CODES.index(code)
    assert CODES.index(decide(policy=policy, facts=later, now=NOW)) >= CODES.index(code)


@given(asks=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 4)), max_size=60))
def test_people_are_counted_exactly_by_where_their_asks_stand(asks: list[tuple[int, int]]) -> None:
    """Nobody is in the counts, and yet they tell how many people there were."""
    past: dict[int, list[datetime]] = {}
    marks = []
    for day, person in sorted(asks):
        at = NOW - timedelta(days=90 - day)
        marks.append((at.date(), *spread(asked=past.get(person, []), now=at)))
        past.setdefault(person, []).append(at)
    first = first_day(NOW)
    in_days = {who: [at for at in ats if at.date() >= first] for who, ats in past.items()}
    people = sum(bool(ats) for ats in in_days.values())
    assert sum(gap > (day - first).days for day, _, gap in marks if day >= first) == people
    most = max((nth for day, nth, _ in marks if day >= first), default=0)
    assert most >= max(map(len, in_days.values()), default=0)
    assert all(gap <= SHOWN_DAYS for _, _, gap in marks)


# --- The rest -----------------------------------------------------------------------------------


def verdict(**failed: int) -> Verdict:
    """Which checks didn't pass, each with how many reviews were there."""
    checks = tuple(Check(code, False, {"used": used}) for code, used in failed.items())
    known = any(check.code == "already_reviewed" for check in checks)
    fine = () if known else (Check("already_reviewed", True, {"used": 0}),)
    return Verdict(not checks, (*checks, *fine), 1, NOW)


@pytest.mark.parametrize(
    ("failed", "form_elsewhere", "expected"),
    [
        ({}, False, (True, False)),
        ({"not_installed": 0}, True, (False, False)),
        ({"already_reviewed": 1}, False, (True, True)),
        ({"already_reviewed": 1, "account_cap_reached": 3}, False, (True, True)),
        ({"account_cap_reached": 3}, False, (False, False)),
        ({"already_reviewed": 1, "banned": 0}, False, (False, True)),
        ({"not_in_product": 0}, True, (True, False)),
        ({"not_in_product": 0}, False, (False, False)),
        ({"not_in_product": 0, "banned": 0}, True, (False, False)),
    ],
)
def test_the_verdict_on_a_review_says_who_may_be_asked(
    failed: dict[str, int], form_elsewhere: bool, expected: tuple[bool, bool]
) -> None:
    assert standing(verdict=verdict(**failed), form_elsewhere=form_elsewhere) == expected


def test_one_review_of_two_that_a_policy_allows_is_a_review() -> None:
    one = Verdict(True, (Check("already_reviewed", True, {"used": 1, "limit": 2}),), 1, NOW)
    assert standing(verdict=one, form_elsewhere=False) == (True, True)


@pytest.mark.parametrize("said", ["", *OUTCOMES])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_never_follows_another_outcome(said: str, outcome: str) -> None:
    expected = said in ("", outcome) or outcome == "never"
    assert may_follow(said=said, outcome=outcome) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("report-sent", True),
        ("a", True),
        ("deal.won_2", True),
        ("x" * 60, True),
        ("x" * 61, False),
        ("", False),
        ("Report", False),
        ("report sent", False),
        ("отчёт", False),
        ("report\n", False),
        ("²", False),
    ],
)
def test_a_moment_is_a_short_key(text: str, fits: bool) -> None:
    assert bool(MOMENT.fullmatch(text)) == fits
