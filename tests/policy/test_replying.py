"""Replies: once, during the hold, again after a removal (FEATURES R60-R63)."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from arvio.policy.load import load_preset
from arvio.policy.replying import ReplyFacts, check_reply
from arvio.policy.verdict import REPLY_CODES

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 18, 9, 42, tzinfo=UTC)
PRESET = load_preset("bitrix24-2024").policy
STATES = ("held", "published", "archived", "rejected", "removed")


def refusals(facts: ReplyFacts, **rules: bool) -> list[str]:
    policy = replace(PRESET, replies=replace(PRESET.replies, **rules))
    verdict = check_reply(policy=policy, facts=facts, now=NOW, policy_version=3)
    assert verdict.allowed is (not verdict.failed)
    assert {check.code for check in verdict.checks} <= set(REPLY_CODES)
    assert (verdict.policy_version, verdict.at) == (3, NOW)
    return [check.code for check in verdict.failed]


@pytest.mark.parametrize(
    ("state", "during_hold", "refused"),
    [
        ("held", True, []),
        ("held", False, ["review_not_visible"]),
        ("published", True, []),
        ("published", False, []),
        ("archived", True, ["review_not_visible"]),
        ("rejected", True, ["review_not_visible"]),
        ("removed", True, ["review_not_visible"]),
    ],
)
def test_only_what_is_public_or_will_be_is_answered(
    state: str, during_hold: bool, refused: list[str]
) -> None:
    facts = ReplyFacts(state=state)  # type: ignore[arg-type]  # from the table above
    assert refusals(facts, during_hold=during_hold) == refused


@pytest.mark.parametrize(
    ("replied", "removed", "editable", "again", "refused"),
    [
        (False, False, False, False, []),
        (True, False, False, True, ["already_replied"]),
        (True, False, True, False, []),
        (True, True, False, True, ["already_replied"]),
        (True, True, True, False, []),
        (False, True, False, True, []),
        (False, True, True, False, ["reply_locked"]),
    ],
)
def test_once_unless_the_rules_let_it_be_changed_or_written_anew(
    replied: bool, removed: bool, editable: bool, again: bool, refused: list[str]
) -> None:
    facts = ReplyFacts(state="published", replied=replied, removed=removed)
    assert refusals(facts, editable=editable, again_after_removal=again) == refused


def test_every_combination_gets_every_check() -> None:
    for state, replied, removed in product(STATES, (True, False), (True, False)):
        facts = ReplyFacts(state=state, replied=replied, removed=removed)  # type: ignore[arg-type]
        verdict = check_reply(policy=PRESET, facts=facts, now=NOW)
        assert [check.code for check in verdict.checks] == [
            "review_not_visible",
            "already_replied",
            "reply_locked",
        ]
