"""What each tip looks at, one thing at a time, and what holds for any text at all."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.reviews.tips.rules import KEYS, Tip, check

pytestmark = pytest.mark.once

LANGUAGES = st.sampled_from(["en", "ru", "fi", "de", "", "zh"])
# Half of it words that the rules know, so that they meet in every order.
WORDS = (
    "thank you sorry we will fix version 3.2 on Friday Anna if never not . ! ? "
    "спасибо вам жаль мы исправим не вы сами в суд Сергей , — "
    "kiitos pahoittelemme korjaamme perjantaina et osaa 3.12. 😍 {name} → <b> a@b.example"
)
KNOWN = st.sampled_from([*WORDS.split(), "\n", "\n\n"])
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(KNOWN, st.text(max_size=6)), max_size=60).map(" ".join),
)


def tips(text: str, *, stars: int = 2, name: str | None = "Anna K.", **more: str) -> dict[str, Tip]:
    given_more = {"language": "en", **more}
    made = check(text=text, stars=stars, display_name=name, **given_more)
    return {tip.key: tip for tip in made}


@given(text=TEXTS, stars=st.integers(1, 5), language=LANGUAGES, name=st.none() | st.text())
def test_any_text_gets_all_seven_tips(
    text: str, stars: int, language: str, name: str | None
) -> None:
    made = check(
        text=text, stars=stars, language=language, display_name=name, review_text=text[::-1]
    )
    assert tuple(tip.key for tip in made) == KEYS
    assert made == check(
        text=text, stars=stars, language=language, display_name=name, review_text=text[::-1]
    )


@given(text=TEXTS, end=st.sampled_from(["The report opens fast.", "We moved the server."]))
def test_thanks_stay_thanks_whatever_follows(text: str, end: str) -> None:
    start = "Thank you for the review, Anna. "
    assert tips(start + end)["thank"].done
    if tips(start + text)["thank"].done:
        assert tips(f"{start}{text}\n\n{end}")["thank"].done


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
def test_words_count_in_any_case(change: Callable[[str], str]) -> None:
    for text in ("Thank you, Anna. We are sorry.", "Спасибо, Anna. Нам жаль.", "Kiitos, Anna!"):
        made = tips(change(text))
        assert made["thank"].done and made["personalise"].done


@given(text=TEXTS)
def test_no_problem_is_asked_for_at_five_stars(text: str) -> None:
    for key in ("acknowledge", "empathise", "solution"):
        tip = tips(text, stars=5)[key]
        assert not tip.applies and tip.hint == "not_asked"
    assert tips(text, stars=4)["solution"].applies or tips(text, stars=4)["solution"].done
    assert not tips(text, stars=4)["empathise"].applies


@given(text=TEXTS)
def test_without_a_name_none_is_asked_for(text: str) -> None:
    for name in (None, "", "N. N.", "#A1B2C3", "A K."):
        tip = tips(text, name=name)["personalise"]
        assert not tip.applies and tip.hint == "no_name"


@pytest.mark.parametrize("text", ["", "   \n", "👍", "— …"])
def test_without_words_everything_is_still_to_do(text: str) -> None:
    for stars in range(1, 6):
        assert not any(tip.done for tip in tips(text, stars=stars, name=None).values())
    assert tips(text)["professional"].hint == "empty"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Thanks, Anna. The rest is fixed.", "done"),
        ("Hello Anna! Thanks for writing.", "done"),
        ("Dear Anna,\nthe fix is out.\nThank you.", "done"),
        ("The fix is out. It was late. Thank you.", "late"),
        ("Thanks for nothing, Anna.", "add"),
        ("Спасибо заранее, если измените отзыв.", "add"),
        ("Kiitos tyhjästä.", "add"),
    ],
)
def test_thanks_stand_in_the_first_two_sentences(text: str, hint: str) -> None:
    assert tips(text)["thank"].hint == hint


@pytest.mark.parametrize(
    ("text", "review", "hint"),
    [
        ("We are sorry.", "", "done"),
        ("You are right, the list was too long.", "", "done"),
        ("The printer queue starts anew every hour.", "My printer stops.", "done"),
        ("The printer queue starts anew every hour.", "It is slow.", "add"),
        ("Sorry you feel that way.", "", "add"),
        ("There is no problem on our side.", "A problem on the list.", "denied"),
        ("There is no problem with the printer on our side.", "The printer stops.", "denied"),
        ("Your printer, you idiot.", "The printer stops.", "add"),
    ],
)
def test_a_problem_is_acknowledged_by_regret_or_by_its_own_words(
    text: str, review: str, hint: str
) -> None:
    assert tips(text, review_text=review)["acknowledge"].hint == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("We will improve.", "vague"),
        ("We do our best.", "add"),
        ("We will improve it by Friday.", "done"),
        ("It was fixed.", "done"),
        ("It will be fixed.", "vague"),
        ("Write to help@pixel.example.", "done"),
        ("See pixel.example/help.", "done"),
        ("Call +358 40 123 4567.", "done"),
        ("Look at Settings → Team.", "done"),
        ("If you change your rating, write to us.", "add"),
        ("We will improve.\n\nBest regards\nPixel, www.pixel.example", "vague"),
    ],
)
def test_a_solution_is_a_step_and_not_a_promise(text: str, hint: str) -> None:
    assert tips(text)["solution"].hint == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("We looked into it.", "done"),
        ("You are an idiot.", "insult"),
        ("You should have read the manual.", "blame"),
        ("Thanks for nothing.", "sarcasm"),
        ("Our lawyers will write to you.", "threat"),
        ("Please change your rating.", "incentive"),
        ("Hello [customer name], we fixed it.", "placeholder"),
        ("Hello {{name}}, we fixed it.", "placeholder"),
        ("We gonna fix it.", "slang"),
        ("We FIXED EVERYTHING today.", "shouting"),
        ("WE LOVE YOU GUYS.", "shouting"),
        ("Hi! Yes! We! Did! Fix! It!", "marks"),
        ("We fixed it)))", "pictures"),
        ("We export CSV, JSON, HTML and XLSX.", "done"),
        ("We fixed it!!!", "marks"),
        ("Really?? We fixed it.", "marks"),
        ("We fixed it 🎉🎉🎉🎉", "pictures"),
        ("We fixed it 🎉🎉👩🏽‍💻", "done"),
    ],
)
def test_a_fault_in_tone_is_named(text: str, hint: str) -> None:
    assert tips(text)["professional"].hint == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("It is fixed. Have a nice day.", "done"),
        ("It is fixed. Have a nice day.\n\nBest regards,\nPetra\nPixel", "done"),
        ("It is fixed. Have a nice day 🙂", "done"),
        ("Have a nice day. It is fixed.", "add"),
        ("It is fixed. Best regards, Petra", "add"),
        ("It is fixed. Unfortunately not for you.", "sour"),
        ("It is fixed. Have a nice day, idiot.", "sour"),
    ],
)
def test_the_last_sentence_before_the_signature_is_the_end(text: str, hint: str) -> None:
    assert tips(text)["positive_end"].hint == hint


def test_a_name_under_the_reply_is_the_partners_own() -> None:
    assert tips("Hello Anna, it is fixed.\n\nBest regards,\nPetra")["personalise"].done
    assert tips("It is fixed.\n\nBest regards,\nAnna")["personalise"].hint == "add"


def test_the_reply_may_be_in_another_language_than_the_review() -> None:
    text = "Anna, спасибо за отзыв. Нам жаль, что так вышло."
    made = tips(text, language="fi")
    assert made["thank"].done and made["empathise"].done


def test_in_other_languages_only_what_needs_no_words_is_judged() -> None:
    made = tips("Vielen Dank für Ihre Bewertung. Wir haben das nicht gewusst!!!", language="de")
    assert {key for key, tip in made.items() if tip.hint == "other_language"} == {
        "thank",
        "acknowledge",
        "empathise",
        "solution",
        "positive_end",
    }
    assert made["thank"].done and not made["thank"].applies
    assert made["personalise"].hint == "add"
    assert made["professional"].hint == "marks"
    text = "Guten Tag Anna, wir haben das nicht gewusst. Siehe pixel.example/hilfe."
    assert tips(text, language="de")["personalise"].done
    assert tips(text, language="de")["solution"].hint == "done"


def work(text: str) -> int:
    """How many calls it takes to check a text."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        tips(text, review_text=text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    ["we will not ", "вы не ", "et ole ", "a", "a ", "@", "a@", "(", "{", "!", ". ", "8 ", "+1 ",
     "<a", "😍", "\n", "x.", "-", "if you change your "],
)  # fmt: skip
def test_the_work_grows_with_the_length_of_the_text(piece: str) -> None:
    tips("hello")
    once, twice = (work((piece * 5_000)[:size]) for size in (2_500, 5_000))
    assert twice < 2.2 * once + 500
