"""Who may review: every reason at once, and only the reasons that the policy knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.eligibility import Facts, check_eligibility, check_publication
from arvio.policy.load import load_policy, load_preset
from arvio.policy.model import Policy
from arvio.policy.verdict import ELIGIBILITY_CODES, Check, Verdict, moment_text

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 18, 9, 42, tzinfo=UTC)
DAY = timedelta(days=1)
B24 = load_preset("bitrix24-2024").policy
HUB = load_preset("hubspot-2022").policy

ANNA = Facts(
    signed_in=True,
    surface="in_product",
    account_known=True,
    plan="professional",
    installed_at=NOW - 60 * DAY,
)


def verdict(policy: Policy, facts: Facts) -> Verdict:
    return check_eligibility(policy=policy, facts=facts, now=NOW, policy_version=4)


def failed(policy: Policy, facts: Facts) -> list[str]:
    return [check.code for check in verdict(policy, facts).failed]


def check(policy: Policy, facts: Facts, code: str) -> Check:
    return next(check for check in verdict(policy, facts).checks if check.code == code)


def test_who_meets_every_rule_may_review() -> None:
    for policy in (B24, HUB):
        answer = verdict(policy, ANNA)
        assert answer.allowed
        assert answer.failed == ()
        assert (answer.policy_version, answer.at) == (4, NOW)


def test_the_checks_of_one_policy_are_these_and_of_the_other_those() -> None:
    assert [c.code for c in verdict(B24, ANNA).checks] == [
        "not_signed_in", "not_in_product", "not_installed", "plan_not_commercial", "test_account",
        "already_reviewed", "affiliated", "operator_staff", "banned",
    ]  # fmt: skip
    assert [c.code for c in verdict(HUB, ANNA).checks] == [
        "not_signed_in", "not_installed", "test_account", "already_reviewed",
        "account_cap_reached", "affiliated", "operator_staff", "banned",
    ]  # fmt: skip


MATRIX: list[tuple[str, dict[str, Any], bool, bool]] = [
    # code, what is different about Anna, refused by B24, refused by HUB
    ("not_in_product", {"surface": "web"}, True, False),
    ("not_installed", {"installed_at": None}, True, True),
    ("not_installed", {"account_known": False}, True, True),
    ("not_installed", {"uninstalled_at": NOW - DAY}, True, True),
    ("not_installed", {"uninstalled_at": NOW}, True, True),
    ("not_installed", {"installed_at": NOW + DAY}, True, True),
    ("plan_not_commercial", {"plan": "demo"}, True, False),
    ("plan_unknown", {"plan": "gold"}, True, False),
    ("plan_unknown", {"plan": ""}, True, False),
    ("already_reviewed", {"person_reviews": 1}, True, True),
    ("account_cap_reached", {"account_reviews": 3}, False, True),
    ("affiliated", {"affiliated": "member"}, True, True),
    ("affiliated", {"affiliated": "domain"}, True, True),
    ("affiliated", {"other_partner": True}, True, True),
    ("operator_staff", {"operator_staff": True}, True, True),
    ("test_account", {"account_kind": "sandbox"}, True, True),
    ("test_account", {"account_kind": "developer"}, True, True),
    ("banned", {"banned": True}, True, True),
    ("banned", {"banned": True, "banned_until": NOW + DAY}, True, True),
    ("app_retired", {"retired": True}, True, True),
]


@pytest.mark.parametrize(("code", "difference", "by_b24", "by_hub"), MATRIX)
def test_each_reason_refuses_alone_where_the_policy_knows_it(
    code: str, difference: dict[str, Any], by_b24: bool, by_hub: bool
) -> None:
    facts = replace(ANNA, **difference)
    assert failed(B24, facts) == ([code] if by_b24 else [])
    assert failed(HUB, facts) == ([code] if by_hub else [])
    assert verdict(B24, facts).allowed is not by_b24
    assert verdict(HUB, facts).allowed is not by_hub


def test_every_reason_is_named_and_not_only_the_first() -> None:
    everything = replace(
        ANNA,
        surface="web",
        installed_at=None,
        plan="demo",
        account_kind="sandbox",
        person_reviews=1,
        account_reviews=3,
        affiliated="member",
        operator_staff=True,
        banned=True,
    )
    assert set(failed(B24, everything)) == {
        "not_in_product", "not_installed", "plan_not_commercial", "already_reviewed", "affiliated",
        "operator_staff", "test_account", "banned",
    }  # fmt: skip
    assert "account_cap_reached" in failed(HUB, everything)


def test_a_stranger_hears_only_that_they_must_sign_in_and_where() -> None:
    assert [c.code for c in verdict(B24, Facts()).checks] == ["not_signed_in", "not_in_product"]
    assert failed(HUB, Facts()) == ["not_signed_in"]


def test_an_account_that_nobody_told_us_of_is_refused_as_not_installed_only() -> None:
    facts = replace(ANNA, account_known=False, plan="", installed_at=None)
    assert failed(B24, facts) == ["not_installed"]
    assert check(B24, facts, "not_installed").values["account_known"] is False


def test_the_fourth_user_of_an_account_is_refused_and_the_third_is_not() -> None:
    assert failed(HUB, replace(ANNA, account_reviews=2)) == []
    assert failed(HUB, replace(ANNA, account_reviews=3)) == ["account_cap_reached"]
    # above the limit after a restored review (CONTRACT section 5)
    assert failed(HUB, replace(ANNA, account_reviews=4)) == ["account_cap_reached"]
    assert check(HUB, replace(ANNA, account_reviews=2), "account_cap_reached").values == {
        "used": 2,
        "limit": 3,
    }


def test_a_person_may_have_more_reviews_where_the_policy_says_so() -> None:
    policy = load_policy(preset="bitrix24-2024", overrides={"limits": {"per_user": 2}})
    assert failed(policy, replace(ANNA, person_reviews=1)) == []
    assert failed(policy, replace(ANNA, person_reviews=2)) == ["already_reviewed"]
    assert check(policy, ANNA, "already_reviewed").values == {"used": 0, "limit": 2}


@pytest.mark.parametrize(
    ("grace", "ago", "ok"),
    [
        ("PT0S", timedelta(0), False),
        ("P15D", 15 * DAY - timedelta(seconds=1), True),
        ("P15D", 15 * DAY, False),
        ("P1M", timedelta(days=30), True),  # 19 October to 19 November
        ("P1M", timedelta(days=31), False),
    ],
)
def test_after_uninstalling_the_grace_decides(grace: str, ago: timedelta, ok: bool) -> None:
    policy = load_policy(
        preset="hubspot-2022", overrides={"eligibility": {"grace_after_uninstall": grace}}
    )
    facts = replace(ANNA, uninstalled_at=NOW - ago)
    assert check(policy, facts, "not_installed").ok is ok


def test_an_app_is_installed_from_the_moment_of_its_installation() -> None:
    assert failed(HUB, replace(ANNA, installed_at=NOW)) == []
    assert failed(HUB, replace(ANNA, installed_at=NOW + timedelta(microseconds=1))) == [
        "not_installed"
    ]


def test_facts_from_the_year_9999_break_nothing() -> None:
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    policy = load_policy(
        preset="hubspot-2022", overrides={"eligibility": {"grace_after_uninstall": "P1Y"}}
    )
    assert failed(policy, replace(ANNA, uninstalled_at=end)) == []
    assert failed(policy, replace(ANNA, installed_at=end)) == ["not_installed"]


def test_an_unknown_plan_is_allowed_where_the_policy_says_so() -> None:
    policy = load_policy(
        preset="bitrix24-2024", overrides={"eligibility": {"unknown_plan": "allow"}}
    )
    assert failed(policy, replace(ANNA, plan="gold")) == []
    assert check(policy, replace(ANNA, plan="gold"), "plan_unknown").ok
    assert failed(policy, replace(ANNA, plan="demo")) == ["plan_not_commercial"]


def test_the_plan_is_named_in_the_check() -> None:
    assert check(B24, replace(ANNA, plan="Demo"), "plan_not_commercial").values == {"plan": "Demo"}


def test_other_partners_may_review_if_they_say_so() -> None:
    facts = replace(ANNA, other_partner=True, affiliation_disclosed=True)
    assert failed(HUB, facts) == []
    assert check(HUB, facts, "affiliated").values == {"how": "other_partner"}


def test_saying_so_does_not_help_the_apps_own_partner() -> None:
    facts = replace(ANNA, affiliated="member", other_partner=True, affiliation_disclosed=True)
    assert failed(HUB, facts) == ["affiliated"]


def test_reasons_that_the_policy_leaves_out_are_not_checked() -> None:
    policy = load_policy(
        preset="hubspot-2022",
        overrides={"eligibility": {"refuse": []}, "publication": {"recheck": ["ban"]}},
    )
    facts = replace(ANNA, affiliated="member", operator_staff=True, account_kind="sandbox")
    assert failed(policy, facts) == []
    asked = {c.code for c in verdict(policy, facts).checks}
    assert not asked & {"affiliated", "operator_staff", "test_account"}


def test_a_ban_ends_at_its_moment() -> None:
    assert failed(HUB, replace(ANNA, banned=True, banned_until=NOW)) == []
    later = NOW + timedelta(seconds=1)
    facts = replace(ANNA, banned=True, banned_until=later, ban_reason="spam")
    assert check(HUB, facts, "banned").values == {"until": moment_text(later), "reason": "spam"}


def test_moments_in_values_are_utc_text() -> None:
    assert moment_text(NOW) == "2026-11-18T09:42:00Z"
    assert moment_text(None) is None


RECHECKS = [
    ("ban", {"banned": True}, "banned"),
    ("affiliation", {"affiliated": "domain"}, "affiliated"),
    ("test_account", {"account_kind": "developer"}, "test_account"),
]


@pytest.mark.parametrize(("name", "difference", "code"), RECHECKS)
def test_publication_checks_again_what_the_policy_names(
    name: str, difference: dict[str, Any], code: str
) -> None:
    facts = replace(ANNA, **difference)
    answer = check_publication(policy=B24, facts=facts, now=NOW, policy_version=2)
    assert [c.code for c in answer.failed] == [code]
    without = load_policy(
        preset="bitrix24-2024",
        overrides={"publication": {"recheck": [n for n, _, _ in RECHECKS if n != name]}},
    )
    answer = check_publication(policy=without, facts=facts, now=NOW)
    assert answer.allowed
    assert code not in [c.code for c in answer.checks]


def test_uninstalling_or_downgrading_after_submission_does_not_count() -> None:
    facts = replace(
        ANNA,
        uninstalled_at=NOW - DAY,
        plan="demo",
        surface="web",
        person_reviews=1,
        signed_in=False,
    )
    assert check_publication(policy=B24, facts=facts, now=NOW).allowed


facts_drawn = st.builds(
    Facts,
    signed_in=st.booleans(),
    surface=st.sampled_from(["in_product", "web"]),
    account_known=st.booleans(),
    account_kind=st.sampled_from(["production", "sandbox", "developer"]),
    plan=st.sampled_from(["", "demo", "pro", "gold"]),
    installed_at=st.sampled_from([None, NOW - DAY, NOW + DAY]),
    uninstalled_at=st.sampled_from([None, NOW - DAY, NOW + DAY]),
    person_reviews=st.integers(0, 3),
    account_reviews=st.integers(0, 5),
    affiliated=st.sampled_from([None, "member", "domain"]),
    other_partner=st.booleans(),
    affiliation_disclosed=st.booleans(),
    operator_staff=st.booleans(),
    banned=st.booleans(),
    banned_until=st.sampled_from([None, NOW - DAY, NOW + DAY]),
)


@given(facts=facts_drawn, policy=st.sampled_from([B24, HUB]))
def test_a_verdict_is_allowed_exactly_when_no_check_fails(facts: Facts, policy: Policy) -> None:
    answer = verdict(policy, facts)
    assert answer.allowed is (not answer.failed)
    codes = [c.code for c in answer.checks]
    assert len(codes) == len(set(codes))
    assert set(codes) <= set(ELIGIBILITY_CODES)


@given(facts=facts_drawn)
def test_taking_a_reason_away_never_refuses_more(facts: Facts) -> None:
    better = replace(facts, banned=False, operator_staff=False, affiliated=None, person_reviews=0)
    assert set(failed(B24, better)) <= set(failed(B24, facts)) | {"affiliated"}
    assert set(failed(B24, replace(better, other_partner=False))) <= set(failed(B24, facts))
