"""Names in public: enough to speak to somebody, never enough to write to them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.names import NAMELESS, display_name

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("full_name", "first_l", "last_f"),
    [
        ("Anna Korhonen", "Anna K.", "Korhonen, A."),
        ("Anna Maria Korhonen", "Anna K.", "Korhonen, A."),
        ("Anna-Maria af Korhonen", "Anna-Maria K.", "Korhonen, A."),
        ("af Korhonen, Anna Maria", "Anna K.", "Korhonen, A."),
        ("Korhonen,", "Korhonen", "Korhonen"),
        ("Korhonen, Anna", "Anna K.", "Korhonen, A."),
        ("  anna \t korhonen ", "anna K.", "korhonen, A."),
        ("Anna", "Anna", "Anna"),
        ("A. Korhonen", "A K.", "Korhonen, A."),
        ("Анна Иванова", "Анна И.", "Иванова, А."),
        ("Иванова Анна Петровна", "Анна И.", "Иванова, А."),
        ("Иван Петрович", "Иван П.", "Петрович, И."),
        ("Åsa Öberg", "Åsa Ö.", "Öberg, Å."),
        ("A\u030asa O\u0308berg", "Åsa Ö.", "Öberg, Å."),
        ("李 小龙", "李 小.", "小龙, 李."),
        ("O'Neil d'Arc", "O'Neil D.", "d'Arc, O."),
        ("Zed 🦊", "Zed", "Zed"),
        ("Anna (Sales) Korhonen", "Anna K.", "Korhonen, A."),
        ("", NAMELESS, NAMELESS),
        ("   ", NAMELESS, NAMELESS),
        ("🦊", NAMELESS, NAMELESS),
        ("42", NAMELESS, NAMELESS),
        ("...", NAMELESS, NAMELESS),
        (",", NAMELESS, NAMELESS),
        ("anna@acme.example", NAMELESS, NAMELESS),
        ("Anna anna@acme.example", "Anna", "Anna"),
        ("An\u202ena \0Korhonen\ud800", "Anna K.", "Korhonen, A."),
    ],
)
def test_a_name_is_cut_as_its_style_says(full_name: str, first_l: str, last_f: str) -> None:
    assert display_name(style="first_l", full_name=full_name) == first_l
    assert display_name(style="last_f", full_name=full_name) == last_f


def test_marks_stay_with_the_letter_they_belong_to() -> None:
    assert display_name(style="first_l", full_name="Anna X\u0323\u0302u") == "Anna X\u0323\u0302."


def test_a_company_stands_for_its_people() -> None:
    name = display_name(style="company", full_name="Anna Korhonen", account_name=" Acme  Oy ")
    assert name == "Acme Oy"
    assert display_name(style="company", full_name="Anna Korhonen") == NAMELESS


def test_a_pseudonym_is_the_same_for_one_person_and_says_nothing() -> None:
    anna, arvo = (
        display_name(style="pseudonym", full_name="Anna Korhonen", person_key=key)
        for key in ("a", "b")
    )
    again = display_name(style="pseudonym", full_name="Renamed", person_key="a")
    assert anna == again != arvo
    assert "Anna" not in anna
    assert len(anna) == 7


@given(
    style=st.sampled_from(["first_l", "last_f", "company", "pseudonym"]),
    full_name=st.text(max_size=200),
    account_name=st.text(max_size=200),
)
def test_every_name_can_be_shown(style: str, full_name: str, account_name: str) -> None:
    shown = display_name(style=style, full_name=full_name, account_name=account_name)  # type: ignore[arg-type]
    assert shown.strip()
    assert len(shown) <= 140
    assert "\n" not in shown
    assert not any(unicodedata.category(c).startswith("C") for c in shown)


@given(word=st.from_regex(r"[a-z]{1,10}@[a-z]{1,10}\.example", fullmatch=True))
@pytest.mark.parametrize("style", ["first_l", "last_f"])
def test_no_style_shows_an_address(style: str, word: str) -> None:
    assert "@" not in display_name(style=style, full_name=f"{word} Anna {word}")  # type: ignore[arg-type]
