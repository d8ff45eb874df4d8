"""Sentences: one for every code, in three languages, and a page that can't lie about the policy."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from arvio.catalog.explain import (
    FAILED,
    PASSED,
    Names,
    explain_check,
    explain_field_error,
    explain_policy,
    explain_refusal,
    headline_figures,
    policy_sentences,
    verdict_json,
)
from arvio.catalog.field_text import FIELD_ERRORS
from arvio.catalog.labels import CHOICES, choice_label, field_label
from arvio.catalog.words import duration_words, moment_words, times_words
from arvio.policy.durations import parse
from arvio.policy.editing import EditFacts, check_edit
from arvio.policy.eligibility import Facts, check_eligibility
from arvio.policy.form import ERROR_CODES, FieldError, FormError, check_answers
from arvio.policy.load import load_policy, load_preset, merge, preset_names, read_policy, to_dict
from arvio.policy.model import Policy
from arvio.policy.verdict import EDITING_CODES, ELIGIBILITY_CODES, Check

NOW = datetime(2026, 11, 18, 9, 42, tzinfo=UTC)
DAY = timedelta(days=1)
LANGUAGES = ("en", "ru", "fi")
NAMES = Names(app="Stockvane", account="Kivisalo Oy")
B24, B25, HUB, H24 = (
    load_preset(name).policy
    for name in ("bitrix24-2024", "bitrix24-2025", "hubspot-2022", "hubspot-2024")
)
ANNA = Facts(
    signed_in=True,
    surface="in_product",
    account_known=True,
    plan="professional",
    installed_at=NOW - 60 * DAY,
)
REFUSAL_CODES = (
    "not_signed_in", "not_in_product", "not_installed", "plan_not_commercial", "plan_unknown",
    "already_reviewed", "account_cap_reached", "affiliated", "operator_staff", "test_account",
    "banned", "editing_not_allowed", "edit_limit_reached", "window_closed", "already_replied",
    "reply_locked", "review_not_visible", "not_your_app", "app_retired",
)  # fmt: skip


def all_checks() -> list[Check]:
    """Checks as the rules really make them, passed and failed, with every turn they can take."""
    policies = [
        HUB,
        B24,
        load_policy(preset="bitrix24-2024", overrides={"limits": {"per_user": 2}}),
        load_policy(preset="bitrix24-2024", overrides={"eligibility": {"unknown_plan": "allow"}}),
        load_policy(
            preset="hubspot-2022", overrides={"eligibility": {"grace_after_uninstall": "P15D"}}
        ),
    ]
    differences: list[dict[str, Any]] = [
        {}, {"signed_in": False}, {"surface": "web"}, {"installed_at": None},
        {"account_known": False}, {"uninstalled_at": NOW - DAY}, {"installed_at": NOW + DAY},
        {"plan": "demo"}, {"plan": "gold"}, {"plan": ""}, {"person_reviews": 1},
        {"person_reviews": 2}, {"account_reviews": 3}, {"affiliated": "member"},
        {"affiliated": "domain"}, {"other_partner": True},
        {"other_partner": True, "affiliation_disclosed": True}, {"operator_staff": True},
        {"account_kind": "sandbox"}, {"account_kind": "developer"}, {"banned": True},
        {"banned": True, "ban_reason": "spam"}, {"banned": True, "banned_until": NOW + DAY},
        {"retired": True},
    ]  # fmt: skip
    checks = [
        check
        for policy, difference in product(policies, differences)
        for check in check_eligibility(
            policy=policy, facts=replace(ANNA, **difference), now=NOW
        ).checks
    ]
    for policy, state, used, age in product(
        (B24, B25, HUB, H24),
        ("held", "published", "archived", "rejected", "removed"),
        (0, 1, 2),
        (1, 200),
    ):
        facts = EditFacts(state=state, submitted_at=NOW - age * DAY, edits_used=used)  # type: ignore[arg-type]
        checks += check_edit(policy=policy, facts=facts, now=NOW).checks
    return checks


def sentence(code: str, ok: bool = False, **values: Any) -> tuple[str, str | None]:
    with translation.override("en"):
        return explain_check(Check(code, ok, values), NAMES)


def test_there_are_sentences_for_every_code_of_the_contract_and_no_other() -> None:
    assert set(FAILED) == set(PASSED) == set(REFUSAL_CODES)
    assert set(ELIGIBILITY_CODES) | set(EDITING_CODES) <= set(REFUSAL_CODES)
    assert set(FIELD_ERRORS) == set(ERROR_CODES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_that_the_rules_make_has_whole_sentences(language: str) -> None:
    seen = {("app_retired", True)}  # it goes without saying
    with translation.override(language):
        for check in all_checks():
            text, unblocks = explain_check(check, NAMES)
            seen.add((check.code, check.ok))
            assert text.strip()
            assert "%(" not in text + (unblocks or "")
            assert (unblocks is None) is check.ok
            assert check.ok or (text.endswith((".", "spam")) and str(unblocks).endswith("."))
    assert seen == {(c, ok) for c in (*ELIGIBILITY_CODES, *EDITING_CODES) for ok in (True, False)}


@pytest.mark.parametrize("code", ["already_replied", "reply_locked", "not_your_app"])
def test_refusals_that_are_no_checks_have_sentences_too(code: str) -> None:
    with translation.override("en"):
        text, unblocks = explain_refusal(code, NAMES)
    assert text.endswith(".")
    assert unblocks is not None


def test_a_missing_installation_says_whom_to_ask() -> None:
    assert sentence("not_installed", account_known=True) == (
        "Stockvane isn’t installed on your account.",
        "Ask an administrator of Kivisalo Oy to install it. "
        "You can write a review as soon as it is installed.",
    )


def test_an_uninstalled_app_is_told_apart_from_one_never_installed() -> None:
    text, _ = sentence("not_installed", account_known=True, uninstalled_at="2026-11-01T08:00:00Z")
    assert text == "Stockvane was uninstalled from your account on 1 Nov 2026, 08:00."


def test_an_installation_to_come_names_its_moment() -> None:
    text, _ = sentence("not_installed", account_known=True, installed_at="2026-12-01T08:00:00Z")
    assert "1 Dec 2026, 08:00" in text


def test_an_unknown_account_is_said_to_be_unknown() -> None:
    text, unblocks = sentence("not_installed", account_known=False)
    assert "doesn’t know your account" in text
    assert unblocks == "Ask an administrator of your account to install Stockvane."


@pytest.mark.parametrize("values", [{}, {"uninstalled_at": "2026-11-01T08:00:00Z"}])
def test_an_account_whose_name_is_not_known_leaves_no_hole(values: dict[str, str]) -> None:
    with translation.override("en"):
        _, unblocks = explain_check(Check("not_installed", False, values), Names("Stockvane"))
    assert "administrator of your account to install it" in str(unblocks)


def test_the_plan_is_quoted_as_the_platform_calls_it() -> None:
    assert "“demo”" in sentence("plan_not_commercial", plan="demo")[0]
    assert "“gold”" in sentence("plan_unknown", plan="gold")[0]
    assert sentence("plan_unknown", plan="")[0] == "We don’t know which plan your account is on."


def test_a_used_up_account_says_how_many() -> None:
    text, _ = sentence("account_cap_reached", used=3, limit=3)
    assert "3 reviews of Stockvane" in text
    text, _ = sentence("account_cap_reached", ok=True, used=0, limit=3)
    assert text == "Your account has used 0 of its 3 reviews for this app"


def test_each_way_of_being_affiliated_has_its_own_words() -> None:
    ways = ("member", "domain", "other_partner")
    assert len({sentence("affiliated", how=how) for how in ways}) == 3


def test_a_percent_sign_in_a_name_or_a_reason_stays_one() -> None:
    with translation.override("en"):
        text, _ = explain_check(Check("not_installed", False), Names(app="100 %(x)s %s"))
        assert text == "100 %(x)s %s isn’t installed on your account."
        text, _ = explain_check(Check("banned", False, {"reason": "5 % off"}), NAMES)
        assert text.endswith("5 % off")


def test_a_ban_says_until_when_and_why() -> None:
    text, unblocks = sentence("banned", until="2026-12-01T08:00:00Z", reason="spam")
    assert text.endswith("The reason: spam")
    assert unblocks == (
        "You can write again from 1 Dec 2026, 08:00 on. If you think that the ban is a mistake, "
        "appeal."
    )


def test_refused_edits_say_what_is_possible_instead() -> None:
    assert "correction" in str(sentence("editing_not_allowed", operator_replacement=True)[1])
    assert "withdraw" in str(sentence("editing_not_allowed", operator_replacement=False)[1])
    assert "2 times" in sentence("edit_limit_reached", limit=2, used=2, left=0)[0]
    text, _ = sentence("window_closed", until="2027-02-18T09:42:00Z")
    assert text == "The time for editing ended on 18 Feb 2027, 09:42."


def test_a_verdict_becomes_the_json_of_the_contract() -> None:
    verdict = check_eligibility(
        policy=HUB, facts=replace(ANNA, account_reviews=3), now=NOW, policy_version=4
    )
    answer = verdict_json(verdict, "en", NAMES)
    assert list(answer) == ["allowed", "checks", "policy_version", "at"]
    assert (answer["allowed"], answer["policy_version"]) == (False, 4)
    assert answer["at"] == "2026-11-18T09:42:00Z"
    assert [c["code"] for c in answer["checks"]] == [c.code for c in verdict.checks]
    for check in answer["checks"]:
        assert list(check) == ["code", "ok", "text", "unblocks", "values"]
        assert (check["unblocks"] is None) is check["ok"]


def test_a_moment_is_written_in_the_zone_that_is_active() -> None:
    with timezone.override("Europe/Helsinki"):
        for language, words in [
            ("en", "18 Nov 2026, 11:42"),
            ("ru", "18 ноября 2026 в 11:42"),
            ("fi", "18.11.2026 klo 11.42"),
        ]:
            with translation.override(language):
                assert moment_words(NOW) == moment_words("2026-11-18T09:42:00Z") == words


def test_the_end_of_the_calendar_is_still_a_moment() -> None:
    with timezone.override("Asia/Tokyo"), translation.override("en"):
        assert "9999" in moment_words("9999-12-31T23:59:59Z")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P3D", "3 days"), ("P1D", "1 day"), ("PT48H", "48 hours"), ("P2D", "2 days"),
        ("P3M", "3 months"), ("P1Y", "12 months"), ("PT90M", "1 hour 30 minutes"),
        ("P1DT12H", "1 day 12 hours"), ("PT5S", "5 seconds"), ("PT0S", "0 hours"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_said_in_the_units_it_was_written_in(text: str, words: str) -> None:
    with translation.override("en"):
        assert duration_words(parse(text), "plain") == words
        assert duration_words(parse(text), "after") == words
        assert duration_words(parse(text), "within") == words


def test_once_and_twice_are_words() -> None:
    with translation.override("en"):
        assert [times_words(count) for count in (1, 2, 3)] == ["once", "twice", "3 times"]


# --- Whole policies ----------------------------------------------------------------------------


def text_of(policy: Policy) -> str:
    figures = [f"{f.value} {f.label}" for f in headline_figures(policy, "en")]
    return "\n".join([*figures, *policy_sentences(policy, "en")])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_explained_in_whole_sentences(name: str, language: str) -> None:
    policy = load_preset(name).policy
    parts = explain_policy(policy, language)
    assert [part.key for part in parts] == [
        "who", "form", "appears", "editing", "replies", "rating", "reports", "checks",
        "privacy", "asking",
    ]  # fmt: skip
    for part in parts:
        assert part.title
        assert part.sentences
        for text in part.sentences:
            assert not re.search(r"%\(|None|\{|Duration", text)
            assert text.endswith((".", ":")) or text == part.formula
    assert policy_sentences(policy, language) == [t for part in parts for t in part.sentences]


def test_the_figures_are_hold_limit_threshold_and_working_days() -> None:
    assert [(f.value, f.label) for f in headline_figures(HUB, "en")] == [
        ("At once", "from sending to publication"),
        ("1 review", "per user and app"),
        ("10 reviews", "before a rating shows"),
        ("10 working days", "to decide on a report"),
    ]
    assert headline_figures(B24, "en")[0].value == "3 days"


def test_the_formula_is_one_of_the_sentences_with_the_numbers_of_the_policy() -> None:
    rating = next(part for part in explain_policy(HUB, "en") if part.key == "rating")
    assert rating.formula == "score = (7 × 3.5 + sum of stars) ÷ (7 + number of reviews)"
    assert rating.formula in rating.sentences


def test_the_page_says_what_the_edit_rules_are() -> None:
    text = " ".join(policy_sentences(B25, "en"))
    assert "You can edit your review twice within 3 months of sending it." in text
    assert "4 stars or more, or more stars than before, appears at once." in text
    assert "Any other edit appears after 3 days; until then the old version stays." in text


FORM = to_dict(HUB)["form"]


def form_where(key: str, **changes: Any) -> dict[str, Any]:
    sections = [
        {**s, "fields": [{**f, **changes} if f["key"] == key else f for f in s["fields"]]}
        for s in FORM["sections"]
    ]
    return {"sections": sections}


REFUSED = ("denied_words", "links", "emails", "phones", "cards")
CHECKED = (*REFUSED, "duplicates", "bursts", "partner_domains")

# Each key with two values that make a difference, on a policy where it has an effect.
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("surface", {"eligibility": {"surface": "any"}}, {"eligibility": {"surface": "in_product"}}),
    ("plans", {"eligibility": {"plans": "any"}}, {"eligibility": {"plans": "commercial"}}),
    (
        "unknown_plan",
        {"eligibility": {"plans": "commercial", "unknown_plan": "refuse"}},
        {"eligibility": {"plans": "commercial", "unknown_plan": "allow"}},
    ),
    (
        "refuse affiliated",
        {"publication": {"recheck": []}},
        {
            "publication": {"recheck": []},
            "eligibility": {"refuse": ["operator_staff", "test_account"]},
        },
    ),
    (
        "refuse staff",
        {},
        {"eligibility": {"refuse": ["affiliated", "test_account"]}},
    ),
    (
        "refuse test accounts",
        {"publication": {"recheck": []}},
        {
            "publication": {"recheck": []},
            "eligibility": {"refuse": ["affiliated", "operator_staff"]},
        },
    ),
    ("grace", {}, {"eligibility": {"grace_after_uninstall": "P15D"}}),
    ("user_scope", {}, {"limits": {"user_scope": "account"}}),
    ("per_user", {}, {"limits": {"per_user": 2}}),
    ("per_account", {}, {"limits": {"per_account": "none"}}),
    ("hold", {}, {"publication": {"hold": "P3D"}}),
    ("hold in hours", {"publication": {"hold": "PT1H"}}, {"publication": {"hold": "PT2H"}}),
    ("recheck ban", {}, {"publication": {"recheck": ["affiliation", "test_account"]}}),
    ("recheck affiliation", {}, {"publication": {"recheck": ["ban", "test_account"]}}),
    ("recheck test account", {}, {"publication": {"recheck": ["ban", "affiliation"]}}),
    ("by_author", {}, {"editing": to_dict(H24)["editing"]}),
    (
        "max",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "max": 3}},
    ),
    (
        "no max",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "max": None}},
    ),
    (
        "window",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "window": "P4M"}},
    ),
    (
        "no window",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "window": None}},
    ),
    (
        "raise_delay",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "raise_delay": "PT1H"}},
    ),
    (
        "lower_delay",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "lower_delay": "PT0S"}},
    ),
    (
        "good_from",
        {"editing": to_dict(B25)["editing"]},
        {"editing": {**to_dict(B25)["editing"], "good_from": 3}},
    ),
    ("operator_replacement", {}, {"editing": {"operator_replacement": True}}),
    (
        "during_hold",
        {"publication": {"hold": "P3D"}},
        {"publication": {"hold": "P3D"}, "replies": {"during_hold": False}},
    ),
    ("editable", {}, {"replies": {"editable": True}}),
    ("again_after_removal", {}, {"replies": {"again_after_removal": False}}),
    ("min_reviews", {}, {"aggregates": {"min_reviews": 9}}),
    ("no threshold", {}, {"aggregates": {"min_reviews": 1}}),
    ("zero_counts", {}, {"aggregates": {"zero_counts": False}}),
    ("prior_mean", {}, {"ranking": {"prior_mean": 3.25}}),
    ("prior_weight", {}, {"ranking": {"prior_weight": 8}}),
    ("half_life", {}, {"ranking": {"half_life": "P180D"}}),
    ("another half_life", {"ranking": {"half_life": "P90D"}}, {"ranking": {"half_life": "P180D"}}),
    ("display_name", {}, {"privacy": {"display_name": "last_f"}}),
    ("who reports", {}, {"reports": {"who": "signed_in"}}),
    ("business_days", {}, {"reports": {"business_days": 5}}),
    ("email_after", {}, {"requests": {"email_after": "P20D"}}),
    ("no e-mail", {}, {"requests": {"email_after": "none", "to": "none"}}),
    ("every", {}, {"prompts": {"every": "P61D"}}),
    ("per_year", {}, {"prompts": {"per_year": 4}}),
    ("no prompts", {}, {"prompts": {"per_year": 0}}),
    ("per_user_day", {}, {"prompts": {"per_user_day": 2}}),
    ("min_age", {}, {"prompts": {"min_age": "P8D"}}),
    ("min_successes", {}, {"prompts": {"min_successes": 4}}),
    ("reasons", {}, {"reports": {"reasons": ["spam", "other"]}}),
    ("four_eyes", {}, {"moderation": {"four_eyes": "removals"}}),
    ("always four eyes", {}, {"moderation": {"four_eyes": "always"}}),
    ("appeal_window", {}, {"moderation": {"appeal_window": "P3M"}}),
    *((key, {}, {"screening": {key: "off"}}) for key in CHECKED),
    *((f"{key} refused", {}, {"screening": {key: "refuse"}}) for key in REFUSED),
    ("own_words", {}, {"screening": {"own_words": ["widget"]}}),
    ("new_account", {}, {"screening": {"new_account": "P2D"}}),
    ("no new_account", {}, {"screening": {"new_account": "none"}}),
    ("retention", {}, {"retention": {"removed": "P500D"}}),
    ("erasure", {}, {"retention": {"erasure": "remove"}}),
    ("a field is optional", {}, {"form": form_where("title", required=False)}),
    (
        "a field is required by stars",
        {"form": form_where("text", required=False)},
        {"form": form_where("text", required=False, required_up_to_stars=3)},
    ),
    ("a field is longer", {}, {"form": form_where("text", max=3000)}),
    ("a field has a least length", {}, {"form": form_where("text", min=20)}),
    ("a field is private", {}, {"form": form_where("role", visibility="private")}),
    ("a consent is optional", {}, {"form": form_where("privacy", required=False)}),
    ("a quality is required", {}, {"form": form_where("value", required=True)}),
]


@pytest.mark.parametrize(("key", "one", "other"), CHANGES, ids=[change[0] for change in CHANGES])
def test_changing_a_rule_changes_the_page(
    key: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    texts = [text_of(load_policy(preset="hubspot-2022", overrides=over)) for over in (one, other)]
    assert texts[0] != texts[1]


named = {
    "limits": st.fixed_dictionaries(
        {"per_user": st.integers(1, 5), "per_account": st.none() | st.integers(5, 20)}
    ),
    "publication": st.fixed_dictionaries(
        {"hold": st.sampled_from(["PT0S", "PT1H", "P1D", "P3D", "P1M"])}
    ),
    "editing": st.fixed_dictionaries(
        {
            "by_author": st.just("allowed"),
            "max": st.none() | st.integers(1, 5),
            "window": st.none() | st.sampled_from(["P1M", "P3M", "P90D"]),
            "raise_delay": st.sampled_from(["PT0S", "P1D"]),
            "lower_delay": st.sampled_from(["PT0S", "P1D", "P3D"]),
            "good_from": st.integers(1, 5),
        }
    ),
    "replies": st.fixed_dictionaries({"editable": st.booleans()}),
    "aggregates": st.fixed_dictionaries(
        {"min_reviews": st.integers(1, 30), "zero_counts": st.booleans()}
    ),
    "ranking": st.fixed_dictionaries(
        {
            "prior_mean": st.sampled_from([3, 3.5, 4.25]),
            "prior_weight": st.integers(1, 20),
            "half_life": st.none() | st.sampled_from(["P90D", "P180D"]),
        }
    ),
    "reports": st.fixed_dictionaries(
        {"who": st.sampled_from(["anyone", "signed_in"]), "business_days": st.integers(1, 30)}
    ),
}


def policy_with(overrides: dict[str, Any]) -> Policy:
    return read_policy(raw=merge(base=to_dict(HUB), over=overrides))


@given(
    one=st.fixed_dictionaries(named).map(policy_with),
    other=st.fixed_dictionaries(named).map(policy_with),
)
def test_two_different_policies_never_read_the_same(one: Policy, other: Policy) -> None:
    assert (text_of(one) == text_of(other)) is (one == other)


# --- Answers -----------------------------------------------------------------------------------


def field_errors(answers: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(FormError) as caught:
        check_answers(form=HUB.form, answers=answers)
    return {error.field: explain_field_error(error, "en") for error in caught.value.errors}


def test_what_is_missing_says_what_to_do() -> None:
    said = field_errors({})
    assert said["stars"] == "Choose from 1 to 5 stars."
    assert said["text"] == "Write something here."
    assert said["qualities.ease_of_use"] == "Choose a number from 0 to 5."
    assert said["about.company_size"] == "Choose one of the answers."
    assert said["consents.privacy"] == "Tick this box to send the review."


def test_what_is_wrong_says_what_is_right() -> None:
    said = field_errors(
        {
            "stars": 6,
            "title": "x" * 121,
            "text": "x",
            "pros": "<b>x</b>",
            "about": {"company_size": "12"},
            "qualities": {"speed": 1, "features": "5"},
        }
    )
    assert said["stars"] == "Choose a whole number from 1 to 5."
    assert said["title"] == "Write at most 120 characters. You have 121."
    assert said["text"] == "Write at least 2 characters. You have 1."
    assert said["pros"] == "Write plain text, without HTML tags."
    assert "2-10, 11-50" in said["about.company_size"]
    assert said["qualities.speed"] == "The form has no field “qualities.speed”."
    assert said["qualities.features"] == "Give a whole number."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ERROR_CODES)
def test_every_field_error_has_a_sentence(code: str, language: str) -> None:
    values = {"min": 2, "max": 9, "length": 1, "choices": ["a"], "type": "text", "found": "b"}
    text = explain_field_error(FieldError("about.role", code, values), language)
    assert text.endswith(".")
    assert "%(" not in text


def test_every_field_and_choice_of_the_presets_has_a_name() -> None:
    with translation.override("en"):
        for name in preset_names():
            for field in load_preset(name).policy.form.fields:
                assert field_label(field.key) != field.key
                for choice in field.choices:
                    assert (field.key, choice) in CHOICES
        assert field_label("favourite_colour") == "Favourite colour"
        assert choice_label("favourite_colour", "dark_red") == "Dark red"
