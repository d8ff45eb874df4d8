"""Editing: how often, how long, and when an edit applies (FEATURES R50-R59)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.editing import EditFacts, check_edit, edit_due_at
from arvio.policy.load import load_policy, load_preset
from arvio.policy.model import Policy
from arvio.policy.verdict import EDITING_CODES

pytestmark = pytest.mark.once

WRITTEN = datetime(2026, 11, 18, 9, 42, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
B24, B25, H22, H24 = (
    load_preset(name).policy
    for name in ("bitrix24-2024", "bitrix24-2025", "hubspot-2022", "hubspot-2024")
)


def refusals(policy: Policy, now: datetime = WRITTEN + DAY, **facts: object) -> list[str]:
    known = EditFacts(**{"state": "published", "submitted_at": WRITTEN, **facts})  # type: ignore[arg-type]
    verdict = check_edit(policy=policy, facts=known, now=now, policy_version=4)
    assert verdict.allowed is (not verdict.failed)
    assert {check.code for check in verdict.checks} <= set(EDITING_CODES)
    return [check.code for check in verdict.failed]


@pytest.mark.parametrize("policy", [B24, H22])
def test_no_author_edits_where_reviews_are_locked(policy: Policy) -> None:
    assert refusals(policy) == ["editing_not_allowed"]
    assert refusals(policy, now=WRITTEN + 400 * DAY, edits_used=9) == ["editing_not_allowed"]


@pytest.mark.parametrize(("used", "refused"), [(0, []), (1, []), (2, ["edit_limit_reached"])])
def test_the_third_edit_is_refused(used: int, refused: list[str]) -> None:
    assert refusals(B25, edits_used=used) == refused


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        (datetime(2027, 2, 18, 9, 41, 59, tzinfo=UTC), []),
        (datetime(2027, 2, 18, 9, 42, tzinfo=UTC), ["window_closed"]),
        (datetime(2027, 2, 18, 9, 42, 1, tzinfo=UTC), ["window_closed"]),
    ],
)
def test_from_three_months_on_every_edit_is_refused(now: datetime, refused: list[str]) -> None:
    assert refusals(B25, now=now) == refused


def test_the_window_ends_on_the_last_day_of_a_shorter_month() -> None:
    written = datetime(2026, 11, 30, 12, tzinfo=UTC)
    end = datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert refusals(B25, now=end - SECOND, submitted_at=written) == []
    assert refusals(B25, now=end, submitted_at=written) == ["window_closed"]


def test_both_reasons_are_named() -> None:
    late = refusals(B25, now=WRITTEN + 200 * DAY, edits_used=2)
    assert late == ["edit_limit_reached", "window_closed"]


def test_without_max_and_window_one_may_always_edit() -> None:
    assert refusals(H24, now=WRITTEN + 4000 * DAY, edits_used=500) == []


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ("held", []),
        ("published", []),
        ("archived", ["review_not_visible"]),
        ("rejected", ["review_not_visible"]),
        ("removed", ["review_not_visible"]),
    ],
)
def test_only_a_held_or_published_review_is_edited(state: str, refused: list[str]) -> None:
    assert refusals(B25, state=state) == refused


def test_the_checks_say_what_is_left_and_until_when() -> None:
    facts = EditFacts(state="published", submitted_at=WRITTEN, edits_used=1)
    verdict = check_edit(policy=B25, facts=facts, now=WRITTEN + DAY, policy_version=7)
    values = {check.code: check.values for check in verdict.checks}
    assert values["edit_limit_reached"] == {"used": 1, "limit": 2, "left": 1}
    assert values["window_closed"]["until"] == "2027-02-18T09:42:00Z"
    assert (verdict.policy_version, verdict.at) == (7, WRITTEN + DAY)


STARS = range(1, 6)
NOW = WRITTEN + 5 * DAY


@pytest.mark.parametrize("old", STARS)
@pytest.mark.parametrize("new", STARS)
def test_a_raise_applies_at_once_and_a_lowering_waits_three_days(old: int, new: int) -> None:
    at_once = new >= 4 or new > old
    expected = NOW if at_once else NOW + 3 * DAY
    assert edit_due_at(policy=B25, old_stars=old, new_stars=new, now=NOW) == expected


@pytest.mark.parametrize("old", STARS)
@pytest.mark.parametrize("new", STARS)
def test_the_other_policy_takes_48_hours_either_way(old: int, new: int) -> None:
    due = edit_due_at(policy=H24, old_stars=old, new_stars=new, now=NOW)
    assert due == NOW + timedelta(hours=48)


@pytest.mark.parametrize(
    ("stars", "wait"), [(1, 3 * DAY), (2, 3 * DAY), (3, 3 * DAY), (4, 0 * DAY), (5, 0 * DAY)]
)
def test_a_change_of_words_follows_the_standing_stars(stars: int, wait: timedelta) -> None:
    assert edit_due_at(policy=B25, old_stars=stars, new_stars=stars, now=NOW) == NOW + wait


def test_what_good_is_comes_from_the_policy() -> None:
    strict = load_policy(preset="bitrix24-2025", overrides={"editing": {"good_from": 5}})
    assert edit_due_at(policy=strict, old_stars=5, new_stars=4, now=NOW) == NOW + 3 * DAY
    assert edit_due_at(policy=B25, old_stars=5, new_stars=4, now=NOW) == NOW


HOLD_DUE = WRITTEN + 3 * DAY


@pytest.mark.parametrize("old", STARS)
@pytest.mark.parametrize("new", STARS)
def test_a_held_review_keeps_its_due_time_unless_the_edit_lowers(old: int, new: int) -> None:
    now = WRITTEN + DAY
    due = edit_due_at(policy=B25, old_stars=old, new_stars=new, now=now, hold_due_at=HOLD_DUE)
    assert due == (HOLD_DUE if new >= 4 or new > old else now + 3 * DAY)


def test_a_lowering_edit_never_brings_a_held_review_forward() -> None:
    quick = load_policy(preset="bitrix24-2025", overrides={"editing": {"lower_delay": "PT1H"}})
    due = edit_due_at(policy=quick, old_stars=5, new_stars=1, now=WRITTEN, hold_due_at=HOLD_DUE)
    assert due == HOLD_DUE


def test_a_raise_does_not_delay_a_held_review() -> None:
    slow = load_policy(preset="bitrix24-2025", overrides={"editing": {"raise_delay": "P30D"}})
    due = edit_due_at(policy=slow, old_stars=1, new_stars=5, now=WRITTEN, hold_due_at=HOLD_DUE)
    assert due == HOLD_DUE


def test_asking_for_a_due_time_where_nobody_edits_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="check_edit"):
        edit_due_at(policy=B24, old_stars=1, new_stars=5, now=NOW)


@given(
    policy=st.sampled_from([B25, H24]),
    old=st.integers(1, 5),
    new=st.integers(1, 5),
    hold=st.none() | st.integers(0, 10**6).map(lambda s: NOW + timedelta(seconds=s)),
)
def test_no_edit_applies_before_now_or_before_the_hold_ends(
    policy: Policy, old: int, new: int, hold: datetime | None
) -> None:
    due = edit_due_at(policy=policy, old_stars=old, new_stars=new, now=NOW, hold_due_at=hold)
    assert due >= NOW
    assert hold is None or due >= hold
