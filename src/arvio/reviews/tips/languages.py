"""Which language a reply is written in: a partner may answer in another one than the review's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from arvio.reviews.tips.lexicon import LANGUAGES, OTHER, telling_words
from arvio.reviews.tips.texts import Sentence

SECOND: Final = 0.34
"""A second language counts from this share of the first one's words: a reply in both."""
LEAST_OF_SECOND: Final = 3
SILENT: Final = 12
"""So many words, and none that tells a language: it is another one."""
CYRILLIC_ELSEWHERE: Final = frozenset("іїєґўјљњћђќѓѕџ")


def spoken(*, sentences: Sequence[Sentence], fallback: str) -> tuple[str, ...]:
    """The languages of LANGUAGES that it is written in, the main one first; () for any other.

    `fallback` is the review's language and decides where the words don't.
    """
    letters = {letter for s in sentences for t in s.tokens for letter in t.word}
    told = _told(sentences)
    if letters & CYRILLIC_ELSEWHERE:
        told["ru"] = 0
    order = sorted(LANGUAGES, key=lambda code: (-told[code], code != fallback))
    most, foreign = told[order[0]], told[OTHER]
    if foreign > most:
        return ()
    if most > 1:
        second = max(LEAST_OF_SECOND, SECOND * most)
        return tuple(c for c in order if c == order[0] or told[c] >= second)[:2]
    guess = _guess(fallback, letters)
    if most:
        return (order[0], *(code for code in guess if code != order[0]))
    size = sum(bool(t.word) and not t.kinds for s in sentences for t in s.tokens)
    return guess if size < SILENT else ()


def _guess(fallback: str, letters: set[str]) -> tuple[str, ...]:
    """The fallback, or in another script the first of ours that is written in it: a reply to a
    Russian review may begin with a name in Latin letters.
    """
    if fallback not in LANGUAGES:
        return ()
    return tuple(code for code in (fallback, *LANGUAGES) if _may_be(code, letters))[:1]


def _told(sentences: Sequence[Sentence]) -> dict[str, int]:
    """How many words tell each language."""
    told = dict.fromkeys((*LANGUAGES, OTHER), 0)
    for sentence in sentences:
        for code, hits in telling_words().find(sentence.tokens).items():
            told[code] += len(hits)
    return told


def _may_be(code: str, letters: set[str]) -> bool:
    """Whether the script fits."""
    if letters & CYRILLIC_ELSEWHERE:
        return False
    script = "CYRILLIC" if code == "ru" else "LATIN"
    return all(unicodedata.name(c, "").startswith(script) for c in letters if c.isalpha())
