"""The small language that the word lists are written in, and the one pass that finds them.

A phrase is words with spaces between, in lower case: `thank`, a stem `apolog*`, one of several
`i|we`, a word that may be absent `very?`, up to three words of any kind `...`, the start and the
end of a sentence `^` and `$`, and what is no word: `<mail>`, `<link>`, `<number>` and so on.

Words are looked up in tables and no phrase has more than two gaps, so the time a text takes grows
with its length, whatever stands in it. No regular expression is ever made from the data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from arvio.reviews.tips.texts import KINDS, Token, folded

WIDEST_GAP: Final = 3
MOST_GAPS: Final = 2
SHORTEST_STEM: Final = 2


class PhraseError(ValueError):
    """A phrase that can't be read; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a phrase; a gap matches any words and has none of its own."""

    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    optional: bool = False
    gap: bool = False

    def fits(self, token: Token) -> bool:
        return (
            token.word in self.words
            or token.kind in self.words
            or bool(self.stems and token.word.startswith(self.stems))
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    elements: tuple[Element, ...]
    at_start: bool
    at_end: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase was found: the sentence's tokens from `start` up to `end`."""

    start: int
    end: int


def read_phrase(text: str) -> Phrase:
    """PhraseError says which part of it can't stand there."""
    parts = text.split()
    at_start, at_end = parts[:1] == ["^"], parts[-1:] == ["$"]
    elements = tuple(_element(part) for part in parts[at_start : len(parts) - at_end])
    if not elements:
        raise PhraseError("holds no word")
    if sum(element.gap for element in elements) > MOST_GAPS:
        raise PhraseError(f"has more than {MOST_GAPS} gaps")
    if not at_start and (elements[0].gap or elements[0].optional):
        raise PhraseError("begins with a gap or a word that may be absent")
    if elements[-1].gap:
        raise PhraseError("ends with a gap")
    return Phrase(elements, at_start, at_end)


def _element(part: str) -> Element:
    if part == "...":
        return Element(gap=True)
    optional = part.endswith("?")
    choices = part.removesuffix("?").split("|")
    stems = tuple(choice.removesuffix("*") for choice in choices if choice.endswith("*"))
    words = frozenset(choice for choice in choices if not choice.endswith("*"))
    for word in words:
        _check_word(word)
    for stem in stems:
        _check_word(stem)
        if len(stem) < SHORTEST_STEM:
            raise PhraseError(f"the stem {stem}* is shorter than {SHORTEST_STEM} letters")
    return Element(words, stems, optional)


def _check_word(word: str) -> None:
    if word.startswith("<"):
        if word not in KINDS:
            raise PhraseError(f"{word} is none of {', '.join(sorted(KINDS))}")
    elif not word or not all(c.isalnum() or c in "'-._№#" for c in word):
        raise PhraseError(f'"{word}" is no word')
    elif word != folded(word):
        raise PhraseError(f'"{word}" must be written "{folded(word)}"')


class Phrases:
    """The phrases of several topics, found together in one pass over a sentence."""

    def __init__(self, topics: Mapping[str, Iterable[Phrase]]) -> None:
        self._by_word: defaultdict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        self._by_stem: defaultdict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        self._at_start: list[tuple[str, Phrase]] = []
        for topic, phrases in topics.items():
            for phrase in phrases:
                self._add(topic, phrase)
        lengths = {len(stem) for stem in self._by_stem}
        self._stem_lengths = sorted(lengths)

    def _add(self, topic: str, phrase: Phrase) -> None:
        first = phrase.elements[0]
        if phrase.at_start:
            self._at_start.append((topic, phrase))
            return
        for word in first.words:
            self._by_word[word].append((topic, phrase))
        for stem in first.stems:
            self._by_stem[stem].append((topic, phrase))

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Hit]]:
        """Every topic that occurs, with its hits in order of their first word."""
        hits: defaultdict[str, list[Hit]] = defaultdict(list)
        for topic, phrase in self._at_start if tokens else ():
            _try(phrase, tokens, 0, hits[topic])
        for start, token in enumerate(tokens):
            for topic, phrase in self._starting_with(token):
                _try(phrase, tokens, start, hits[topic])
        return {topic: found for topic, found in hits.items() if found}

    def _starting_with(self, token: Token) -> Iterable[tuple[str, Phrase]]:
        yield from self._by_word.get(token.word, ())
        if token.kind:
            yield from self._by_word.get(token.kind, ())
        for length in self._stem_lengths:
            if length > len(token.word):
                return
            yield from self._by_stem.get(token.word[:length], ())


def _try(phrase: Phrase, tokens: Sequence[Token], start: int, hits: list[Hit]) -> None:
    end = _end(phrase.elements, tokens, start, len(tokens) if phrase.at_end else None)
    if end is not None:
        hits.append(Hit(start, end))


def _end(
    elements: tuple[Element, ...], tokens: Sequence[Token], at: int, must_end: int | None
) -> int | None:
    """Where a match that starts at `at` ends, or None; the shortest gap that fits wins."""
    if not elements:
        return at if must_end is None or at == must_end else None
    first, rest = elements[0], elements[1:]
    if first.gap:
        reach = min(at + WIDEST_GAP, len(tokens))
        ends = (_end(rest, tokens, place, must_end) for place in range(at, reach + 1))
        return next((end for end in ends if end is not None), None)
    if at < len(tokens) and first.fits(tokens[at]):
        end = _end(rest, tokens, at + 1, must_end)
        if end is not None:
            return end
    return _end(rest, tokens, at, must_end) if first.optional else None


def without(hits: Sequence[Hit], unless: Sequence[Hit]) -> list[Hit]:
    """The hits that share no word with any of `unless`."""
    return [
        hit
        for hit in hits
        if not any(hit.start < other.end and other.start < hit.end for other in unless)
    ]
