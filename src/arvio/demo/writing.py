"""How a review is put together: its words follow the stars, the app and the time of use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from arvio.demo.content import DemoApp, DemoUser
from arvio.demo.words import TAKES_TIME, Bank, Deck, Sentence, bank, spell

TEAMS = {"2-10": "team_small", "11-50": "team_mid", "51-200": "team_large"}
SHORT = {5: 0.17, 4: 0.11, 3: 0.08, 2: 0.07, 1: 0.13}
CLOSING = {5: 0.42, 4: 0.42, 3: 0.5, 2: 0.5, 1: 0.55}


@dataclass(frozen=True)
class Situation:
    """What the words must agree with."""

    stars: int
    usage: timedelta
    size: str
    author: DemoUser
    blame: str = ""


@dataclass
class Written:
    title: str = ""
    text: str = ""
    pros: str = ""
    cons: str = ""
    said: list[tuple[str, str, str]] = field(default_factory=list)
    hints: dict[str, bool] = field(default_factory=dict)


@dataclass
class Writer:
    """Writes about one app in one language and repeats itself as late as it can."""

    app: DemoApp
    language: str
    rng: Random
    titled: bool
    decks: dict[str, Deck[Any]] = field(default_factory=dict)
    titles: deque[str] = field(default_factory=lambda: deque(maxlen=20))

    @property
    def bank(self) -> Bank:
        return bank(self.language, self.app.bank)

    def write(self, *, situation: Situation) -> Written:
        made = Written()
        used: set[str] = set()
        stars = situation.stars
        if not situation.blame and self.rng.random() < SHORT[stars]:
            lines = [self._line(f"short_{stars}", situation)]
        else:
            lines = [
                *self._opening(situation),
                *self._body(situation, made, used),
                *self._closing(situation),
            ]
        made.text = self._join(lines)
        self._season(made, situation)
        if self.titled:
            made.title = self._title(situation, made)
            self._pros_and_cons(made, situation, used)
        return made

    # What is said

    def _opening(self, situation: Situation) -> list[str]:
        lines = []
        if self.rng.random() < 0.3:
            lines.append(self._spell(self._deal("scene", self.bank.scene), situation))
        elif self.rng.random() < 0.25:
            team = TEAMS.get(situation.size)
            lines += [self._line(team, situation)] if team else []
        if self.rng.random() < 0.33:
            lines.append(self._usage(situation))
        return lines

    def _usage(self, situation: Situation) -> str:
        days = situation.usage.days
        if days < 15:
            return self._line("used_new", situation)
        if days < 62:
            return self._line("used_weeks", situation)
        common = self.bank.common
        if days < 365:
            word = common["months"][min(days * 12 // 365, 11) - 2]
            return self._line(
                "used_months", situation, months=word, Months=word[0].upper() + word[1:]
            )
        return self._line("used_years", situation, years=common["years"][min(days // 365, 3) - 1])

    def _body(self, situation: Situation, made: Written, used: set[str]) -> list[str]:
        def say(kind: str, count: int = 1) -> list[str]:
            return self._say(kind, count, situation, made, used)

        rng, stars = self.rng, situation.stars
        if stars == 5:
            lines = say("praise", rng.choices((1, 2, 3), (40, 42, 18))[0])
            return self._mix(lines, self._extra(True, 0.5, situation, made))
        if stars == 4:
            lines = self._mix(
                say("praise", rng.choices((1, 2), (55, 45))[0]),
                self._extra(True, 0.25, situation, made),
            )
            if rng.random() < 0.15:
                return lines
            if rng.random() < 0.2:
                return [*lines, self._line("turn", situation), *say("gripe")]
            return lines + self._but(say("gripe"))
        if stars == 3:
            wrong = say("gripe") + say("trouble", rng.choices((0, 1), (55, 45))[0])
            return say("praise") + self._mix(
                self._but(wrong), self._extra(False, 0.3, situation, made)
            )
        wrong = say("trouble", rng.choices((1, 2), (55, 45))[0])
        if stars == 2:
            wrong += say("gripe", rng.choices((0, 1), (55, 45))[0])
            wrong = self._mix(wrong, self._extra(False, 0.4, situation, made))
            if rng.random() < 0.22:
                wrong += [self._line("turn_bad", situation), *say("praise")]
            return wrong
        return self._mix(wrong, self._extra(False, 0.5, situation, made))

    def _extra(self, good: bool, chance: float, situation: Situation, made: Written) -> list[str]:
        """Setup, support or price: at most one of them is worth a sentence."""
        if self.rng.random() >= chance:
            return []
        subject = self.rng.choices(("setup", "support", "price"), (35, 45, 20))[0]
        made.hints[subject] = good
        return [self._line(f"{subject}_{'good' if good else 'bad'}", situation)]

    def _say(
        self, kind: str, count: int, situation: Situation, made: Written, used: set[str]
    ) -> list[str]:
        lines = []
        for turn in range(count):
            blame = situation.blame if kind in ("gripe", "trouble") and turn == 0 else ""
            general = turn > 0 and self.rng.random() < 0.45
            sentence = self._sentence(kind, used, situation, blame, general)
            if sentence is None:
                break
            used.add(sentence.topic)
            line = self._spell(sentence.template, situation)
            if kind == "praise" and 0 < turn == count - 1 and self.rng.random() < 0.5:
                line = self._joined("also", line)
            made.said.append((kind, sentence.topic, line))
            lines.append(line)
        return lines

    def _sentence(
        self, kind: str, used: set[str], situation: Situation, blame: str, general: bool
    ) -> Sentence | None:
        """About what the app does; about any app as a second thing, or when nothing is left."""
        fresh = situation.usage.days < 80
        takes_time = TAKES_TIME[self.language]

        def fits(sentence: Sentence) -> bool:
            return sentence.topic not in used and not (
                fresh and takes_time.search(sentence.template)
            )

        if blame and blame not in used:
            blamed = self._deck(f"{kind}:{blame}", lambda: self.bank.sentences(kind, [blame])).draw(
                fits
            )
            if isinstance(blamed, Sentence):
                return blamed
        special = self._deck(kind, lambda: self.bank.sentences(kind, self.app.topics)).draw
        any_app = self._deck(f"any {kind}", lambda: self.bank.sentences(kind, ())).draw
        first, second = (any_app, special) if general else (special, any_app)
        found: Sentence | None = first(fits) or second(fits)
        return found

    def _closing(self, situation: Situation) -> list[str]:
        stars = situation.stars
        return (
            [self._line(f"close_{stars}", situation)] if self.rng.random() < CLOSING[stars] else []
        )

    def _title(self, situation: Situation, made: Written) -> str:
        """Not one of those that stand on the same page."""
        for _ in range(12):
            title = self._any_title(situation, made)
            if title not in self.titles:
                break
        self.titles.append(title)
        return title

    def _any_title(self, situation: Situation, made: Written) -> str:
        stars = situation.stars
        kind, name = ("praise", "good") if stars >= 4 else ("trouble", "bad")
        topics = [
            topic for said, topic, _ in made.said if said == kind and topic in self.bank.topics
        ]
        if topics and self.rng.random() < 0.72:
            topic = topics[0]
            return self._spell(
                self._deal(f"{name}:{topic}", self.bank.topics[topic][name]), situation
            )
        return self._line(f"title_{stars}", situation)

    def _pros_and_cons(self, made: Written, situation: Situation, used: set[str]) -> None:
        stars = situation.stars
        if stars >= 2 and self.rng.random() < 0.36:
            made.pros = " ".join(
                self._say("praise", self.rng.choice((1, 1, 2)), situation, Written(), used)
            )
        if self.rng.random() < (0.16 if stars == 5 else 0.34):
            kind = "trouble" if stars <= 2 else "gripe"
            made.cons = " ".join(self._say(kind, 1, situation, Written(), used))

    # How it is said

    def _but(self, lines: list[str]) -> list[str]:
        """A complaint that follows praise often says so."""
        if lines and self.rng.random() < 0.6:
            return [self._joined("but", lines[0]), *lines[1:]]
        return lines

    def _joined(self, name: str, line: str) -> str:
        """The sentence behind a connecting word: one colon is enough, acronyms and I stay big."""
        first = line.split()[0]
        cards: list[str] = self.bank.common[name]
        joint = self._deck(name, lambda: cards).draw(
            lambda card: ":" not in card or ":" not in line
        )
        if first not in ("I", "I'm") and not (first.isupper() and len(first) > 1):
            line = line[0].lower() + line[1:]
        joined = f"{joint or cards[0]}{line}"
        return joined.replace("että ei ", "ettei ").replace("että en ", "etten ")

    def _mix(self, lines: list[str], extra: list[str]) -> list[str]:
        if extra and lines:
            at = self.rng.randint(1, len(lines))
            return lines[:at] + extra + lines[at:]
        return lines + extra

    def _join(self, lines: list[str]) -> str:
        if len(lines) >= 5 and self.rng.random() < 0.3:
            return " ".join(lines[:2]) + "\n\n" + " ".join(lines[2:])
        return " ".join(lines)

    def _season(self, made: Written, situation: Situation) -> None:
        """A few people are in a hurry, a few are delighted, and a few mistype a word."""
        rng, text = self.rng, made.text
        if (
            rng.random() < 0.035
            and "\n" not in text
            and text[0].isalpha()
            and not text.startswith(self.app.name)
        ):
            text = text[0].lower() + text[1:].rstrip(".") if text[:2] != "I " else text.rstrip(".")
        elif situation.stars == 5 and rng.random() < 0.07 and text.endswith("."):
            text = text[:-1] + "!"
        if rng.random() < 0.02:
            wrong = [word for word in self.bank.common["typos"] if word in text]
            if wrong:
                word = rng.choice(wrong)
                text = text.replace(word, self.bank.common["typos"][word], 1)
        made.text = text

    def _deck(self, name: str, cards: Callable[[], list[Any]]) -> Deck[Any]:
        if name not in self.decks:
            self.decks[name] = Deck(cards(), self.rng)
        return self.decks[name]

    def _deal(self, name: str, cards: list[str]) -> str:
        return self._deck(name, lambda: cards).draw() or cards[0]

    def _line(self, name: str, situation: Situation, **slots: str) -> str:
        """A line that fits any app; a newcomer doesn't get one that speaks of months."""
        cards: list[str] = self.bank.common[name]
        card = self._deal(name, cards)
        if situation.usage.days < 80 and not slots and not name.startswith(("used", "team")):
            for _ in range(3):
                if not TAKES_TIME[self.language].search(card):
                    break
                card = self._deal(name, cards)
        return self._spell(card, situation, **slots)

    def _spell(self, template: str, situation: Situation, **slots: str) -> str:
        return spell(template, self.rng, female=situation.author.female, app=self.app.name, **slots)
