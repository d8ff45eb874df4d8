"""Denied words in a text: whole words and stems of three languages, and a marketplace's own.

A word is looked up as it is written and as it is meant: letters drawn out (fuuuck), digits and
signs for letters (sh1t), letters of the other alphabet that look alike, dots or spaces between
letters, stars for letters. Never inside a word: Scunthorpe is a town.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from arvio.screening.found import Span

LANGUAGES = ("en", "ru", "fi")
WORD = re.compile(r"[^\W_]+")
# Anything between two spaces that mixes letters with other signs.
MIXED = re.compile(r"\S+")
# f u c k, f.u.c.k: single letters with the same sign between each.
SPELLED = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .\-_*])[^\W\d_])(?:\1[^\W\d_])+(?![^\W_])")
DRAWN_OUT = re.compile(r"(.)\1{2,}")
DOUBLED = re.compile(r"(.)\1+")
AROUND = ".,;:!?\"'()[]{}<>«»“”„’‘…-–—"
LEET = str.maketrans("01345789@$!|+", "oieastbgasiit")
SIGNS = frozenset("@$!|+")
LONGEST_MIXED = 40
SHORTEST_MEANT = 4

# Letters of one alphabet that are drawn like letters of the other.
TO_CYRILLIC = str.maketrans("aeopcxykmthb3604", "аеорсхукмтнвзбоч")
TO_LATIN = str.maketrans("аеорсхукмтнвіј", "aeopcxykmthbij")
CYRILLIC = re.compile("[\u0400-\u04ff]")
LATIN = re.compile("[a-z]")
# Latin letters with a mark, but for those of Finnish and Swedish.
ACCENTED = re.compile("(?![äöå])[\u00c0-\u024f\u1e00-\u1eff]")
# A word that may be meant otherwise than it is written.
DISGUISED = re.compile(r"\d|(.)\1\1|[a-z](?=[\u0400-\u04ff])|[\u0400-\u04ff](?=[a-z])")
SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Words:
    """Lists ready to look up, folded; `heads` are the first letters of all stems."""

    whole: frozenset[str]
    stems: frozenset[str]
    innocent: frozenset[str]
    phrases: frozenset[tuple[str, ...]]
    heads: frozenset[str]

    def by_length(self, length: int, *, stems: bool) -> list[str]:
        return _by_length(self.stems if stems else self.whole).get(length, [])


@lru_cache(maxsize=64)
def _by_length(whole: frozenset[str]) -> dict[int, list[str]]:
    sorted_out: dict[int, list[str]] = {}
    for word in sorted(whole):
        sorted_out.setdefault(len(word), []).append(word)
    return sorted_out


def fold(word: str) -> str:
    """One spelling for one word: case, width, ё, and accents on Latin letters but ä and ö."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKC", word).casefold().replace("ё", "е")
    if not ACCENTED.search(plain):
        return plain
    return "".join(
        unicodedata.normalize("NFD", letter)[0] if ACCENTED.match(letter) else letter
        for letter in plain
    )


@lru_cache(maxsize=64)
def words(own: tuple[str, ...] = ()) -> Words:
    """All lists together, with a marketplace's own words.

    One of those ending in * is a stem, one with a space a phrase.
    """
    whole: set[str] = set()
    stems: set[str] = set()
    innocent: set[str] = set()
    for language in LANGUAGES:
        text = resources.files(__package__).joinpath("words", f"{language}.toml").read_text("utf-8")
        lists = tomllib.loads(text)
        whole |= set(map(fold, lists["words"]))
        stems |= set(map(fold, lists["stems"]))
        innocent |= set(map(fold, lists["innocent"]))
    phrases = set()
    for word in own:
        parts = tuple(fold(part) for part in WORD.findall(word))
        stem = word.rstrip().endswith("*") and len(parts[-1]) >= SHORTEST_STEM if parts else False
        if len(parts) > 1:
            phrases.add(parts)
        elif parts:
            (stems if stem else whole).update(parts)
    return Words(
        whole=frozenset(whole),
        stems=frozenset(stems),
        innocent=frozenset(innocent),
        phrases=frozenset(phrases),
        heads=frozenset(stem[:SHORTEST_STEM] for stem in stems),
    )


def find_denied(text: str, own: Sequence[str] = ()) -> list[Span]:
    """Denied words of a text in their order, none twice; `value` is the word of the list."""
    lists = words(tuple(own))
    found = [*_single(text, lists), *_mixed(text, lists), *_spelled(text, lists)]
    found += _phrases(text, lists)
    found.sort(key=lambda span: (span.start, -span.end))
    apart: list[Span] = []
    for span in found:
        if not apart or span.start >= apart[-1].end:
            apart.append(span)
    return apart


def _single(text: str, lists: Words) -> Iterator[Span]:
    for match in WORD.finditer(text):
        denied = _look_up(match.group(), lists)
        if denied:
            yield Span(match.start(), match.end(), denied)


def _mixed(text: str, lists: Words) -> Iterator[Span]:
    """$hit, f*ck, fu.ck: whole words only, as a sentence may miss the space after its stop."""
    for match in MIXED.finditer(text):
        chunk = match.group().strip(AROUND)
        if len(chunk) > LONGEST_MIXED or len(chunk) < SHORTEST_MEANT or chunk.isalnum():
            continue
        start = match.start() + match.group().index(chunk)
        folded = fold(chunk)
        denied = None
        if "*" in folded:
            denied = _starred(folded, lists)
        if not denied and not SIGNS.isdisjoint(folded):
            denied = _whole(folded.translate(LEET), lists, shortest=SHORTEST_MEANT)
        if not denied:
            joined = "".join(WORD.findall(folded))
            denied = _whole(joined, lists, shortest=SHORTEST_MEANT)
        if denied:
            yield Span(start, start + len(chunk), denied)


def _spelled(text: str, lists: Words) -> Iterator[Span]:
    for match in SPELLED.finditer(text):
        joined = "".join(WORD.findall(match.group()))
        denied = _look_up(joined, lists) if len(joined) <= LONGEST_MIXED else None
        if denied and len(joined) >= 3:
            yield Span(match.start(), match.end(), denied)


def _phrases(text: str, lists: Words) -> Iterator[Span]:
    if not lists.phrases:
        return
    spans = [(fold(match.group()), match.start(), match.end()) for match in WORD.finditer(text)]
    for phrase in sorted(lists.phrases):
        for n in range(len(spans) - len(phrase) + 1):
            here = spans[n : n + len(phrase)]
            if all(part == word for part, (word, _, _) in zip(phrase, here, strict=True)):
                yield Span(here[0][1], here[-1][2], " ".join(phrase))


def _look_up(word: str, lists: Words) -> str | None:
    folded = fold(word)
    if not DISGUISED.search(folded):
        return _listed(folded, lists)
    for form in _forms(folded):
        denied = _listed(form, lists)
        if denied:
            return denied
    return None


def _forms(word: str) -> Iterator[str]:
    """The word as written, then as it may be meant."""
    yield word
    meant = [word]
    if CYRILLIC.search(word):
        if LATIN.search(word) or any(sign.isdigit() for sign in word):
            meant.append(word.translate(TO_CYRILLIC))
        if LATIN.search(word):
            meant.append(word.translate(TO_LATIN))
    elif _is_leet(word):
        meant.append(word.translate(LEET))
    for form in meant:
        yield form
        if DRAWN_OUT.search(form):
            yield DRAWN_OUT.sub(r"\1\1", form)
            yield DRAWN_OUT.sub(r"\1", form)
            yield DOUBLED.sub(r"\1", form)


def _is_leet(word: str) -> bool:
    """sh1t, but no A55 and no 2nd: letters at both ends, at least as many as digits."""
    digits = sum(sign.isdigit() for sign in word)
    return (
        0 < digits <= len(word) - digits
        and len(word) >= SHORTEST_MEANT
        and word[0].isalpha()
        and word[-1].isalpha()
    )


def _listed(word: str, lists: Words) -> str | None:
    if word in lists.whole:
        return word
    if word[:SHORTEST_STEM] not in lists.heads:
        return None
    starts = [word[:length] for length in range(SHORTEST_STEM, len(word) + 1)]
    if any(start in lists.innocent for start in starts):
        return None
    return next((start for start in starts if start in lists.stems), None)


def _whole(word: str, lists: Words, *, shortest: int) -> str | None:
    if len(word) < shortest:
        return None
    if word in lists.whole or word in lists.stems:
        return word
    return None


def _starred(word: str, lists: Words) -> str | None:
    """f*ck, f**k: as long as a listed word, the same letters where there are any."""
    shown = sum(letter != "*" for letter in word)
    if not word[0].isalpha() or not word.replace("*", "").isalpha() or shown < 2:
        return None
    length = len(word)
    for denied in (*lists.by_length(length, stems=False), *lists.by_length(length, stems=True)):
        if all(sign in ("*", letter) for sign, letter in zip(word, denied, strict=True)):
            return denied
    return None
