"""Phrase banks and how sentences are drawn: `[a|b]` is a choice, `<m/f>` the author's gender."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

T = TypeVar("T")
HERE = Path(__file__).parent
CHOICE = re.compile(r"\[([^\[\]]*)\]")
GENDER = re.compile(r"<([^/<>]*)/([^<>]*)>")

# Words that tell how long something has gone on: a newcomer can't have seen it yet.
TAKES_TIME = {
    "en": re.compile(
        r"\b(month|year|spring|quarter|week|autumn|christmas|january|august|season)", re.I
    ),
    "ru": re.compile(
        r"месяц|\bгод|весн|осен|квартал|недел|январ|август|декабр|полгода|сезон|понедельник", re.I
    ),
    "fi": re.compile(
        r"kuukau|kuussa|vuo(si|de|nna)|kevä|syks|viiko|viikko|neljänne|elokuu|tammikuu", re.I
    ),
}


@dataclass(frozen=True)
class Sentence:
    """One sentence of a bank, with the subject it is about."""

    topic: str
    template: str


@dataclass(frozen=True)
class Bank:
    """What people say about one kind of app in one language."""

    language: str
    topics: dict[str, dict[str, list[str]]]
    scene: list[str]
    common: dict[str, Any]

    def sentences(self, kind: str, topics: Sequence[str]) -> list[Sentence]:
        """Sentences of a kind about these topics.

        Without topics: those that fit any app, each a topic of its own.
        """
        if not topics:
            return [Sentence(f"any{n}", text) for n, text in enumerate(self.common["any"][kind])]
        return [
            Sentence(topic, text)
            for topic in topics
            for text in self.topics.get(topic, {}).get(kind, [])
        ]

    def answers(self, topic: str) -> list[str]:
        return self.topics.get(topic, {}).get("answer", [])


@cache
def read_words(name: str) -> dict[str, Any]:
    with (HERE / "words" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def bank(language: str, category: str) -> Bank:
    raw = dict(read_words(f"{language}/{category}"))
    scene = raw.pop("scene")
    return Bank(language=language, topics=raw, scene=scene, common=read_words(f"{language}/common"))


@dataclass
class Deck(Generic[T]):
    """A shuffled pile that is dealt to its end before anything in it comes again."""

    cards: Sequence[T]
    rng: Random
    pile: list[T] = field(default_factory=list)

    def draw(self, fits: Callable[[T], bool] = lambda _: True) -> T | None:
        for _ in range(2):
            for index in range(len(self.pile) - 1, -1, -1):
                if fits(self.pile[index]):
                    return self.pile.pop(index)
            self.pile = [*self.rng.sample(list(self.cards), len(self.cards)), *self.pile]
        return None


def spell(template: str, rng: Random, *, female: bool = False, **slots: str) -> str:
    """A sentence with its choices made."""
    text = GENDER.sub(lambda found: found[2] if female else found[1], template)
    text = CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)
    for name, value in slots.items():
        text = text.replace(f"{{{name}}}", value)
    return text
