"""The sentences of the tips, and that their own examples follow them."""

import ast
import inspect

import pytest
from django.utils import translation

from arvio.reviews.tips import rules, wording
from arvio.reviews.tips.rules import FAULTS, KEYS, Tip, check
from arvio.reviews.tips.wording import HINTS, explain

pytestmark = pytest.mark.once

LANGUAGES = ("en", "ru", "fi")


def test_every_hint_that_the_rules_give_has_a_sentence() -> None:
    given_codes = set(FAULTS) | {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(rules)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {key for key, _ in HINTS} == set(KEYS)
    assert {code for _, code in HINTS} <= given_codes
    for key in KEYS:
        codes = {code for of, code in HINTS if of == key}
        assert "done" in codes and codes - {"done"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("display_name", ["Anna K.", None])
@pytest.mark.parametrize("key", KEYS)
def test_every_example_follows_its_own_tip(
    key: str, display_name: str | None, stars: int, language: str
) -> None:
    tip = Tip(key=key, done=False, applies=True, hint="add" if key != "professional" else "empty")
    with translation.override(language):
        told = explain(tip, stars=stars, display_name=display_name)
    made = check(text=told.example, stars=stars, language=language, display_name=display_name)
    tips = {tip.key: tip for tip in made}
    assert tips[key].done, told.example
    assert tips["professional"].done, told.example


def test_only_the_public_name_is_offered() -> None:
    tip = Tip(key="personalise", done=False, applies=True, hint="add")
    assert explain(tip, stars=2, display_name="Korhonen, A.").hint == "Address them as Korhonen."
    thank = Tip(key="thank", done=False, applies=True, hint="add")
    assert "Korhonen" in explain(thank, stars=2, display_name="Korhonen, A.").example
    assert "%" not in explain(thank, stars=2, display_name=None).example


def test_a_name_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    tip = Tip(key="personalise", done=False, applies=True, hint="add")
    assert explain(tip, stars=2, display_name="%(x)s").hint == "Address them as %(x)s."


def test_examples_depend_on_the_stars() -> None:
    tip = Tip(key="empathise", done=False, applies=True, hint="add")
    bad, good = (explain(tip, stars=stars, display_name=None).example for stars in (3, 4))
    assert bad != good


def test_the_advice_has_an_example_only_where_something_is_to_do() -> None:
    todo = Tip(key="solution", done=False, applies=True, hint="vague")
    done = Tip(key="solution", done=True, applies=True, hint="done")
    unasked = Tip(key="solution", done=True, applies=False, hint="not_asked")
    told = explain(todo, stars=2, display_name=None)
    assert told.advice == f"{told.hint} For example: “{told.example}”"
    for tip in (done, unasked):
        told = explain(tip, stars=2, display_name=None)
        assert told.advice == told.hint


def test_a_tip_that_is_not_checked_says_so() -> None:
    tip = Tip(key="thank", done=True, applies=False, hint="other_language")
    assert explain(tip, stars=2, display_name=None).hint == "Not checked in this language."
    assert wording.explain(tip, stars=2, display_name=None).todo is False
