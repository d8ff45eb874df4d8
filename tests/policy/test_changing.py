"""What a policy changes, the least that makes it, its text, and its symmetry: tables and laws."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arvio.policy.changing import Change, difference, overrides_for, overrides_in
from arvio.policy.durations import parse
from arvio.policy.editing import edit_due_at
from arvio.policy.load import (
    load_policy,
    load_preset,
    load_toml,
    merge,
    parse_toml,
    preset_names,
    read_policy,
    to_dict,
)
from arvio.policy.model import Policy
from arvio.policy.symmetry import asymmetries, longer_sometimes, symmetric
from arvio.policy.toml_text import policy_text, tables_text
from tests.cast import NOW
from tests.policy.made import policies

pytestmark = pytest.mark.once

EDITED, ASKING = "bitrix24-2025", "hubspot-2024"
FEW = settings(max_examples=40)
presets = st.sampled_from(preset_names())


def changed(preset: str, overrides: dict[str, Any]) -> list[Change]:
    after = load_policy(preset=preset, overrides=overrides)
    return difference(before=load_preset(preset).policy, after=after)


@FEW
@given(policies(), policies())
def test_the_difference_turned_round_is_the_way_back(one: Policy, other: Policy) -> None:
    there = difference(before=one, after=other)
    back = difference(before=other, after=one)
    assert bool(there) == (one != other)
    assert difference(before=one, after=read_policy(raw=to_dict(one))) == []
    assert {(c.key, repr(c.old), repr(c.new)) for c in there} == {
        (c.key, repr(c.new), repr(c.old)) for c in back
    }


@FEW
@given(presets, policies())
def test_the_least_overrides_make_the_very_document_as_tables_and_as_text(
    preset: str, policy: Policy
) -> None:
    overrides = overrides_for(preset=preset, policy=policy)
    assert to_dict(load_policy(preset=preset, overrides=overrides)) == to_dict(policy)
    assert bool(overrides) == (to_dict(policy) != to_dict(load_preset(preset).policy))
    text = policy_text(preset=preset, overrides=overrides)
    assert parse_toml(text=text) == {"preset": preset, **overrides}
    assert to_dict(load_toml(text=text)) == to_dict(policy)


leaves = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), trees, max_size=4))
def test_whatever_stands_in_a_draft_is_written_as_toml(tables: dict[str, Any]) -> None:
    assert parse_toml(text=tables_text(tables)) == tables


def test_each_change_names_its_key_with_both_values() -> None:
    overrides = {
        "limits": {"per_account": "none"},
        "editing": {"raise_delay": "P2D"},
        "aggregates": {"min_reviews": 20},
        "eligibility": {"plan_names": {"other": ["demo"]}},
    }
    found = changed(ASKING, overrides)
    assert [change.key for change in found] == [
        "eligibility.plan_names.other", "limits.per_account", "aggregates.min_reviews",
    ]  # fmt: skip
    assert found[1] == Change("limits.per_account", 3, None)
    assert found[2] == Change("aggregates.min_reviews", 10, 20)


def test_the_form_says_which_fields_come_go_move_and_change() -> None:
    before = to_dict(load_preset(ASKING).policy)
    review, qualities, about = before["form"]["sections"]
    title, pros = review["fields"][1], review["fields"][3]
    sections: list[dict[str, Any]] = [
        {"key": "review", "fields": [review["fields"][0], review["fields"][2], pros, title]},
        {"key": "about", "fields": [*about["fields"], {**qualities["fields"][0]}]},
    ]
    pros = sections[0]["fields"][2] = {**pros, "max": 500, "required": True}
    sections[1]["fields"].append({"key": "team", "type": "line"})
    found = {c.key: (c.old, c.new) for c in changed(ASKING, {"form": {"sections": sections}})}
    assert found.pop("form.team")[0] is None
    assert found.pop("form.cons")[1] is None
    assert found.pop("form.fields[]")[1][:4] == ["stars", "text", "pros", "title"]
    gone = {key for key in found if found[key][1] is None and key.count(".") == 1}
    assert gone == {"form.features", "form.value", "form.support_documentation"}
    assert {key: value for key, value in found.items() if key not in gone} == {
        "form.sections[]": (["review", "qualities", "about"], ["review", "about"]),
        "form.pros.max": (2000, 500),
        "form.pros.required": (False, True),
        "form.ease_of_use.section": ("qualities", "about"),
    }


def test_what_a_form_holds_beside_the_preset_is_kept_even_where_it_is_nonsense() -> None:
    raw = to_dict(load_preset(EDITED).policy)
    raw["publication"]["hold"] = "P3X"
    raw["limits"] |= {"per_user": 2, "per_account": "none"}
    raw["form"] = "[[form.sections"
    assert overrides_in(preset=EDITED, raw=raw) == {
        "publication": {"hold": "P3X"}, "limits": {"per_user": 2}, "form": "[[form.sections",
    }  # fmt: skip


# Each with what is asked of the policy before, and the code of what isn't symmetric then.
EDITING = {"by_author": "allowed", "good_from": 4}
NO_HOLD = {"hold": "PT0S"}
SYMMETRY = [
    (EDITED, {}, ["lowering_waits_longer", "lowering_puts_off_publication"]),
    (EDITED, {"editing": {"by_author": "never"}}, []),
    (EDITED, {"editing": {"raise_delay": "P3D"}}, ["lowering_puts_off_publication"]),
    (EDITED, {"editing": {"lower_delay": "PT0S"}}, []),
    (EDITED, {"publication": NO_HOLD}, ["lowering_waits_longer"]),
    (ASKING, {}, []),
    (ASKING, {"editing": {"good_from": 2}}, []),
    (ASKING, {"editing": {"raise_delay": "P30D", "lower_delay": "P1M"}}, ["lowering_waits_longer"]),
    (ASKING, {"editing": {"raise_delay": "P31D", "lower_delay": "P1M"}}, []),
    (ASKING, {"aggregates": {"zero_counts": False}}, ["zero_left_out"]),
    (EDITED, {"editing": {"lower_delay": "PT0S"}, "aggregates": {"zero_counts": False}}, []),
]


@pytest.mark.parametrize(("preset", "overrides", "codes"), SYMMETRY)
def test_what_treats_criticism_worse_is_found(
    preset: str, overrides: dict[str, Any], codes: list[str]
) -> None:
    policy = load_policy(preset=preset, overrides=overrides)
    assert [found.code for found in asymmetries(policy=policy)] == codes


def test_a_question_for_few_stars_alone_becomes_one_for_all() -> None:
    sections = to_dict(load_preset(ASKING).policy)["form"]["sections"]
    sections[0]["fields"][3]["required_up_to_stars"] = 2
    policy = load_policy(preset=ASKING, overrides={"form": {"sections": sections}})
    (found,) = asymmetries(policy=policy)
    assert found.values == {"fields": [("pros", 2)]}
    assert symmetric(policy=policy).form.content["pros"].is_required(stars=5)


@FEW
@given(policies())
def test_each_cure_removes_its_own_warning_and_all_of_them_leave_none(policy: Policy) -> None:
    for found in asymmetries(policy=policy):
        cured = read_policy(raw=merge(base=to_dict(policy), over=found.overrides))
        assert found.code not in [one.code for one in asymmetries(policy=cured)]
        keys = {change.key for change in difference(before=policy, after=cured)}
        assert all(key.startswith(("form.", "editing.", "aggregates.")) for key in keys)
    assert asymmetries(policy=symmetric(policy=policy)) == []


@FEW
@given(policies(), st.integers(1, 5), st.integers(1, 5), st.datetimes(NOW.replace(tzinfo=None)))
def test_without_a_warning_no_edit_waits_longer_for_having_fewer_stars(
    policy: Policy, old: int, new: int, at: datetime
) -> None:
    policy = symmetric(policy=policy)
    if policy.editing.by_author == "never" or at.year > 9000:
        return
    now = at.replace(tzinfo=NOW.tzinfo)
    for hold in {None, policy.publication.hold.add(now) if policy.publication.hold else None}:
        lower = edit_due_at(policy=policy, old_stars=old, new_stars=1, now=now, hold_due_at=hold)
        better = edit_due_at(policy=policy, old_stars=new, new_stars=5, now=now, hold_due_at=hold)
        assert lower <= better


def test_a_month_is_longer_than_thirty_days_from_some_days_on() -> None:
    assert longer_sometimes(parse("P1M"), parse("P30D"))
    assert longer_sometimes(parse("P30D"), parse("P1M"))
    assert not longer_sometimes(parse("P1M"), parse("P31D"))
    assert not longer_sometimes(parse("PT48H"), parse("P2D"))
