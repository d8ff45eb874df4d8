"""What partners answer: thanks, what was understood, what is done about it, a good end."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from random import Random

from arvio.demo.content import DemoApp, DemoUser
from arvio.demo.words import Deck, bank, spell
from arvio.demo.writing import Written

WORD = re.compile(r"[^\W\d_]{4,}")
EMPTY = {
    "that",
    "this",
    "with",
    "when",
    "from",
    "have",
    "only",
    "they",
    "than",
    "them",
    "which",
    "since",
}


@dataclass
class Replier:
    """Answers for one app, in the language of each review, and varies its thanks."""

    app: DemoApp
    rng: Random
    decks: dict[tuple[str, str], Deck[str]] = field(default_factory=dict)

    def write(self, *, author: DemoUser, language: str, stars: int, written: Written) -> str:
        wrong = [
            (topic, line) for kind, topic, line in written.said if kind in ("gripe", "trouble")
        ]
        answer = next(
            (found for topic, line in wrong if (found := self._answer(language, topic, line))), ""
        )
        if stars >= 4:
            names = ["thanks_good"]
            glad = 0.4 if wrong or not written.said else 0.9
            names += ["glad"] if self.rng.random() < glad else []
            names += ["answer" if answer else "wish"] if wrong else []
            names += ["end_good"] if self.rng.random() < 0.4 else []
        else:
            unheard = written.hints.get("support") is False
            names = ["thanks_bad", "sorry_support" if unheard else "sorry"]
            names += ["answer"] if answer else []
            names += ["step"] if not answer or self.rng.random() < 0.4 else []
            names += ["end_bad"] if self.rng.random() < 0.55 else []
        return " ".join(
            answer if name == "answer" else self._pick(language, name, author) for name in names
        )

    def _pick(self, language: str, name: str, author: DemoUser) -> str:
        lines: list[str] = bank(language, self.app.bank).common["reply"][name]
        deck = self.decks.setdefault((language, name), Deck(lines, self.rng))
        return spell(deck.draw() or lines[0], self.rng, name=author.first_name)

    def _answer(self, language: str, topic: str, complaint: str) -> str:
        """The answer that speaks of the same things; none is better than one beside the point."""
        said = bank(language, self.app.bank)
        about = _stems(complaint) - _everywhere(language, self.app.bank)
        scored = [(len(about & _stems(text)), text) for text in said.answers(topic)]
        score, answer = max(scored, default=(0, ""))
        return answer if score >= 2 else ""


def _stems(text: str) -> set[str]:
    return {word[:4] for word in WORD.findall(text.lower()) if word not in EMPTY}


@cache
def _everywhere(language: str, category: str) -> set[str]:
    """Beginnings of words that half of all complaints share, such as "call" where apps call."""
    topics = bank(language, category).topics.values()
    lines = [line for topic in topics for line in topic["gripe"] + topic["trouble"]]
    counted = Counter(stem for line in lines for stem in _stems(line))
    return {stem for stem, times in counted.items() if times > len(lines) / 8}
