"""A language's words for the tips, read from its TOML file once and checked as a whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from arvio.reviews.tips.phrases import Phrase, PhraseError, Phrases, read_phrase
from arvio.reviews.tips.texts import folded

LANGUAGES: Final = ("en", "ru", "fi")
TOPICS: Final = (
    "greeting",
    "sign_off",
    "thank",
    "regret",
    "understand",
    "admit",
    "deny",
    "done",
    "step",
    "channel",
    "change",
    "when",
    "insult",
    "blame",
    "sarcasm",
    "threat",
    "incentive",
    "slang",
    "placeholder",
    "good_end",
    "sour_end",
)
OTHER: Final = "other"
UNLESS: Final = " unless"
LISTS: Final = {
    "language": ("words", "common"),
    "sentences": ("abbreviations",),
    "name": ("endings", "also_words"),
}


class LexiconError(ValueError):
    """A word file can't be used; carries every problem, each with its place and what is wrong."""

    def __init__(self, language: str, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{language}.toml: " + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`phrases` finds every topic, and under the topic's name + UNLESS what takes it back."""

    language: str
    phrases: Phrases
    own: tuple[Phrase, ...]
    """Words that tell this language from others."""
    common: Phrases
    """Words that say nothing about a review, so that repeating them takes nothing up."""
    abbreviations: frozenset[str]
    endings: tuple[str, ...]
    """What a name may end with besides; the longest first."""
    also_words: frozenset[str]
    """Names that are ordinary words too."""
    swaps: tuple[tuple[str, str], ...]
    """How the end of a name changes before such an ending."""


@cache
def lexicon(language: str) -> Lexicon:
    """One of LANGUAGES; LexiconError names every problem of its file."""
    return read_lexicon(language=language, text=_file(language))


@cache
def telling_words() -> Phrases:
    """Words that tell a language, under its code; under OTHER those of any without a file."""
    raw = _tables("others", _file("others"))
    problems: list[str] = []
    words = _phrases("words", _strings({"others": raw}, "others", "words", problems), problems)
    if problems:
        raise LexiconError("others", problems)
    return Phrases({OTHER: words, **{code: lexicon(code).own for code in LANGUAGES}})


def _file(name: str) -> str:
    return (files("arvio.reviews.tips") / f"{name}.toml").read_text(encoding="utf-8")


def _tables(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(name, [str(error)]) from error


def read_lexicon(*, language: str, text: str) -> Lexicon:
    raw = _tables(language, text)
    problems: list[str] = []
    topics = _topics(raw, problems)
    lists = {
        f"{table}.{key}": _strings(raw, table, key, problems)
        for table, keys in LISTS.items()
        for key in keys
    }
    swaps = _swaps(raw, problems)
    problems += [
        f"{name}: no such table; there are {', '.join((*LISTS, *TOPICS))}"
        for name in raw
        if name not in LISTS and name not in TOPICS
    ]
    own = _phrases("language.words", lists["language.words"], problems)
    common = _phrases("language.common", lists["language.common"], problems)
    if problems:
        raise LexiconError(language, problems)
    return Lexicon(
        language=language,
        phrases=Phrases(topics),
        own=tuple(own),
        common=Phrases({"common": [*common, *own]}),
        abbreviations=frozenset(lists["sentences.abbreviations"]),
        endings=tuple(sorted(lists["name.endings"], key=len, reverse=True)),
        also_words=frozenset(lists["name.also_words"]),
        swaps=swaps,
    )


def _topics(raw: Mapping[str, Any], problems: list[str]) -> dict[str, list[Phrase]]:
    topics = {}
    for topic in TOPICS:
        topics[topic] = _phrases(f"{topic}.say", _strings(raw, topic, "say", problems), problems)
        if not topics[topic]:
            problems.append(f"{topic}.say: needs at least one phrase")
        for key in raw.get(topic, {}):
            if key not in {"say", "unless"}:
                problems.append(f"{topic}.{key}: no such key; there are say, unless")
        if "unless" in raw.get(topic, {}):
            said = _strings(raw, topic, "unless", problems)
            topics[topic + UNLESS] = _phrases(f"{topic}.unless", said, problems)
    return topics


def _strings(raw: Mapping[str, Any], table: str, key: str, problems: list[str]) -> list[str]:
    value = raw.get(table, {}).get(key) if isinstance(raw.get(table, {}), dict) else None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        problems.append(f"{table}.{key}: must be a list of strings")
        return []
    for item in sorted({item for item in value if value.count(item) > 1}):
        problems.append(f'{table}.{key}: "{item}" stands there twice')
    return value


def _phrases(place: str, said: list[str], problems: list[str]) -> list[Phrase]:
    read = []
    for text in said:
        try:
            read.append(read_phrase(text))
        except PhraseError as error:
            problems.append(f'{place}: "{text}" {error}')
    return read


def _swaps(raw: Mapping[str, Any], problems: list[str]) -> tuple[tuple[str, str], ...]:
    swaps = raw.get("name", {}).get("swaps", {})
    if not isinstance(swaps, dict):
        problems.append("name.swaps: must be a table of an ending and what takes its place")
        return ()
    for end, instead in swaps.items():
        if not isinstance(instead, str) or folded(end) != end:
            problems.append(f'name.swaps: "{end}" needs small letters and a string')
    return tuple(swaps.items())
