"""Who is asked by mail and who isn't, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.asking.request_rules import (
    INVITATION_CODES,
    REQUEST_CODES,
    SENT,
    InvitationFacts,
    RequestFacts,
    decide_invitation,
    decide_request,
    destination,
)
from arvio.policy.verdict import ELIGIBILITY_CODES
from tests.cast import NOW

pytestmark = pytest.mark.once

SECOND = timedelta(seconds=1)
REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({}, SENT),
    ({"asked_at": NOW}, SENT),
    ({"refused": ["not_in_product"]}, SENT),
    ({"asked_before": True}, "already_asked"),
    ({"installed": False}, "uninstalled"),
    ({"retired": True}, "retired"),
    ({"asked_at": None}, "switched_off"),
    ({"asked_at": NOW + SECOND}, "too_early"),
    ({"installer_known": False}, "unknown_installer"),
    ({"erased": True}, "erased"),
    ({"reviewed": True}, "already_reviewed"),
    ({"refused": ["already_reviewed"]}, "already_reviewed"),
    ({"opted_out": True}, "opted_out"),
    ({"has_address": False}, "no_address"),
    ({"refused": ["not_in_product", "banned"]}, "not_eligible"),
]
INVITATIONS: list[tuple[dict[str, Any], str]] = [
    ({}, SENT),
    ({"version": "2.4"}, SENT),
    ({"may_edit": False, "may_correct": True}, SENT),
    ({"invited_before": True}, "already_invited"),
    ({"fixed_in": ""}, "no_version_named"),
    ({"imported": True}, "imported"),
    ({"erased": True}, "erased"),
    ({"state": "held"}, "held"),
    *(({"state": state}, "not_public") for state in ("archived", "rejected", "removed")),
    ({"edited_since": True}, "edited_since"),
    ({"installed": False}, "uninstalled"),
    ({"version": "2.2.9"}, "version_not_there"),
    ({"version": ""}, "version_unreadable"),
    ({"fixed_in": "the next one"}, "version_unreadable"),
    ({"opted_out": True}, "opted_out"),
    ({"has_address": False}, "no_address"),
    ({"may_edit": False}, "not_editable"),
]


def request(**facts: Any) -> str:
    return decide_request(facts=RequestFacts(**{"asked_at": NOW - SECOND, **facts}), now=NOW)


def invitation(**facts: Any) -> str:
    usual = {"state": "published", "fixed_in": "2.3", "version": "2.3"}
    return decide_invitation(facts=InvitationFacts(**{**usual, **facts}))


@pytest.mark.parametrize(("facts", "code"), REQUESTS)
def test_each_reason_against_a_request(facts: dict[str, Any], code: str) -> None:
    assert request(**facts) == code


@pytest.mark.parametrize("code", sorted(set(ELIGIBILITY_CODES) - {"not_in_product"}))
def test_whatever_else_refuses_a_review_refuses_the_request(code: str) -> None:
    assert request(refused=[code]) != SENT


@pytest.mark.parametrize(("facts", "code"), INVITATIONS)
def test_each_reason_against_an_invitation(facts: dict[str, Any], code: str) -> None:
    assert invitation(**facts) == code


def test_every_code_is_in_the_tables() -> None:
    assert {code for _, code in REQUESTS} == set(REQUEST_CODES)
    assert {code for _, code in INVITATIONS} == set(INVITATION_CODES)
    assert all(len(code) <= 20 for code in (*REQUEST_CODES, *INVITATION_CODES))


@given(st.lists(st.sampled_from(REQUESTS), max_size=6))
def test_of_several_reasons_the_first_of_the_list_counts(
    chosen: list[tuple[dict[str, Any], str]],
) -> None:
    """One reason against is enough, and no fact takes another's reason away."""
    facts: dict[str, Any] = {}
    for one, _ in chosen:
        facts |= one
    code = request(**facts)
    alone = {request(**{key: value}) for key, value in facts.items()}
    assert (code == SENT) == (alone <= {SENT})
    assert code == min(alone - {SENT}, key=REQUEST_CODES.index, default=SENT)


@given(st.lists(st.sampled_from(INVITATIONS), max_size=6))
def test_of_several_reasons_against_an_invitation_the_first_counts(
    chosen: list[tuple[dict[str, Any], str]],
) -> None:
    facts: dict[str, Any] = {}
    for one, _ in chosen:
        facts |= one
    code = invitation(**facts)
    told = [one for one in INVITATION_CODES if one == code]
    assert told == [code]
    if facts.get("invited_before"):
        assert code == "already_invited"
    if code == SENT:
        assert not {"imported", "erased", "edited_since", "opted_out"} & set(facts)


def test_an_invitation_leads_where_the_review_can_be_changed() -> None:
    assert destination(may_edit=True, may_correct=True) == "edit"
    assert destination(may_edit=False, may_correct=True) == "correction"
    assert destination(may_edit=False, may_correct=False) is None
