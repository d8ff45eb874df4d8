"""Which language a reply is written in: a partner may answer in another one than the review's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from arvio.reviews.tips.lexicon import LANGUAGES, lexicon
from arvio.reviews.tips.texts import Sentence

TOO_SHORT: Final = 4
"""With fewer words than this, none of them may be telling."""
FOREIGN: Final = 0.08
"""A text with a smaller share of telling words is in some other language."""
SECOND: Final = 0.34
"""A second language counts from this share of the first one's words: a reply in both."""
CYRILLIC_ELSEWHERE: Final = frozenset("іїєґўјљњћђќѓѕџ")


def spoken(*, sentences: Sequence[Sentence], fallback: str) -> tuple[str, ...]:
    """The languages of LANGUAGES that it is written in, the main one first; () for any other.

    `fallback` is the review's language and decides where the words don't.
    """
    told = {code: _telling(code, sentences) for code in LANGUAGES}
    size = sum(bool(t.word and not t.kind) for s in sentences for t in s.tokens)
    order = sorted(LANGUAGES, key=lambda code: (-told[code], code != fallback))
    most = told[order[0]]
    if most and most >= FOREIGN * size:
        return tuple(c for c in order if told[c] == most or told[c] >= max(2, SECOND * most))[:2]
    if size >= TOO_SHORT or fallback not in LANGUAGES:
        return ()
    return (fallback,) if _may_be(fallback, sentences) else ()


def _telling(code: str, sentences: Sequence[Sentence]) -> int:
    own = lexicon(code).own
    if code == "ru" and _letters(sentences) & CYRILLIC_ELSEWHERE:
        return 0
    return sum(len({hit.start for hit in own.find(s.tokens).get("own", [])}) for s in sentences)


def _letters(sentences: Sequence[Sentence]) -> set[str]:
    return {letter for s in sentences for t in s.tokens for letter in t.word}


def _may_be(code: str, sentences: Sequence[Sentence]) -> bool:
    """Whether the script fits."""
    script = "CYRILLIC" if code == "ru" else "LATIN"
    letters = [letter for letter in _letters(sentences) if letter.isalpha()]
    return all(unicodedata.name(letter, "").startswith(script) for letter in letters)
