"""How a reply looks whatever language it is in: shouting, rows of marks, floods of pictures."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Final

MOST_EXCLAMATIONS: Final = 5
MOST_PICTURES: Final = 3
SHOUTED_LETTERS: Final = 10
LONG_WORD: Final = 6

ROW_OF_MARKS = re.compile(r"[!?！？]{3}|\?[?!]|!\?")
ROW_OF_SMILES = re.compile(r"\){3}|\({3}")
LEFT_OPEN = re.compile(r"\{[^{}\n]{0,40}\}|<\w{2,20}>|%\w{2,20}%|\[(?:_{2,}|\.{3}|…)\]|_{4,}")
JOINER: Final = "\u200d"


def marks(text: str) -> bool:
    return bool(ROW_OF_MARKS.search(text)) or text.count("!") > MOST_EXCLAMATIONS


def pictures(text: str) -> bool:
    """More than three, or a row of brackets; what is joined to a picture belongs to it."""
    shown = sum(
        unicodedata.category(c) == "So" and before != JOINER for before, c in pairwise(" " + text)
    )
    return shown > MOST_PICTURES or bool(ROW_OF_SMILES.search(text))


def shouting(text: str) -> bool:
    """Two words in a row in capitals, one of them long, or three with ten letters.

    Abbreviations set apart by commas, CSV, JSON, aren't in a row.
    """
    row: list[str] = []
    for word in _in_capitals(text):
        row = [*row[-2:], word] if word else []
        long = any(len(one) >= LONG_WORD for one in row[-2:])
        size = sum(map(len, row))
        if (len(row) >= 2 and long) or (len(row) >= 3 and size >= SHOUTED_LETTERS):
            return True
    return False


def _in_capitals(text: str) -> list[str]:
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
