"""What holds for every figure: nothing changes nothing, every rule is told of, a figure is as long
as its list,
and the number of statements doesn't grow.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from arvio.catalog.marketplaces import set_policy
from arvio.paging import CursorError
from arvio.policy.durations import Duration
from arvio.policy.durations import parse as parse_duration
from arvio.policy.load import load_policy, load_preset, preset_names
from arvio.policy.model import Policy
from arvio.policy.schema import KEYS
from arvio.preview import explain, people, queries, shapes
from arvio.preview.left_out import keys_left_out
from arvio.preview.queries import TOPICS, Item
from arvio.preview.shapes import Change
from tests import cast
from tests.cast import NOW, Stage
from tests.preview.shelf import PRESET, TOMORROW, merged, review_all, rules, shelf

pytestmark = pytest.mark.django_db
Counter = Callable[[], AbstractContextManager[list[str]]]
EVERYTHING: dict[str, Any] = {
    "aggregates": {"min_reviews": 3, "zero_counts": False},
    "ranking": {"half_life": "P30D", "prior_weight": 2},
    "eligibility": {"plans": "any", "grace_after_uninstall": "P5D"},
    "limits": {"per_account": 1, "user_scope": "marketplace"},
    "publication": {"hold": "P5D", "recheck": ["ban"]},
    "editing": {
        "by_author": "allowed",
        "raise_delay": "PT0S",
        "lower_delay": "P3D",
        "good_from": 4,
    },
    "replies": {"during_hold": False},
    "privacy": {"display_name": "last_f"},
    "reports": {"business_days": 3, "who": "signed_in"},
    "moderation": {"four_eyes": "always", "appeal_window": "P1M"},
    "screening": {"links": "refuse"},
    "requests": {"email_after": "P20D", "to": "installer"},
    "retention": {"removed": "P2D"},
}


def asked(stage: Stage, **overrides: Any) -> dict[str, Any]:
    policy = rules(stage, **overrides)
    return {"marketplace": stage.marketplace, "policy": policy, "at": TOMORROW, "now": NOW}


@pytest.mark.once
def test_the_rules_that_are_in_force_change_nothing() -> None:
    stage = shelf({"mail": [5, 4], "tasks": [1]})
    assert queries.figures(**asked(stage)) == []
    for code in queries.CODES:
        assert queries.listed(**asked(stage), code=code).items == []


# What to say instead of a name that a key may hold.
OTHERS = {
    "in_product": "any", "commercial": "any", "refuse": "allow", "account": "marketplace",
    "never": "allowed", "first_l": "company", "anyone": "signed_in", "off": "flag",
    "flag": "off", "keep_stars": "remove", "installer": None,
}  # fmt: skip
BY_KEY = {("moderation", "four_eyes"): "always", ("requests", "email_after"): parse_duration("P9D")}


def other(section: str, key: str, value: Any) -> Any:
    if (section, key) in BY_KEY:
        return BY_KEY[section, key]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return OTHERS[value]
    if isinstance(value, tuple):
        return value[:-1] if value else ("word",)
    return parse_duration("P77D") if value is None or isinstance(value, Duration) else value


@pytest.mark.once
@pytest.mark.parametrize("section", KEYS)
def test_a_change_of_any_rule_is_counted_or_said_to_be_not(section: str) -> None:
    old = load_policy(preset=PRESET, overrides={"requests": EVERYTHING["requests"]})
    for key in KEYS[section]:
        part = getattr(old, section)
        new = replace(
            old, **{section: replace(part, **{key: other(section, key, getattr(part, key))})}
        )
        assert old != new
        assert told_of(old, new) or told_of(new, old), f"{section}.{key}"


def told_of(old: Policy, new: Policy) -> bool:
    change = Change(None, old, new, TOMORROW, NOW)  # type: ignore[arg-type]  # rules alone are looked at
    return any(topic.touched(change) for topic in TOPICS) or bool(keys_left_out(old, new))


@pytest.mark.once
@pytest.mark.parametrize("preset", preset_names())
def test_every_figure_is_as_long_as_its_list(preset: str) -> None:
    stage = shelf({"mail": [5, 4, 1], "tasks": [1], "forms": [3, 3]})
    arguments = {**asked(stage), "policy": load_preset(preset).policy}
    for figure in queries.figures(**arguments):
        if figure.listed:
            rows = list(queries.every(**arguments, code=figure.code))
            assert figure.values.get("pairs", figure.count) == len(rows), figure.code
            assert queries.figure(**arguments, code=figure.code) == figure


def test_two_hundred_cost_as_many_statements_as_ten(count_sql: Counter) -> None:
    stage = shelf({"mail": [5] * 5, "tasks": [2] * 5})
    stage.review(by=stage.anna, at=NOW)
    arguments = asked(stage, **EVERYTHING)
    with count_sql() as few:
        small = queries.figures(**arguments)
    for n in range(10):
        app = cast.make_app(stage.marketplace, stage.partner, f"more-{n}")
        review_all(stage, app, [4] * 19, f"more-{n}")
    with count_sql() as many:
        big = queries.figures(**arguments)
    assert len(few) == len(many) < 60
    assert {one.code for one in small} <= {one.code for one in big}
    assert max(one.count for one in big) >= 190


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (shapes, people):
        monkeypatch.setattr(module, "BATCH", 3)
    monkeypatch.setattr(queries, "PAGE", 4)


@pytest.mark.parametrize(
    "code", ["may_not_review", "name_changed", "hold_otherwise", "place_moved", "held_keep"]
)
@pytest.mark.parametrize("seconds", [0.0, None], ids=["no time", "all the time"])
@pytest.mark.usefixtures("_small_batches")
def test_pages_hold_everything_once_whatever_time_there_is(
    code: str, seconds: float | None
) -> None:
    stars = {ref: [5 - n % 3] * (1 + n % 3) for n, ref in enumerate("abcdefgh")}
    stage = shelf(
        {f"app-{ref}": given for ref, given in stars.items()}, publication={"hold": "P8D"}
    )
    arguments = {**asked(stage, **EVERYTHING), "code": code}
    whole = list(queries.every(**arguments))
    found: list[Item] = []
    cursor, pages = None, 0
    while cursor or not pages:
        page = queries.listed(**arguments, cursor=cursor, seconds=seconds)
        found, cursor, pages = [*found, *page.items], page.next, pages + 1
        assert len(page.items) <= 4
    assert found == whole and len(whole) > 4
    with pytest.raises(CursorError):
        queries.listed(**arguments, cursor="bm90aGluZw")


@pytest.mark.once
@pytest.mark.usefixtures("_small_batches")
def test_what_is_not_counted_to_the_end_says_so() -> None:
    stage = shelf({"mail": [5] * 9})
    arguments = asked(stage, **EVERYTHING)
    full = {one.code: one for one in queries.figures(**arguments)}
    cut = {one.code: one for one in queries.figures(**arguments, seconds=0)}
    assert "unfinished" in cut and "unfinished" not in full
    assert cut["name_changed"].values["at_least"] is True
    assert cut["name_changed"].count < full["name_changed"].count
    assert cut["score_changed"] == full["score_changed"]


@pytest.mark.once
def test_rules_that_are_to_come_are_what_is_compared_with() -> None:
    stage = shelf({"mail": [5, 5], "tasks": [4]}, aggregates={"min_reviews": 1})
    set_policy(
        marketplace=stage.marketplace,
        preset=PRESET,
        overrides=merged(stage, {"aggregates": {"min_reviews": 2}}),
        effective_at=TOMORROW,
        actor="test",
        now=NOW,
    )
    assert queries.figures(**asked(stage)) == []
    today = {**asked(stage), "at": NOW}
    assert {one.code: one.count for one in queries.figures(**today)}["rating_lost"] == 1


@pytest.mark.once
def test_every_code_has_its_words_and_its_place() -> None:
    told = [code for _, codes in explain.titled() for code in codes]
    assert sorted(told) == sorted(explain.SENTENCES)
    assert set(queries.CODES) <= set(told)
