"""The small language that the word lists are written in, and the one pass that finds them.

A phrase is words with spaces between, in lower case: `thank`, a stem `apolog*`, one of several
`i|we`, a word that may be absent `very?`, up to three words of any kind `...`, the start and the
end of a sentence `^` and `$`, and what is no word: `<mail>`, `<link>`, `<number>` and so on.

Words are looked up in tables and no phrase has more than three gaps, so the time a text takes
grows with its length, whatever stands in it. No regular expression is made from the data.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from arvio.reviews.tips.texts import KINDS, Token, folded

WIDEST_GAP: Final = 3
MOST_GAPS: Final = 3
SHORTEST_STEM: Final = 2
SPELLED = re.compile(r"[\w'.№#-]+")


class PhraseError(ValueError):
    """A phrase that can't be read; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a phrase; a gap matches any words and has none of its own."""

    words: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    optional: bool = False
    gap: bool = False


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
    if text != folded(text):
        raise PhraseError(f'must be written "{folded(text)}"')
    parts = text.split()
    at_start, at_end = parts[:1] == ["^"], parts[-1:] == ["$"]
    elements = tuple(_element(part) for part in parts[at_start : len(parts) - at_end])
    if not elements:
        raise PhraseError("holds no word")
    if sum(element.gap for element in elements) > MOST_GAPS:
        raise PhraseError(f"has more than {MOST_GAPS} gaps")
    if sum(element.optional for element in elements) > MOST_GAPS:
        raise PhraseError(f"has more than {MOST_GAPS} words that may be absent")
    if elements[0].optional or (elements[0].gap and not at_start):
        raise PhraseError("begins with a gap or a word that may be absent")
    if elements[-1].gap:
        raise PhraseError("ends with a gap")
    return Phrase(elements, at_start, at_end)


def _element(part: str) -> Element:
    if part == "...":
        return Element(gap=True)
    choices = part.removesuffix("?").split("|")
    twice = sorted({choice for choice in choices if choices.count(choice) > 1})
    if twice:
        raise PhraseError(f"names {', '.join(twice)} twice")
    stems = frozenset(choice[:-1] for choice in choices if choice.endswith("*"))
    words = frozenset(choice for choice in choices if not choice.endswith("*"))
    for word in words | stems:
        if word.startswith("<"):
            if word not in KINDS:
                raise PhraseError(f"{word} is none of {', '.join(sorted(KINDS))}")
        elif not SPELLED.fullmatch(word):
            raise PhraseError(f'"{word}" is no word')
    for stem in stems:
        if len(stem) < SHORTEST_STEM:
            raise PhraseError(f"the stem {stem}* is shorter than {SHORTEST_STEM} letters")
    return Element(words, stems, part.endswith("?"))


class Phrases:
    """The phrases of several topics, found together in one pass over a sentence.

    Equal elements have one number, and a word's numbers are looked up once, so that comparing
    a phrase with a place in a sentence is asking whether a set holds a number.
    """

    def __init__(self, topics: Mapping[str, Iterable[Phrase]]) -> None:
        self._numbers: dict[Element, int] = {}
        self._by_word: dict[str, frozenset[int]] = {}
        self._by_stem: dict[str, frozenset[int]] = {}
        self._starting: defaultdict[int, list[tuple[str, _Steps]]] = defaultdict(list)
        self._at_start: list[tuple[str, _Steps]] = []
        for topic, phrases in topics.items():
            for phrase in phrases:
                self._add(topic, phrase)
        self._stem_lengths = sorted({len(stem) for stem in self._by_stem})

    def _add(self, topic: str, phrase: Phrase) -> None:
        numbers = tuple(GAP if e.gap else self._number(e) for e in phrase.elements)
        steps = _Steps(numbers, tuple(e.optional for e in phrase.elements), phrase.at_end)
        if phrase.at_start:
            self._at_start.append((topic, steps))
        else:
            self._starting[numbers[0]].append((topic, steps))

    def _number(self, element: Element) -> int:
        same = Element(element.words, element.stems)
        if same not in self._numbers:
            number = self._numbers[same] = len(self._numbers)
            for word in element.words:
                self._by_word[word] = self._by_word.get(word, NONE) | {number}
            for stem in element.stems:
                self._by_stem[stem] = self._by_stem.get(stem, NONE) | {number}
        return self._numbers[same]

    def find(self, tokens: Sequence[Token]) -> dict[str, list[Hit]]:
        """Every topic that occurs, with its hits in order of their first word."""
        row = [self._fitting(token) for token in tokens]
        hits: defaultdict[str, list[Hit]] = defaultdict(list)
        self._try(self._at_start if row else (), row, 0, hits)
        for start, numbers in enumerate(row):
            for number in numbers:
                self._try(self._starting.get(number, ()), row, start, hits)
        return dict(hits)

    @staticmethod
    def _try(
        phrases: Iterable[tuple[str, _Steps]],
        row: Sequence[frozenset[int]],
        start: int,
        hits: dict[str, list[Hit]],
    ) -> None:
        for topic, steps in phrases:
            end = _end(steps, 0, row, start)
            if end >= 0:
                hits[topic].append(Hit(start, end))

    def _fitting(self, token: Token) -> frozenset[int]:
        found = self._by_word.get(token.word, NONE)
        more = [self._by_word[kind] for kind in token.kinds if kind in self._by_word]
        for length in self._stem_lengths:
            if length > len(token.word):
                break
            stem = self._by_stem.get(token.word[:length])
            if stem:
                more.append(stem)
        return found.union(*more) if more else found


GAP: Final = -1
NONE: Final = frozenset[int]()


@dataclass(frozen=True, slots=True)
class _Steps:
    """A phrase as the numbers of its elements."""

    numbers: tuple[int, ...]
    optional: tuple[bool, ...]
    at_end: bool


def _end(steps: _Steps, step: int, row: Sequence[frozenset[int]], at: int) -> int:
    """Where a match that stands at `at` with this step ends, or -1; the shortest gap wins."""
    numbers, size = steps.numbers, len(row)
    while step < len(numbers):
        number = numbers[step]
        if number == GAP:
            return _after_gap(steps, step + 1, row, at)
        fits = at < size and number in row[at]
        if steps.optional[step]:
            end = _end(steps, step + 1, row, at + 1) if fits else -1
            return end if end >= 0 else _end(steps, step + 1, row, at)
        if not fits:
            return -1
        step, at = step + 1, at + 1
    return at if at == size or not steps.at_end else -1


def _after_gap(steps: _Steps, step: int, row: Sequence[frozenset[int]], at: int) -> int:
    number, sure = steps.numbers[step], not steps.optional[step]
    for place in range(at, min(at + WIDEST_GAP + 1, len(row))):
        if sure and number not in row[place]:
            continue
        end = _end(steps, step, row, place)
        if end >= 0:
            return end
    return -1


def without(hits: Sequence[Hit], unless: Sequence[Hit]) -> list[Hit]:
    """The hits that share no word with any of `unless`."""
    if not unless:
        return list(hits)
    taken = {place for other in unless for place in range(other.start, other.end)}
    return [hit for hit in hits if taken.isdisjoint(range(hit.start, hit.end))]
