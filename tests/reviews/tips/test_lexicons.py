"""The word files: phrases, names, languages, and what a faulty file is told."""

import re
from importlib.resources import files

import pytest

from arvio.reviews.tips.languages import spoken
from arvio.reviews.tips.lexicon import LANGUAGES, LexiconError, lexicon, read_lexicon
from arvio.reviews.tips.names import called, mentions, person_name
from arvio.reviews.tips.phrases import Hit, PhraseError, Phrases, read_phrase, without
from arvio.reviews.tips.texts import sentences

pytestmark = pytest.mark.once


def hits(phrase: str, text: str) -> list[tuple[int, int]]:
    found = Phrases({"topic": [read_phrase(phrase)]}).find(sentences(text)[0].tokens)
    return [(hit.start, hit.end) for hit in found.get("topic", [])]


@pytest.mark.parametrize(
    ("phrase", "text", "places"),
    [
        ("thank", "Thank you", [(0, 1)]),
        ("thank", "thankful", []),
        ("thank*", "thankful", [(0, 1)]),
        ("we|i fixed", "I fixed what we fixed", [(0, 2), (3, 5)]),
        ("we very? much", "we much and we very much", [(0, 2), (3, 6)]),
        ("not ... fixed", "not at all yet fixed", [(0, 5)]),
        ("not ... fixed", "not at all yet quite fixed", []),
        ("not ... fixed", "not fixed, fixed", [(0, 2)]),
        ("^ hello", "hello, hello", [(0, 1)]),
        ("^ ... hello", "oh well hello", [(0, 3)]),
        ("hello $", "hello, hello", [(1, 2)]),
        ("write ... <mail>", "write to a@b.example", [(0, 3)]),
        ("<number>", "version 3.2 of 4", [(1, 2), (3, 4)]),
        ("<date>", "on 3.12.2026", [(1, 2)]),
        ("<link>", "see www.pixel.example, please", [(1, 2)]),
        ("<ticket>", "ticket #48213", [(1, 2)]),
        ("<handle>", "us: @pixel_help", [(1, 2)]),
        ("<phone>", "call +358 40 123 4567 now", [(1, 2)]),
        ("settings <arrow> team", "Settings → Team", [(0, 3)]),
        ("еще", "ЕЩЁ", [(0, 1)]),
        ("don't", "don’t", [(0, 1)]),
    ],
)
def test_a_phrase_finds_its_places(phrase: str, text: str, places: list[tuple[int, int]]) -> None:
    assert hits(phrase, text) == places


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("", "holds no word"),
        ("^ $", "holds no word"),
        ("Thank", 'must be written "thank"'),
        ("ещё", 'must be written "еще"'),
        ("... thank", "begins with a gap"),
        ("very? much", "begins with a gap or a word that may be absent"),
        ("thank ...", "ends with a gap"),
        ("a ... b ... c ... d ... e", "more than 3 gaps"),
        ("a b? c? d? e? f", "more than 3"),
        ("t*", "shorter than 2"),
        ("a||b", "is no word"),
        ("(a)", "is no word"),
        ("<fax>", "<fax> is none of <arrow>"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_why(phrase: str, problem: str) -> None:
    with pytest.raises(PhraseError, match=re.escape(problem)):
        read_phrase(phrase)


def test_a_hit_is_taken_back_by_what_it_shares_a_word_with() -> None:
    assert without([Hit(0, 2), Hit(3, 4)], [Hit(1, 3)]) == [Hit(3, 4)]


def file_of(language: str) -> str:
    return (files("arvio.reviews.tips") / f"{language}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_file_is_whole(language: str) -> None:
    assert lexicon(language).language == language


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (("[thank]", "[thanks]"), ["thank.say: must be a list", "thanks: no such table"]),
        (('say = ["thank', 'said = ["thank'), ["thank.say: must be", "thank.said: no such key"]),
        (('say = ["thank', 'say = ["THANK'), ['thank.say: "THANK']),
        (('say = ["thank', 'say = ["(x)", "thank'), ['thank.say: "(x)" "(x)" is no word']),
        (('endings = ["', 'endings = ["\'s", "'), ['name.endings: "\'s" stands there twice']),
        (("[thank]", "[thank"), ["line"]),
    ],
)
def test_a_faulty_file_is_told_every_problem(change: tuple[str, str], problems: list[str]) -> None:
    text = re.sub(r"\[\n\s+", "[", file_of("en"))
    assert change[0] in text
    with pytest.raises(LexiconError) as caught:
        read_lexicon(language="en", text=text.replace(*change))
    for problem in problems:
        assert problem in str(caught.value)
    assert str(caught.value).startswith("en.toml: ")


@pytest.mark.parametrize(
    ("text", "fallback", "languages"),
    [
        ("Thank you for the review.", "fi", ("en",)),
        ("Спасибо за отзыв, мы рады.", "en", ("ru",)),
        ("Kiitos arvostelusta, mukava kuulla.", "en", ("fi",)),
        ("Vielen Dank für Ihre Bewertung.", "en", ()),
        ("Tack för din recension, vi är glada.", "fi", ()),
        ("Дякуємо за ваш відгук.", "ru", ()),
        ("感谢您的评价", "en", ()),
        ("Merci!", "fr", ()),
        ("Okay!", "fi", ("fi",)),
        ("Okay!", "ru", ("en",)),
        ("Mari", "ru", ("en",)),
        ("Мария", "fi", ("ru",)),
        ("Okay!", "sv", ()),
        ("Thank you for the review, we are glad. Спасибо за отзыв, мы рады.", "en", ("en", "ru")),
    ],
)
def test_the_language_is_told_by_the_words(
    text: str, fallback: str, languages: tuple[str, ...]
) -> None:
    assert set(spoken(sentences=sentences(text), fallback=fallback)) == set(languages)


@pytest.mark.parametrize(
    ("display_name", "name"),
    [
        ("Anna K.", "Anna"),
        ("Korhonen, A.", "Korhonen"),
        ("Anna", "Anna"),
        ("Anna-Maria K.", "Anna-Maria"),
        ("小龙, 李.", "小龙"),
        ("N. N.", ""),
        ("#A1B2C3", ""),
        ("A K.", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_people_are_called_by_what_their_display_name_shows(
    display_name: str | None, name: str
) -> None:
    assert called(display_name) == name


def test_only_the_name_of_a_person_is_used() -> None:
    assert person_name(display_name="Anna K.", style="first_l") == "Anna K."
    assert person_name(display_name="Korhonen, A.", style="last_f") == "Korhonen, A."
    assert person_name(display_name="Acme Oy", style="company") is None
    assert person_name(display_name="#A1B2C3", style="pseudonym") is None
    assert person_name(display_name="N. N.", style="first_l") is None


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("Anna", "hello anna", True),
        ("Anna", "ANNA, hello", True),
        ("Anna", "Anna's export", True),
        ("Anna", "Annabel", False),
        ("Anna", "Joanna", False),
        ("Chloé", "Dear Chloe", True),
        ("Petr", "Dear Pétr", True),
        ("Сергей", "Уважаемый Сергей!", True),
        ("Сергей", "Сергею спасибо", True),
        ("Анна", "Анне большое спасибо", True),
        ("Пётр", "Петр, добрый день", True),
        ("Иван", "Иванов, добрый день", False),
        ("Matti", "Matille kiitos", True),
        ("Korhonen", "Kiitos Korhoselle", True),
        ("Pekka", "Pekan palaute", True),
        ("Will", "We will fix it", False),
        ("Will", "Thanks, Will", True),
        ("Вера", "спасибо за веру", False),
        ("Toivo", "Se on vain toivo", False),
        ("小龙", "谢谢小龙的评价", True),
    ],
)
def test_a_name_is_found_in_any_case_and_inflected(name: str, text: str, there: bool) -> None:
    lexicons = [lexicon(code) for code in LANGUAGES]
    assert mentions(name=name, sentences=sentences(text), lexicons=lexicons) is there


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four…", 4),
        ("One\nTwo\n- three", 3),
        ("One,\ntwo goes on", 1),
        ("One\n\ntwo", 2),
        ("Dear Mr. Smith, hello.", 1),
        ("Сергей В. пишет", 1),
        ("Korjaus tulee 14. lokakuuta.", 1),
        ("Version 3.2 is out.", 1),
        ("Thanks 🙂 See you", 2),
        ("He said “yes.” We agreed.", 2),
        ("... !!!", 0),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, count: int) -> None:
    assert len(sentences(text, frozenset({"mr"}))) == count
