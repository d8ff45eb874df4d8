"""How a reply looks whatever language it is in: shouting, rows of marks, floods of pictures."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MOST_EXCLAMATIONS: Final = 5
MOST_PICTURES: Final = 3
LEAST_SHOUTED_LETTERS: Final = 10
LONG_WORD: Final = 6
MOSTLY: Final = 0.6

ROW_OF_MARKS = re.compile(r"[!?！？]{3}|\?[?!]|!\?")
ROW_OF_SMILES = re.compile(r"\){3}|\({3}")
LEFT_OPEN = re.compile(r"\{[^{}\n]{0,40}\}|<\w{2,20}>|%\w{2,20}%|\[(?:_{2,}|\.{3}|…)\]|_{4,}")
SHOUTED = re.compile(r"[^\W\d_]+")
PICTURES_JOINED: Final = frozenset("\u200d\ufe0f")


def marks(text: str) -> bool:
    return bool(ROW_OF_MARKS.search(text)) or text.count("!") > MOST_EXCLAMATIONS


def pictures(text: str) -> bool:
    """More than three; a picture with its skin, its sex or its flag's second letter is one."""
    if ROW_OF_SMILES.search(text):
        return True
    shown = [c for c in text if unicodedata.category(c) == "So" and c not in PICTURES_JOINED]
    return len(shown) > MOST_PICTURES


def shouting(text: str) -> bool:
    """Two words in a row in capitals, one of them long, or three with ten letters; or most of it.

    Abbreviations set apart by commas, CSV, JSON, aren't in a row.
    """
    words = SHOUTED.findall(text)
    letters = [c for c in text if c.isalpha() and c.lower() != c.upper()]
    capitals = sum(c.isupper() for c in letters)
    if capitals >= LEAST_SHOUTED_LETTERS and capitals > MOSTLY * len(letters) and len(words) > 1:
        return True
    row: list[str] = []
    for place, word in enumerate(_runs(text)):
        row = [*row, word] if word else []
        long = any(len(one) >= LONG_WORD for one in row)
        size = sum(map(len, row))
        if (len(row) >= 2 and long) or (len(row) >= 3 and size >= LEAST_SHOUTED_LETTERS):
            return place >= 0
    return False


def _runs(text: str) -> list[str]:
    """The words in capitals; "" wherever something else breaks the row."""
    found: list[str] = []
    for chunk in text.split():
        word = chunk.strip("!?.…\"'“”«»")
        found.append(word if len(word) > 1 and word.isalpha() and word.isupper() else "")
        if chunk.endswith((",", ";", ":")):
            found.append("")
    return found


def left_open(text: str) -> bool:
    """A place of a template that nobody filled in."""
    return bool(LEFT_OPEN.search(text))
