"""Which replies tell of their author and go with them (decision 13)."""

from __future__ import annotations

import pytest

from arvio.reviews.quoting import Author, tells_of

pytestmark = pytest.mark.once

WORDS = (
    "The import broke twice in one week and nobody of your support answered us.",
    "Too slow",
    "Crashes every day",
)
ANNA = Author("Anna-Maria Korhonen", "anna.k@customer.example", WORDS)
# The same author under other names.
NAMED = {
    "anna": ANNA,
    "cyrillic": Author("Анна Петрова", "", WORDS),
    "mark": Author("Mark Li", "", WORDS),
    "address": Author("anna.k@customer.example", "anna.k@customer.example", ()),
    "nameless": Author("", "", ()),
}


@pytest.mark.parametrize(
    ("who", "reply"),
    [
        ("anna", "Hello Anna, thank you for writing."),
        ("anna", "HELLO KORHONEN! Fixed."),
        ("anna", "Hi anna-maria, it works again."),
        ("anna", "Kiitos, Annan palaute auttoi."),
        ("anna", "Annalle tiedoksi: korjattu."),
        ("anna", "We wrote to Anna.K@customer.example about it."),
        ("anna", "Sorry that it broke twice in one week and nobody of your support answered."),
        ("anna", "“Crashes every day” is not what we want."),
        ("anna", "You say that it crashes every day, and you are right."),
        ("anna", "«nobody of your support» is on duty at night."),
        ("cyrillic", "Здравствуйте, Анна! Исправили."),
        ("cyrillic", "Спасибо Анне за отзыв."),
        ("mark", "Mark, thank you."),
    ],
)
def test_it_goes(who: str, reply: str) -> None:
    assert tells_of(reply=reply, author=NAMED[who])


@pytest.mark.parametrize(
    ("who", "reply"),
    [
        ("anna", "Thank you for writing. Version 3.3 keeps the order of your calls."),
        ("anna", "The import is mended and support answers within an hour."),
        ("anna", "It was too slow, and now it is quick."),
        ("anna", "We also annotate calls."),
        ("cyrillic", "Спасибо за отзыв. Исправили в версии 3.3."),
        ("mark", "Li is short for list, and the market likes it."),
        ("nameless", "“Thank you for this” is all we can say."),
    ],
)
def test_it_stays(who: str, reply: str) -> None:
    assert not tells_of(reply=reply, author=NAMED[who])
