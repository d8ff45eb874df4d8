"""Any policy that can be: a preset with any of its keys said otherwise, as far as they agree."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from arvio.policy.load import load_preset, merge, preset_names, read_policy, to_dict
from arvio.policy.model import Policy
from arvio.policy.schema import KEYS, NONE, Rule

LENGTHS = (
    "PT0S",
    "PT1H",
    "PT48H",
    "P2D",
    "P3D",
    "P29D",
    "P30D",
    "P1M",
    "P31D",
    "P60D",
    "P3M",
    "P1Y",
)
WORDS = st.lists(
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).filter(
        str.strip
    ),
    max_size=4,
)


def can_be(rule: Rule, value: Any) -> bool:
    try:
        rule.read(value)
    except ValueError:
        return False
    return True


def values(rule: Rule) -> st.SearchStrategy[Any]:
    some: st.SearchStrategy[Any] = {
        "choice": st.sampled_from(rule.names or ("",)),
        "choices": st.lists(
            st.sampled_from(rule.names or ("",)), unique=True, min_size=rule.low or 0
        ),
        "texts": WORDS,
        "yes_no": st.booleans(),
        "whole": st.integers(rule.low or 0, rule.high or 1)
        if rule.kind == "whole"
        else st.nothing(),
        "number": st.floats(1, 5) | st.integers(1, 5),
        "duration": st.sampled_from(LENGTHS).filter(lambda text: can_be(rule, text)),
    }[rule.kind]
    return some | st.just(NONE) if rule.optional else some


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    raw = to_dict(load_preset(draw(st.sampled_from(preset_names()))).policy)
    named = [(section, key) for section, rules in KEYS.items() for key in rules]
    for section, key in draw(st.lists(st.sampled_from(named), unique=True, max_size=12)):
        raw[section][key] = draw(values(KEYS[section][key]))
    _fields(draw, raw)
    return read_policy(raw=merge(base=raw, over=agreed(raw)))


def _fields(draw: st.DrawFn, raw: dict[str, Any]) -> None:
    """Some of the form's questions go, and some are asked of those with few stars alone."""
    for section in raw["form"]["sections"]:
        for field in list(section["fields"])[1:]:
            what = draw(st.sampled_from(("keep", "keep", "keep", "drop", "few stars")))
            if what == "drop":
                section["fields"].remove(field)
            elif what == "few stars":
                field |= {"required": False, "required_up_to_stars": draw(st.integers(1, 5))}


def agreed(raw: dict[str, Any]) -> dict[str, Any]:
    """What keys must say that don't stand alone."""
    editing, requests, limits = raw["editing"], raw["requests"], raw["limits"]
    over: dict[str, Any] = {"editing": {}, "requests": {}, "limits": {}}
    if editing["by_author"] == "allowed":
        usual = {"raise_delay": "PT0S", "lower_delay": "P3D", "good_from": 4}
        over["editing"] = {
            key: value for key, value in usual.items() if editing[key] in (None, NONE)
        }
    nobody = requests["email_after"] in (None, NONE)
    over["requests"] = {"to": NONE if nobody else "installer"}
    if limits["per_account"] not in (None, NONE):
        over["limits"] = {"per_account": max(limits["per_account"], limits["per_user"])}
    refused = raw["eligibility"]["refuse"]
    lost = {"affiliation": "affiliated", "test_account": "test_account"}
    kept = [one for one in raw["publication"]["recheck"] if lost.get(one, one) in [*refused, "ban"]]
    return {**over, "publication": {"recheck": kept}}
