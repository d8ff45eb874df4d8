"""Presets, overrides and validation: all problems at once, each with what is allowed."""

import math
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.durations import parse
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
from arvio.policy.model import ALWAYS_IN_FORCE, FROZEN_AT_SUBMISSION, REASONS, Policy
from arvio.policy.problems import PolicyError, Problem
from arvio.policy.schema import KEYS

pytestmark = pytest.mark.once

B24, B25, H22, H24 = "bitrix24-2024", "bitrix24-2025", "hubspot-2022", "hubspot-2024"
ALL = (B24, B25, H22, H24)
REFUSE = ["affiliated", "operator_staff", "test_account"]
RECHECK = ["ban", "affiliation", "test_account"]

SCREENED = (
    "denied_words", "links", "emails", "phones", "cards", "duplicates", "bursts", "partner_domains",
)  # fmt: skip

# CONTRACT section 4, row by row, and the keys of moderation and screening beside it.
TABLE = [
    ("eligibility.surface", "in_product", "in_product", "any", "any"),
    ("eligibility.plans", "commercial", "commercial", "any", "any"),
    ("eligibility.unknown_plan", "refuse", "refuse", "allow", "allow"),
    ("eligibility.refuse", REFUSE, REFUSE, REFUSE, REFUSE),
    ("eligibility.grace_after_uninstall", "PT0S", "PT0S", "PT0S", "PT0S"),
    ("limits.user_scope", "account", "account", "marketplace", "marketplace"),
    ("limits.per_user", 1, 1, 1, 1),
    ("limits.per_account", None, None, 3, 3),
    ("publication.hold", "P3D", "P3D", "PT0S", "PT0S"),
    ("publication.recheck", RECHECK, RECHECK, RECHECK, RECHECK),
    ("editing.by_author", "never", "allowed", "never", "allowed"),
    ("editing.max", None, 2, None, None),
    ("editing.window", None, "P3M", None, None),
    ("editing.raise_delay", None, "PT0S", None, "PT48H"),
    ("editing.lower_delay", None, "P3D", None, "PT48H"),
    ("editing.good_from", None, 4, None, 4),
    ("editing.operator_replacement", True, True, False, False),
    ("replies.during_hold", True, True, True, True),
    ("replies.editable", False, False, False, False),
    ("replies.again_after_removal", True, True, True, True),
    ("aggregates.min_reviews", 1, 1, 10, 10),
    ("aggregates.zero_counts", True, True, True, True),
    ("ranking.prior_mean", 3.5, 3.5, 3.5, 3.5),
    ("ranking.prior_weight", 7, 7, 7, 7),
    ("ranking.half_life", None, None, None, None),
    ("privacy.display_name", "first_l", "first_l", "first_l", "first_l"),
    ("reports.who", "anyone", "anyone", "anyone", "anyone"),
    ("reports.business_days", 10, 10, 10, 10),
    ("reports.reasons", *[list(REASONS)] * 4),
    ("moderation.four_eyes", *["never"] * 4),
    ("moderation.appeal_window", *["P6M"] * 4),
    *((f"screening.{key}", *["flag"] * 4) for key in SCREENED),
    ("screening.own_words", *[[]] * 4),
    ("screening.new_account", *["P1D"] * 4),
    ("requests.email_after", None, None, "P30D", "P30D"),
    ("requests.to", None, None, "installer", "installer"),
    ("prompts.every", "P60D", "P60D", "P60D", "P60D"),
    ("prompts.per_year", 3, 3, 3, 3),
    ("prompts.per_user_day", 1, 1, 1, 1),
    ("prompts.min_age", "P7D", "P7D", "P7D", "P7D"),
    ("prompts.min_successes", 3, 3, 3, 3),
    ("retention.removed", "P400D", "P400D", "P400D", "P400D"),
    ("retention.erasure", *["keep_stars"] * 4),
]


def problems_of(raw: dict[str, Any]) -> dict[str, Problem]:
    with pytest.raises(PolicyError) as caught:
        read_policy(raw=raw)
    return {problem.key: problem for problem in caught.value.problems}


def overridden(preset: str, **overrides: Any) -> dict[str, Any]:
    return merge(base=to_dict(load_preset(preset).policy), over=overrides)


def test_there_are_the_four_presets() -> None:
    assert preset_names() == ALL


@pytest.mark.parametrize(("key", "values"), [(row[0], row[1:]) for row in TABLE])
def test_the_presets_say_what_the_contract_says(key: str, values: tuple[Any, ...]) -> None:
    section, name = key.split(".")
    assert tuple(to_dict(load_preset(preset).policy)[section][name] for preset in ALL) == values


def test_the_contract_table_names_every_key() -> None:
    assert {row[0] for row in TABLE} == {f"{s}.{k}" for s, keys in KEYS.items() for k in keys}


@pytest.mark.parametrize("name", ALL)
def test_a_preset_is_dated_and_names_its_source(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    assert preset.dated.startswith(name[-4:])
    assert preset.sources
    assert preset.summary


@pytest.mark.parametrize("name", [B24, B25])
def test_the_form_of_one_family_is_stars_text_and_two_consents(name: str) -> None:
    form = load_preset(name).policy.form
    assert [section.key for section in form.sections] == ["review"]
    assert [(f.key, f.required) for f in form.fields] == [
        ("stars", True), ("text", True), ("guidelines", True), ("privacy", True),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [H22, H24])
def test_the_form_of_the_other_has_three_sections(name: str) -> None:
    form = load_preset(name).policy.form
    assert [[(f.key, f.required) for f in section.fields] for section in form.sections] == [
        [("stars", True), ("title", True), ("text", True), ("pros", False), ("cons", False)],
        [
            ("ease_of_use", True), ("features", True), ("value", False),
            ("support_documentation", False),
        ],
        [
            ("role", True), ("company_size", True), ("industry", False), ("uses_app", True),
            ("guidelines", True), ("privacy", True),
        ],
    ]  # fmt: skip
    assert {f.key: f.visibility for f in form.about.values()} == {
        "role": "public", "company_size": "public", "industry": "private",
    }  # fmt: skip


def test_frozen_and_living_sections_are_all_sections() -> None:
    assert set(FROZEN_AT_SUBMISSION) | set(ALWAYS_IN_FORCE) == set(Policy.__dataclass_fields__)
    assert not set(FROZEN_AT_SUBMISSION) & set(ALWAYS_IN_FORCE)


@pytest.mark.parametrize(
    "plan", ["Commercial", "commercial", " PRO ", "Enterprise", "starter", "paid"]
)
@pytest.mark.parametrize("preset", ALL)
def test_usual_paid_plans_are_commercial(preset: str, plan: str) -> None:
    names = load_preset(preset).policy.eligibility.plan_names
    assert names.classify(plan) == "commercial"


@pytest.mark.parametrize("plan", ["demo", "Trial", "FREE", "project", "nfr", "sandbox"])
@pytest.mark.parametrize("preset", ALL)
def test_demo_and_free_plans_are_not_commercial(preset: str, plan: str) -> None:
    assert load_preset(preset).policy.eligibility.plan_names.classify(plan) == "other"


@pytest.mark.parametrize("plan", ["", None, "gold", "professional plus", "demo commercial"])
def test_any_other_plan_is_unknown(plan: str | None) -> None:
    assert load_preset(B24).policy.eligibility.plan_names.classify(plan) == "unknown"


def test_a_marketplace_may_add_its_own_plan_names() -> None:
    policy = load_policy(
        preset=B24, overrides={"eligibility": {"plan_names": {"commercial": ["ЗОЛОТО"]}}}
    )
    assert policy.eligibility.plan_names.classify("золото") == "commercial"
    assert policy.eligibility.plan_names.classify("demo") == "other"


def test_overrides_change_the_named_keys_and_nothing_else() -> None:
    policy = load_policy(preset=H22, overrides={"publication": {"hold": "P2D"}})
    expected = to_dict(load_preset(H22).policy)
    expected["publication"]["hold"] = "P2D"
    assert to_dict(policy) == expected


def test_overrides_may_be_toml() -> None:
    policy = load_policy(preset=H22, overrides='[limits]\nper_account = "none"\n')
    assert policy.limits.per_account is None


def test_rules_of_both_families_may_be_mixed() -> None:
    editing = to_dict(load_preset(B25).policy)["editing"]
    policy = load_policy(preset=H22, overrides={"editing": editing, "publication": {"hold": "P3D"}})
    assert policy.editing == load_preset(B25).policy.editing
    assert policy.form == load_preset(H22).policy.form


def test_a_file_may_stand_on_a_preset() -> None:
    policy = load_toml(text='preset = "hubspot-2022"\n[aggregates]\nmin_reviews = 3\n')
    assert policy.aggregates.min_reviews == 3
    assert policy.ranking == load_preset(H22).policy.ranking


def test_a_file_without_most_sections_is_told_of_presets() -> None:
    with pytest.raises(PolicyError, match="only what differs") as caught:
        load_toml(text="[limits]\nper_user = 1\n")
    assert caught.value.problems[0].key == "preset"
    assert "limits.per_account" in {problem.key for problem in caught.value.problems}


def test_a_whole_file_with_a_mistake_is_told_only_of_the_mistake() -> None:
    with pytest.raises(PolicyError) as caught:
        load_toml(text="".join(f"{section} = 1\n" for section in [*KEYS, "form"]))
    assert {problem.key for problem in caught.value.problems} == {*KEYS, "form"}


def test_an_account_may_have_as_many_reviews_as_one_user() -> None:
    limits = {"per_user": 3, "per_account": 3}
    assert load_policy(preset=H22, overrides={"limits": limits}).limits.per_user == 3


@pytest.mark.parametrize("name", ["nope", "../../secret", "", "hubspot-2022.toml"])
def test_an_unknown_preset_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(PolicyError, match="hubspot-2022") as caught:
        load_preset(name)
    assert caught.value.problems[0].key == "preset"


def test_a_preset_that_is_no_text_is_refused() -> None:
    with pytest.raises(PolicyError, match="preset"):
        load_toml(text="preset = 3")


def test_unreadable_toml_names_the_line() -> None:
    with pytest.raises(PolicyError, match="line 2"):
        parse_toml(text='preset = "x"\n[editing\n')


def test_all_problems_are_named_at_once() -> None:
    found = problems_of(
        overridden(
            B25,
            editing={"max": 0, "good_from": 6},
            limits={"per_user": "one"},
            publication={"hold": "three days"},
        )
    )
    assert set(found) == {"editing.max", "editing.good_from", "limits.per_user", "publication.hold"}
    assert found["editing.max"].value == 0
    assert found["editing.max"].allowed == 'a whole number from 1 to 100, or "none"'
    assert "P3D" in found["publication.hold"].allowed


@pytest.mark.parametrize("section", KEYS)
def test_a_missing_key_is_a_problem(section: str) -> None:
    for key in KEYS[section]:
        raw = to_dict(load_preset(B25).policy)
        del raw[section][key]
        found = problems_of(raw)
        assert list(found) == [f"{section}.{key}"]
        assert "missing" in found[f"{section}.{key}"].allowed


@pytest.mark.parametrize("section", [*KEYS, "form"])
def test_a_missing_section_is_a_problem(section: str) -> None:
    raw = to_dict(load_preset(B25).policy)
    del raw[section]
    assert list(problems_of(raw)) == [section]


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        (("editing", "maxx"), "editing.max"),
        (("limits", "peruser"), "limits.per_user"),
        (("edting", "max"), "editing"),
        (("eligibility", "plan_name"), "eligibility.plan_names"),
    ],
)
def test_an_unknown_key_gets_the_nearest_one_suggested(
    path: tuple[str, str], suggestion: str
) -> None:
    section, key = path
    found = problems_of(overridden(B25, **{section: {key: 1}}))
    (problem,) = found.values()
    assert f'did you mean "{suggestion}"?' in problem.allowed


WRONG: list[tuple[str, list[Any]]] = [
    ("limits.per_user", [True, 1.0, "1", None, 0, 101, [1]]),
    ("limits.per_account", [True, 0, "3", "None", 2.0]),
    ("editing.good_from", [0, 6, True]),
    ("editing.operator_replacement", [1, "true", None, "none"]),
    ("publication.hold", ["3D", "P-1D", "P91D", "none", None, 3, ""]),
    ("editing.window", ["PT0S", "P11Y", 3]),
    ("eligibility.surface", ["web", None, True, ["any"]]),
    ("eligibility.refuse", ["affiliated", ["bots"], ["affiliated", "affiliated"], None, [1]]),
    ("ranking.prior_mean", [0.9, 5.1, math.nan, math.inf, True, "3.5", None]),
    ("ranking.prior_weight", [0, -1, math.inf, "7"]),
    ("ranking.half_life", ["PT12H", "P1M", "PT36H", 30]),
    ("reports.business_days", [0, 61, 10.0, True]),
    ("reports.reasons", [[], ["rude"], ["spam", "spam"], "spam"]),
    ("moderation.four_eyes", ["yes", True, None]),
    ("moderation.appeal_window", ["P1D", "P3Y", "none"]),
    ("screening.duplicates", ["refuse", True]),
    ("screening.links", ["hide", None]),
    ("screening.new_account", ["PT1M", 1]),
    ("retention.erasure", ["all", None]),
    ("aggregates.zero_counts", [0, 1, "yes"]),
]


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, values in WRONG for v in values])
def test_a_wrong_value_is_refused_under_its_key(key: str, value: Any) -> None:
    section, name = key.split(".")
    assert key in problems_of(overridden(B25, **{section: {name: value}}))


@pytest.mark.parametrize("section", list(KEYS))
@pytest.mark.parametrize("value", [None, 1, "none", []])
def test_a_section_that_is_no_table_is_a_problem(section: str, value: Any) -> None:
    raw = to_dict(load_preset(B25).policy)
    raw[section] = value
    assert section in problems_of(raw)


@pytest.mark.parametrize("key", ["raise_delay", "lower_delay", "good_from"])
def test_authors_who_may_edit_need_delays_and_what_good_is(key: str) -> None:
    found = problems_of(overridden(B25, editing={key: "none"}))
    assert list(found) == [f"editing.{key}"]
    assert 'by_author is "allowed"' in found[f"editing.{key}"].allowed


@pytest.mark.parametrize(
    ("preset", "override", "key"),
    [
        (H22, {"requests": {"to": "none"}}, "requests.to"),
        (H22, {"requests": {"email_after": "none"}}, "requests.to"),
        (H22, {"limits": {"per_user": 4}}, "limits.per_account"),
        (
            H22,
            {"eligibility": {"refuse": ["operator_staff", "test_account"]}},
            "publication.recheck",
        ),
        (H22, {"eligibility": {"refuse": ["affiliated"]}}, "publication.recheck"),
        (
            H22,
            {"eligibility": {"plan_names": {"commercial": ["demo"]}}},
            "eligibility.plan_names",
        ),
    ],
)
def test_keys_that_contradict_each_other_are_refused(
    preset: str, override: dict[str, Any], key: str
) -> None:
    assert list(problems_of(overridden(preset, **override))) == [key]


FORM_FAULTS: list[tuple[list[dict[str, Any]], str]] = [
    ([], "form.sections[0].fields"),
    ([{"key": "text", "type": "text"}], "form.stars"),
    ([{"key": "stars", "type": "stars", "required": False}], "form.stars"),
    ([{"key": "stars", "type": "text", "required": True}], "form.stars.type"),
    ([{"key": "Stars", "type": "stars"}], "form.sections[0].fields[0].key"),
    ([{"key": "stars"}], "form.sections[0].fields[0].type"),
    ([{"key": "stars", "type": "stars", "requird": True}], "form.sections[0].fields[0].requird"),
    ([{"key": "stars", "type": "stars", "required": 1}], "form.sections[0].fields[0].required"),
    (["stars"], "form.sections[0].fields[0]"),  # type: ignore[list-item]
]
STARS = {"key": "stars", "type": "stars", "required": True}
FIELD_FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"key": "speed", "type": "quality"}, "form.speed.key"),
    ({"key": "value", "type": "quality", "max": 10}, "form.value.max"),
    ({"key": "title", "type": "text"}, "form.title.type"),
    ({"key": "text", "type": "text", "min": 9, "max": 3}, "form.text.max"),
    ({"key": "text", "type": "text", "max": 20_000, "min": 0}, "form.text.max"),
    ({"key": "text", "type": "text", "visibility": "private"}, "form.text.visibility"),
    ({"key": "size", "type": "choice"}, "form.size.choices"),
    ({"key": "size", "type": "choice", "choices": "a"}, "form.sections[0].fields[1].choices"),
    (
        {"key": "size", "type": "choice", "choices": [f"c{n}" for n in range(101)]},
        "form.sections[0].fields[1].choices",
    ),
    ({"key": "privacy", "type": "consent", "version": 1}, "form.sections[0].fields[1].version"),
    ({"key": "privacy", "type": "consent", "version": " "}, "form.sections[0].fields[1].version"),
    ({"key": "role", "type": "line", "choices": ["a"]}, "form.role.choices"),
    ({"key": "privacy", "type": "consent"}, "form.privacy.version"),
    ({"key": "spam", "type": "consent", "version": "1"}, "form.spam.key"),
    ({"key": "role", "type": "line", "version": "1"}, "form.role.version"),
    (
        {"key": "text", "type": "text", "required": True, "required_up_to_stars": 3},
        "form.text.required_up_to_stars",
    ),
    ({"key": "stars", "type": "stars", "required": True}, "form.stars"),
]


@pytest.mark.parametrize(("fields", "key"), FORM_FAULTS)
def test_a_form_that_cannot_be_asked_is_refused(fields: list[dict[str, Any]], key: str) -> None:
    form = {"sections": [{"key": "review", "fields": fields}]}
    assert key in problems_of(overridden(B24, form=form))


@pytest.mark.parametrize(("field", "key"), FIELD_FAULTS)
def test_a_field_that_cannot_be_asked_is_refused(field: dict[str, Any], key: str) -> None:
    form = {"sections": [{"key": "review", "fields": [STARS, field]}]}
    assert list(problems_of(overridden(B24, form=form))) == [key]


@pytest.mark.parametrize(
    "form", [None, [], {"sections": []}, {"sections": ["x"]}, {"sections": "x"}, {}]
)
def test_a_form_without_sections_is_refused(form: Any) -> None:
    raw = {**to_dict(load_preset(B24).policy), "form": form}
    assert any(key.startswith("form") for key in problems_of(raw))


def test_two_sections_with_one_key_are_refused() -> None:
    sections = [
        {"key": "a", "fields": [STARS]},
        {"key": "a", "fields": [{"key": "text", "type": "text"}]},
    ]
    assert "form.sections.a" in problems_of(overridden(B24, form={"sections": sections}))


def test_a_field_gets_the_bounds_of_its_type() -> None:
    fields = [STARS, {"key": "text", "type": "text"}, {"key": "value", "type": "quality"}]
    form = {"sections": [{"key": "review", "fields": fields}]}
    policy = read_policy(raw=overridden(B24, form=form))
    assert [(f.min, f.max) for f in policy.form.fields] == [(1, 5), (2, 5000), (0, 5)]


def test_a_question_about_the_author_is_private_unless_it_says_otherwise() -> None:
    form = {"sections": [{"key": "review", "fields": [STARS, {"key": "team", "type": "line"}]}]}
    policy = read_policy(raw=overridden(B24, form=form))
    assert policy.form.about["team"].visibility == "private"


scalars: dict[str, st.SearchStrategy[Any]] = {
    "eligibility.surface": st.sampled_from(["in_product", "any"]),
    "eligibility.grace_after_uninstall": st.sampled_from(["PT0S", "P15D", "P6M"]),
    "limits.per_user": st.integers(1, 2),
    "limits.per_account": st.one_of(st.none(), st.just("none"), st.integers(2, 10_000)),
    "publication.hold": st.sampled_from(["PT0S", "PT1H", "P3D", "P2M"]),
    "editing.max": st.one_of(st.just("none"), st.integers(1, 100)),
    "editing.window": st.sampled_from(["none", "P3M", "P1Y"]),
    "aggregates.min_reviews": st.integers(1, 1000),
    "ranking.prior_mean": st.floats(1, 5),
    "ranking.half_life": st.sampled_from(["none", "P180D", "PT240H"]),
    "privacy.display_name": st.sampled_from(["first_l", "last_f", "company", "pseudonym"]),
}


@given(
    preset=st.sampled_from(ALL),
    changes=st.fixed_dictionaries({}, optional=scalars),
)
def test_every_policy_survives_its_json_form(preset: str, changes: dict[str, Any]) -> None:
    raw = deepcopy(to_dict(load_preset(preset).policy))
    for key, value in changes.items():
        section, name = key.split(".")
        raw[section][name] = value
    policy = read_policy(raw=raw)
    assert read_policy(raw=to_dict(policy)) == policy
    assert to_dict(read_policy(raw=to_dict(policy))) == to_dict(policy)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    section=st.sampled_from([*KEYS, "form", "about", "other"]),
    value=json_values,
)
def test_no_input_makes_anything_but_a_policy_or_its_problems(section: str, value: Any) -> None:
    try:
        read_policy(raw=overridden(B25, **{section: value}))
    except PolicyError as error:
        problems = error.problems or [Problem("", None, "")]
    else:
        problems = []
    assert all(problem.key and problem.allowed for problem in problems)


@given(text=st.text(max_size=200))
def test_no_text_makes_anything_but_a_policy_or_its_problems(text: str) -> None:
    with pytest.raises(PolicyError):
        load_toml(text=text)


def test_a_problem_reads_as_key_value_and_what_is_allowed() -> None:
    problem = Problem("editing.max", "x" * 200, "a whole number")
    assert str(problem).startswith("editing.max = 'xxx")
    assert str(problem).endswith("…: allowed is a whole number")


def test_a_duration_stays_as_it_was_written() -> None:
    assert str(load_preset(H24).policy.editing.raise_delay) == "PT48H"
    assert load_preset(H24).policy.editing.raise_delay == parse("P2D")


@pytest.mark.parametrize(
    "line",
    [
        f"aggregates.min_reviews = 0x{'f' * 5000}",
        f"aggregates.min_reviews.{'.'.join('a' * 30)} = 1",
        f"form.sections = {'[' * 60}{']' * 60}",
        f"{'.'.join('a' * 190_000)} = 1",
        f"x = {{{'.'.join([chr(34) + 'a' + chr(34)] * 45_000)} = 1}}",
    ],
    ids=["number", "tables", "lists", "key", "quoted"],
)
def test_a_file_that_nothing_could_write_again_is_refused_as_unreadable(line: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_toml(text=f'preset = "bitrix24-2024"\n{line}\n')
    (problem,) = refused.value.problems
    assert (problem.key, problem.code) == ("(file)", "unreadable")
