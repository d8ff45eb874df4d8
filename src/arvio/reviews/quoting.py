"""Does a partner's reply name the author, or repeat the author's words? Plain text, no reads.

Decides which replies lose their words when their author is erased; see decision 13.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# So many words in a row, the same as the author's, are no accident.
RUN = 8
# In quotation marks fewer do.
QUOTED = 3
SHORTEST_NAME = 3
# By so much an ending makes a name longer: Anna, Annalle.
ENDING = 4
VOWELS = "aeiouyäöåаеёиоуыэюяй"
WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
MARKS = re.compile(r"“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|\"([^\"]+)\"|”([^”]+)”")


@dataclass(frozen=True)
class Author:
    """`words` are all that the author ever wrote in the review, a text each."""

    name: str
    email: str
    words: Sequence[str]


def tells_of(*, reply: str, author: Author) -> bool:
    """True when somebody could learn from the reply who the author is or what they wrote."""
    text = unicodedata.normalize("NFKC", reply)
    return (
        _holds_address(text, author.email)
        or _names(text, author.name)
        or _repeats(text, author.words)
    )


def _holds_address(text: str, email: str) -> bool:
    return bool(email) and email.casefold() in text.casefold()


def _names(text: str, name: str) -> bool:
    """A part of the name as a word, whatever its case; or written as a name, with an ending."""
    parts = {part for part in _pieces(name.casefold()) if len(part) >= SHORTEST_NAME}
    for piece in _pieces(text):
        word = piece.casefold()
        if word in parts:
            return True
        if piece[0].isupper() and any(_is_ending_of(word, part) for part in parts):
            return True
    return False


def _pieces(text: str) -> Iterator[str]:
    """Words, and the parts of those with a hyphen or an apostrophe: Anna-Maria is also Anna."""
    for word in WORD.findall(unicodedata.normalize("NFKC", text)):
        yield word
        yield from filter(None, re.split(r"[’'-]", word))


def _is_ending_of(word: str, part: str) -> bool:
    """Annan and Annalle of Anna, Анне of Анна."""
    stem = part[:-1] if len(part) > SHORTEST_NAME and part[-1] in VOWELS else part
    return word.startswith(stem) and len(word) <= len(part) + ENDING


def _repeats(text: str, words: Sequence[str]) -> bool:
    theirs = [found for one in words if (found := _words(one))]
    said = _words(text)
    for own in theirs:
        # Of a shorter text all of it, unless that is a word or two which anybody might say.
        length = min(RUN, len(own))
        if length >= QUOTED and not set(_runs(own, length)).isdisjoint(_runs(said, length)):
            return True
    quotes = [_words("".join(filter(None, found.groups()))) for found in MARKS.finditer(text)]
    return any(
        tuple(quote) in set(_runs(own, len(quote)))
        for quote in quotes
        if len(quote) >= QUOTED
        for own in theirs
    )


def _words(text: str) -> list[str]:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return WORD.findall(normal)


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    for start in range(len(words) - length + 1):
        yield tuple(words[start : start + length])
