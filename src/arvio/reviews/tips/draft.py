"""A reply, read once: its sentences, its languages, and which topics each sentence holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from arvio.reviews.tips.languages import spoken
from arvio.reviews.tips.lexicon import LANGUAGES, UNLESS, Lexicon, lexicon
from arvio.reviews.tips.names import mentions
from arvio.reviews.tips.phrases import Hit, without
from arvio.reviews.tips.texts import Sentence, Token, sentences

UNFAIR: Final = ("threat", "incentive", "insult", "blame", "sarcasm")
"""Topics that spoil a sentence: it neither solves anything nor ends well."""
LONGEST_GREETING: Final = 6
LONGEST_CLOSE: Final = 4
"""So many sentences a signature may have, each of at most so many words."""
LONGEST_SIGNATURE: Final = 12
LONGEST_NAME: Final = 5
SHORTEST_TELLING: Final = 5
LONGEST_STEM: Final = 7
LONGEST_ENDING: Final = 2


@dataclass(frozen=True)
class Draft:
    """A reply, read once: its sentences, its languages, what was found in them."""

    text: str
    language: str
    name: str
    review: str

    @cached_property
    def sentences(self) -> list[Sentence]:
        return read(self.text)

    @cached_property
    def lexicons(self) -> tuple[Lexicon, ...]:
        return tuple(map(lexicon, spoken(sentences=self.sentences, fallback=self.language)))

    @cached_property
    def found(self) -> list[dict[str, list[Hit]]]:
        """Topics with their hits, a dictionary a sentence, after `unless` took its part."""
        return [_found(sentence, self.lexicons) for sentence in self.sentences]

    @cached_property
    def body_end(self) -> int:
        """Where the signature begins."""
        end = len(self.sentences)
        for place in range(max(end - LONGEST_CLOSE, 0), end):
            if self._signs_off(place):
                return place
        while end > 1 and self._is_name_line(end - 1):
            end -= 1
        return end

    def _signs_off(self, place: int) -> bool:
        """It begins with a sign-off, and nothing long follows."""
        begins = any(hit.start == 0 for hit in self.found[place].get("sign_off", ()))
        return begins and all(len(s.tokens) <= LONGEST_SIGNATURE for s in self.sentences[place:])

    def _is_name_line(self, place: int) -> bool:
        sentence, found = self.sentences[place], self.found[place]
        short = sentence.new_line and len(sentence.tokens) <= LONGEST_NAME
        capital = all(t.capitalised or not t.word for t in sentence.tokens)
        return short and capital and not ({"good_end", "thank"} & found.keys())

    @cached_property
    def body(self) -> range:
        """The places of the sentences between greeting and signature."""
        start = 0
        while start < self.body_end and self._is_greeting(start):
            start += 1
        return range(start, self.body_end)

    def _is_greeting(self, place: int) -> bool:
        sentence = self.sentences[place]
        if len(sentence.tokens) > LONGEST_GREETING or "thank" in self.found[place]:
            return False
        if "greeting" in self.found[place]:
            return True
        named = bool(self.name) and mentions(
            name=self.name, sentences=[sentence], lexicons=self.lexicons
        )
        return named and len(sentence.tokens) <= 2

    def says(self, *topics: str, among: Iterable[int] | None = None) -> bool:
        places = range(len(self.sentences)) if among is None else among
        return any(topic in self.found[place] for place in places for topic in topics)

    @cached_property
    def fair(self) -> list[int]:
        """The places in the body where nothing unprofessional is said."""
        return [place for place in self.body if not self.says(*UNFAIR, among=[place])]


def read(text: str) -> list[Sentence]:
    shortened = frozenset[str]().union(*(lexicon(code).abbreviations for code in LANGUAGES))
    return sentences(text, shortened)


def _found(sentence: Sentence, lexicons: Sequence[Lexicon]) -> dict[str, list[Hit]]:
    kept: defaultdict[str, list[Hit]] = defaultdict(list)
    for lex in lexicons:
        hits = lex.phrases.find(sentence.tokens)
        for topic, said in hits.items():
            if not topic.endswith(UNLESS):
                kept[topic] += without(said, hits.get(topic + UNLESS, ()))
    return {topic: said for topic, said in kept.items() if said}


def takes_up(draft: Draft) -> bool:
    """Whether a telling word of the review comes back in the reply, however either is inflected.

    Two words are the same up to where the shorter one's ending may begin.
    """
    stems, openings = set[str](), set[str]()
    for sentence in read(draft.review):
        for token in _telling(sentence, draft.lexicons):
            beginnings = _beginnings(token.word)
            stems.add(beginnings[-1])
            openings.update(beginnings)
    for place in draft.fair:
        for token in _telling(draft.sentences[place], draft.lexicons):
            beginnings = _beginnings(token.word)
            if beginnings[-1] in openings or not stems.isdisjoint(beginnings):
                return True
    return False


def _beginnings(word: str) -> list[str]:
    """From the shortest that tells a word from others up to its stem."""
    stem = max(SHORTEST_TELLING, min(len(word) - LONGEST_ENDING, LONGEST_STEM))
    return [word[:length] for length in range(SHORTEST_TELLING, stem + 1)]


def _telling(sentence: Sentence, lexicons: Sequence[Lexicon]) -> list[Token]:
    """The long words that say something about one review and not about any."""
    tokens = sentence.tokens
    idle = {hit.start for lex in lexicons for hit in lex.common.find(tokens).get("common", ())}
    return [
        token
        for place, token in enumerate(tokens)
        if place not in idle and not token.kinds and len(token.word) >= SHORTEST_TELLING
    ]
