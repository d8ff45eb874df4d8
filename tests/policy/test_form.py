"""Answers against a form: all that is wrong at once, and null is not 0."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.form import ERROR_CODES, Cleaned, FormError, check_answers, clean_words
from arvio.policy.load import load_policy, load_preset
from arvio.policy.model import Form

pytestmark = pytest.mark.once

B24 = load_preset("bitrix24-2024").policy.form
HUB = load_preset("hubspot-2022").policy.form

SHORT: dict[str, Any] = {
    "stars": 4,
    "text": "Saves us an hour a day.",
    "consents": ["guidelines", "privacy"],
}
LONG: dict[str, Any] = {
    **SHORT,
    "title": "Good",
    "qualities": {"ease_of_use": 5, "features": 4},
    "about": {"role": "Sales lead", "company_size": "11-50"},
    "consents": ["uses_app", "guidelines", "privacy"],
}


def errors(form: Form, answers: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(FormError) as caught:
        check_answers(form=form, answers=answers)
    assert {error.code for error in caught.value.errors} <= set(ERROR_CODES)
    return {(error.field, error.code) for error in caught.value.errors}


def values(form: Form, answers: dict[str, Any], field: str) -> dict[str, Any]:
    with pytest.raises(FormError) as caught:
        check_answers(form=form, answers=answers)
    return dict(next(error.values for error in caught.value.errors if error.field == field))


def form_with(field: dict[str, Any]) -> Form:
    stars = {"key": "stars", "type": "stars", "required": True}
    sections = [{"key": "review", "fields": [stars, field]}]
    return load_policy(preset="bitrix24-2024", overrides={"form": {"sections": sections}}).form


def test_the_short_form_takes_stars_text_and_consents() -> None:
    cleaned = check_answers(form=B24, answers=SHORT)
    assert cleaned == Cleaned(
        stars=4, text="Saves us an hour a day.", consents={"guidelines": "1", "privacy": "1"}
    )


def test_the_long_form_keeps_the_three_sections_apart() -> None:
    cleaned = check_answers(form=HUB, answers=LONG)
    assert cleaned.title == "Good"
    assert cleaned.qualities == {"ease_of_use": 5, "features": 4}
    assert cleaned.about == {"role": "Sales lead", "company_size": "11-50"}
    assert list(cleaned.consents) == ["uses_app", "guidelines", "privacy"]


def test_all_that_is_missing_is_named() -> None:
    assert errors(HUB, {}) == {
        ("stars", "required"), ("title", "required"), ("text", "required"),
        ("qualities.ease_of_use", "required"), ("qualities.features", "required"),
        ("about.role", "required"), ("about.company_size", "required"),
        ("consents.uses_app", "required"), ("consents.guidelines", "required"),
        ("consents.privacy", "required"),
    }  # fmt: skip


@pytest.mark.parametrize("stars", [0, 6, -1, 10**30])
def test_stars_go_from_one_to_five(stars: int) -> None:
    assert errors(B24, {**SHORT, "stars": stars}) == {("stars", "out_of_range")}
    assert values(B24, {**SHORT, "stars": stars}, "stars") == {"min": 1, "max": 5}


@pytest.mark.parametrize("stars", ["five", "5", 4.5, 5.0, True, [5], {}])
def test_stars_are_a_whole_number(stars: object) -> None:
    assert errors(B24, {**SHORT, "stars": stars}) == {("stars", "wrong_type")}


def test_a_quality_rating_of_zero_is_an_answer_and_null_is_none() -> None:
    answers = {"ease_of_use": 0, "features": 1, "value": None, "support_documentation": 0}
    cleaned = check_answers(form=HUB, answers={**LONG, "qualities": answers})
    assert cleaned.qualities == {"ease_of_use": 0, "features": 1, "support_documentation": 0}


def test_a_required_quality_answered_null_is_missing() -> None:
    answers = {**LONG, "qualities": {"ease_of_use": None, "features": 0}}
    assert errors(HUB, answers) == {("qualities.ease_of_use", "required")}


@pytest.mark.parametrize(
    ("value", "code"),
    [(6, "out_of_range"), (-1, "out_of_range"), (True, "wrong_type"), ("3", "wrong_type")],
)
def test_a_quality_rating_goes_from_zero_to_five(value: object, code: str) -> None:
    qualities = {**LONG["qualities"], "value": value}
    assert errors(HUB, {**LONG, "qualities": qualities}) == {("qualities.value", code)}


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"qualities": {**LONG["qualities"], "speed": 3}}, "qualities.speed"),
        ({"qualities": {**LONG["qualities"], "speed": None}}, "qualities.speed"),
        ({"about": {**LONG["about"], "phone": "1"}}, "about.phone"),
        ({"consents": [*LONG["consents"], "spam"]}, "consents.spam"),
        ({"headline": "x"}, "headline"),
    ],
)
def test_a_key_that_the_form_does_not_ask_is_an_error(extra: dict[str, Any], field: str) -> None:
    assert errors(HUB, {**LONG, **extra}) == {(field, "unknown_field")}


def test_the_form_of_one_policy_refuses_fields_of_another() -> None:
    answers = {**SHORT, "title": "Good", "qualities": {"value": 3}}
    assert errors(B24, answers) == {
        ("title", "unknown_field"),
        ("qualities.value", "unknown_field"),
    }


def test_null_for_a_field_that_the_form_does_not_ask_is_nothing() -> None:
    nothing = {"title": None, "pros": None, "cons": None, "qualities": None, "about": None}
    assert check_answers(form=B24, answers={**SHORT, **nothing}).title == ""


@pytest.mark.parametrize("key", ["qualities", "about"])
@pytest.mark.parametrize("value", [[], "x", 3, True])
def test_groups_of_answers_are_objects(key: str, value: object) -> None:
    assert (key, "wrong_type") in errors(HUB, {**LONG, key: value})


@pytest.mark.parametrize("consents", ["privacy", {"privacy": True}, [1], [None], 3])
def test_consents_are_a_list_of_keys(consents: object) -> None:
    assert errors(B24, {**SHORT, "consents": consents}) == {("consents", "wrong_type")}


def test_a_consent_that_is_not_given_is_named() -> None:
    assert errors(B24, {**SHORT, "consents": ["privacy"]}) == {("consents.guidelines", "required")}


@pytest.mark.parametrize("size", ["12", "2–10", "", None, 5])
def test_a_choice_must_be_in_its_list(size: object) -> None:
    code = {str: "not_a_choice", int: "wrong_type"}.get(type(size), "required")
    code = "required" if size == "" else code
    answers = {**LONG, "about": {"role": "Lead", "company_size": size}}
    assert errors(HUB, answers) == {("about.company_size", code)}


@pytest.mark.parametrize("blank", ["", "   ", "\n\t ", "\u200e\u200f", "\u200b", "\u00a0", None])
def test_a_blank_text_is_no_text(blank: str | None) -> None:
    assert errors(B24, {**SHORT, "text": blank}) == {("text", "required")}


def test_a_text_may_be_required_only_up_to_some_stars() -> None:
    form = form_with({"key": "text", "type": "text", "required_up_to_stars": 3})
    for stars in (1, 2, 3):
        assert errors(form, {"stars": stars}) == {("text", "required")}
    for stars in (4, 5):
        assert check_answers(form=form, answers={"stars": stars}).text == ""


def test_an_optional_text_may_be_left_out() -> None:
    form = form_with({"key": "text", "type": "text"})
    assert check_answers(form=form, answers={"stars": 1}).text == ""


@pytest.mark.parametrize(
    ("field", "bound"), [("title", 120), ("text", 5000), ("pros", 2000), ("cons", 2000)]
)
def test_words_are_bounded(field: str, bound: int) -> None:
    assert getattr(check_answers(form=HUB, answers={**LONG, field: "ä" * bound}), field)
    assert errors(HUB, {**LONG, field: "ä" * (bound + 1)}) == {(field, "too_long")}
    assert values(HUB, {**LONG, field: "ä" * (bound + 1)}, field) == {
        "max": bound,
        "length": bound + 1,
    }
    assert getattr(check_answers(form=HUB, answers={**LONG, field: "ok"}), field) == "ok"
    assert errors(HUB, {**LONG, field: "x"}) == {(field, "too_short")}


def test_a_role_is_bounded_too() -> None:
    answers = {**LONG, "about": {"role": "x" * 81, "company_size": "1"}}
    assert errors(HUB, answers) == {("about.role", "too_long")}


def test_a_text_of_a_megabyte_is_too_long_and_nothing_else() -> None:
    assert errors(B24, {**SHORT, "text": "<b>" * 350_000}) == {("text", "too_long")}


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "Nice <b>app</b>", "a</p>", "<img src=x>", "<br/>",
        "<A HREF=x>", "<!-- x -->", "<!DOCTYPE html>", "<?php x ?>",
        "ok <script src=//x", "<svg onload=x>",
    ],
)  # fmt: skip
def test_markup_is_refused(text: str) -> None:
    assert errors(B24, {**SHORT, "text": text}) == {("text", "markup")}


@pytest.mark.parametrize(
    "text",
    [
        "a < b and b > c", "I <3 it", "5 > 4", "x<5", "-> here <-", "1<2>1", "AT&T &amp; co",
        "**bold**", "if (a <= b)", "<-- look",
    ],
)  # fmt: skip
def test_plain_signs_are_no_markup(text: str) -> None:
    assert check_answers(form=B24, answers={**SHORT, "text": text}).text == text


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\0", "control_character"), ("\x07", "control_character"), ("\x1b", "control_character"),
        ("\x85", "control_character"), ("\x7f", "control_character"),
        ("\ud800", "lone_surrogate"), (chr(0xDFFF), "lone_surrogate"),
        *((chr(code), "direction_override") for code in range(0x202A, 0x202F)),
        *((chr(code), "direction_override") for code in range(0x2066, 0x206A)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", ["text", "title", "pros", "affiliation"])
def test_characters_that_hide_or_break_are_refused(field: str, character: str, code: str) -> None:
    assert errors(HUB, {**LONG, field: f"Good{character} app"}) == {(field, code)}


def test_every_fault_of_one_text_is_named() -> None:
    text = "<b>\0\u202e" + "x" * 6000
    assert errors(B24, {**SHORT, "text": text}) == {
        ("text", "markup"), ("text", "control_character"), ("text", "direction_override"),
        ("text", "too_long"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["שלום עולם", "مرحبا \u200f(x)\u200e", "👨\u200d👩\u200d👧 love it", "Отлично", "日本語です"],
)
def test_every_script_is_welcome(text: str) -> None:
    assert check_answers(form=B24, answers={**SHORT, "text": text}).text == text


def test_text_is_trimmed_composed_and_has_plain_line_ends() -> None:
    text = "  A\u030asa\r\nsecond\rthird\u2028fourth\tx \n"
    cleaned = check_answers(form=B24, answers={**SHORT, "text": text})
    assert cleaned.text == "Åsa\nsecond\nthird\nfourth\tx"


def test_a_line_has_no_line_breaks() -> None:
    assert errors(HUB, {**LONG, "title": "two\nlines"}) == {("title", "line_break")}


@pytest.mark.parametrize("text", [5, True, ["x"], {"a": 1}, b"x"])
def test_words_are_text(text: object) -> None:
    assert errors(B24, {**SHORT, "text": text}) == {("text", "wrong_type")}


@pytest.mark.parametrize(
    ("said", "kept"),
    [("en", "en"), ("EN", "en"), ("pt-BR", "pt"), ("zh-Hans-CN", "zh"), (None, None), ("", None)],
)
def test_a_language_may_be_said_and_its_primary_part_is_kept(
    said: str | None, kept: str | None
) -> None:
    assert check_answers(form=B24, answers={**SHORT, "language": said}).language == kept


@pytest.mark.parametrize("text", ["\u2800", "\u3164\u200b", "\U000e0061", " \xa0\t"])
def test_text_that_draws_nothing_is_no_text(text: str) -> None:
    assert errors(B24, {**SHORT, "text": text}) == {("text", "required")}


@pytest.mark.parametrize("language", ["english", "e", "en_GB", "en\n", 5, "\0", "-"])
def test_what_is_no_language_is_refused(language: object) -> None:
    assert errors(B24, {**SHORT, "language": language}) == {("language", "not_a_language")}


def test_an_affiliation_may_be_disclosed_in_one_plain_line() -> None:
    cleaned = check_answers(form=B24, answers={**SHORT, "affiliation": " Works for Pixel "})
    assert cleaned.affiliation == "Works for Pixel"
    assert errors(B24, {**SHORT, "affiliation": "x" * 201}) == {("affiliation", "too_long")}
    assert errors(B24, {**SHORT, "affiliation": "two\nlines"}) == {("affiliation", "line_break")}


def test_words_outside_the_form_follow_the_same_rules() -> None:
    assert clean_words(text=" Thanks ", field="text", shortest=2, longest=100) == "Thanks"
    for text, code in [("", "required"), ("<b>x</b>", "markup"), ("x" * 101, "too_long")]:
        with pytest.raises(FormError) as caught:
            clean_words(text=text, field="text", shortest=2, longest=100)
        assert [(e.field, e.code) for e in caught.value.errors] == [("text", code)]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = ["stars", "title", "text", "pros", "qualities", "about", "consents", "language", "other"]


@given(answers=st.fixed_dictionaries({}, optional=dict.fromkeys(keys, anything)))
def test_no_answers_make_anything_but_clean_ones_or_errors(answers: dict[str, Any]) -> None:
    try:
        cleaned = check_answers(form=HUB, answers={**LONG, **answers})
    except FormError as error:
        found = error.errors
    else:
        found = ()
        assert 1 <= cleaned.stars <= 5
    assert all(error.field and error.code in ERROR_CODES for error in found)


@given(text=st.text(min_size=1, max_size=300))
def test_text_that_is_taken_is_clean_and_stays_as_it_is(text: str) -> None:
    try:
        once = check_answers(form=B24, answers={**SHORT, "text": text}).text
    except FormError:
        return
    assert once == unicodedata.normalize("NFC", once).strip()
    assert "\r" not in once
    assert check_answers(form=B24, answers={**SHORT, "text": once}).text == once
