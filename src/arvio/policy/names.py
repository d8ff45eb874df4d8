"""The name that stands beside a review in public (FEATURES R71); it never shows an e-mail."""

from __future__ import annotations

import hashlib
import unicodedata

from arvio.policy.model import NameStyle

NAMELESS = "N. N."
LONGEST = 60
PATRONYMIC_ENDINGS = ("вич", "вна", "ична", "инична")


def display_name(
    *, style: NameStyle, full_name: str, account_name: str = "", person_key: str = ""
) -> str:
    """first_l "Anna K." · last_f "Korhonen, A." · company the account's name · pseudonym.

    A pseudonym is the same for the same `person_key`; give a key that can't be guessed.
    """
    if style == "company":
        return " ".join(_plain(account_name).split())[:LONGEST] or NAMELESS
    if style == "pseudonym":
        return f"#{hashlib.sha256(person_key.encode()).hexdigest()[:6].upper()}"
    first, last = _first_and_last(full_name)
    if not last:
        return first or NAMELESS
    if style == "first_l":
        return f"{first} {_initial(last)}"
    return f"{last}, {_initial(first)}"


def _first_and_last(full_name: str) -> tuple[str, str]:
    text = _plain(full_name)
    surname, comma, given = text.partition(",")
    if comma and _words(given):
        first, last = _words(given)[:1], _words(surname)[-1:]
    else:
        words = _words(text)
        first, last = words[:1], words[1:][-1:]
        if len(words) == 3 and words[2].casefold().endswith(PATRONYMIC_ENDINGS):
            first, last = words[1:2], words[:1]
    return "".join(first)[:LONGEST], "".join(last)[:LONGEST]


def _plain(text: str) -> str:
    """Without control, format and surrogate characters; white space stays."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(c for c in normal if c.isspace() or not unicodedata.category(c).startswith("C"))


def _words(text: str) -> list[str]:
    """Words that are part of a name: they hold a letter and are no address."""
    words = (word.strip("\"'()[]<>«»“”.,;:") for word in text.split() if "@" not in word)
    return [word for word in words if any(character.isalpha() for character in word)]


def _initial(word: str) -> str:
    """The first letter with the marks that belong to it, in upper case."""
    start = next(place for place, character in enumerate(word) if character.isalpha())
    end = start + 1
    while end < len(word) and unicodedata.combining(word[end]):
        end += 1
    return word[start:end].upper() + "."
