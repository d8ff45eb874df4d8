"""A draft as sentences of words, whatever somebody typed. Linear in the length of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

KINDS: Final = frozenset(
    {"<mail>", "<link>", "<handle>", "<phone>", "<ticket>", "<number>", "<date>", "<arrow>"}
)
LONGEST_CHUNK: Final = 200
ENDS: Final = ".!?…。！？"
CLOSING: Final = "\"'”’»)]}*_"
OPENING: Final = "\"'“”„‘’«([{*_"
TOP_DOMAINS: Final = (
    "com|net|org|io|dev|app|ru|fi|eu|de|su|by|kz|ua|uk|рф|biz|info|online|tech|site|example"
)

WORD = re.compile(r"\d+(?:[.,:/]\d+)*\w*|\w+(?:[-'’ʼ‑]\w+)*|→|⇒|➜|->|>")
NUMBER = re.compile(r"v?\d[\w.,:/%]*")
DATE = re.compile(
    r"\d{1,2}\.\d{1,2}\.(?:\d{2,4}\.?)?|\d{4}-\d\d-\d\d\.?|\d{1,2}/\d{1,2}(?:/\d{2,4})?\.?"
)
TICKET = re.compile(r"[#№]\d[\w-]*")
HANDLE = re.compile(r"@[A-Za-z]\w{2,}")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(rf"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.(?:{TOP_DOMAINS})(?:[/?#]\S*)?")
PHONE = re.compile(r"(?:\+\d|\b8[ (-]{1,2}\d{3})[\d ()-]{5,16}\d")
PHONE_MARK: Final = "\ue000"
LINE = re.compile(r"[^\n\r\u2028\u2029]+|(?:\r\n|[\n\r\u2028\u2029])")
INITIAL = re.compile(r"[^\W\d_]\.")
WHOLE: Final = (
    (("<mail>",), MAIL),
    (("<handle>",), HANDLE),
    (("<link>",), LINK),
    (("<ticket>",), TICKET),
)
MARKS: Final = ENDS + CLOSING + OPENING + ",;:<>"
SAME: Final = str.maketrans("ё’ʼ‑", "е''-")
ARROWS: Final = frozenset({"→", "⇒", "➜", "->", ">"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is compared and as it was written; `kinds` where it is no plain word."""

    word: str
    raw: str
    kinds: tuple[str, ...] = ()

    @property
    def capitalised(self) -> bool:
        return self.raw[:1].isupper()


@dataclass(frozen=True, slots=True)
class Sentence:
    tokens: tuple[Token, ...]
    new_line: bool
    """Whether it begins a line."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands between two white spaces, and whether a line ends before it."""

    text: str
    new_line: bool
    new_paragraph: bool


def folded(word: str) -> str:
    """Words are the same without regard to case, ё and the kind of apostrophe."""
    return word.lower() if word.isascii() else word.casefold().translate(SAME)


def plain(word: str) -> str:
    """For names: without marks either, so that Chloe is Chloé."""
    if word.isascii():
        return word.lower()
    split = unicodedata.normalize("NFD", folded(word))
    return "".join(c for c in split if not unicodedata.combining(c))


def sentences(text: str, abbreviations: Collection[str] = ()) -> list[Sentence]:
    """Sentences with at least one word; a list item or a line of its own is one too."""
    made: list[Sentence] = []
    tokens: list[Token] = []
    new_line = True
    chunks = list(_chunks(unicodedata.normalize("NFC", _without_phones(text))))
    for place, chunk in enumerate(chunks):
        if not tokens:
            new_line = new_line or chunk.new_line
        tokens.extend(_tokens(chunk.text))
        following = chunks[place + 1] if place + 1 < len(chunks) else None
        if tokens and (following is None or _ends(chunk.text, following, abbreviations)):
            made.append(Sentence(tuple(tokens), new_line))
            tokens, new_line = [], False
    return made


def _without_phones(text: str) -> str:
    """A phone number has spaces inside; one private character stands in for it."""
    return PHONE.sub(f" {PHONE_MARK} ", text.replace(PHONE_MARK, " "))


def _chunks(text: str) -> Iterator[Chunk]:
    breaks = 2
    for line in LINE.findall(text):
        words = line.split()
        if not words:
            breaks += 1 if line in {"\n", "\r", "\r\n", "\u2028", "\u2029"} else 0
            continue
        for word in words:
            yield Chunk(word, breaks > 0, breaks > 1)
            breaks = 0


def _tokens(chunk: str) -> Iterable[Token]:
    bare = chunk.strip(MARKS)
    if bare.isalpha():
        return [Token(folded(bare), bare)]
    kinds = _kinds(chunk, bare)
    return [Token("", chunk, kinds)] if kinds else map(_token, WORD.findall(chunk))


def _kinds(chunk: str, bare: str) -> tuple[str, ...]:
    """What a chunk is as a whole, where it is no words."""
    if chunk == PHONE_MARK:
        return ("<phone>",)
    if len(bare) > LONGEST_CHUNK:
        return ()
    if DATE.fullmatch(chunk.strip(CLOSING + OPENING + ",;:!?")):
        return ("<date>", "<number>")
    return next((kinds for kinds, pattern in WHOLE if pattern.fullmatch(bare)), ())


def _token(raw: str) -> Token:
    if raw in ARROWS:
        return Token("", raw, ("<arrow>",))
    return Token(folded(raw), raw, ("<number>",) if NUMBER.fullmatch(raw) else ())


def _ends(chunk: str, following: Chunk, abbreviations: Collection[str]) -> bool:
    """Whether a sentence is over after this chunk."""
    starts_small = following.text.lstrip(OPENING)[:1].islower()
    if following.new_paragraph or (following.new_line and not starts_small):
        return True
    bare = chunk.rstrip(CLOSING)
    if bare.endswith(tuple(ENDS)):
        return not _only_shortened(bare.lstrip(OPENING), abbreviations, starts_small)
    return _is_picture(chunk) and not starts_small


def _only_shortened(chunk: str, abbreviations: Collection[str], starts_small: bool) -> bool:
    """Whether the full stop belongs to the word: an initial, `e.g.`, the ordinal `28.`"""
    if not chunk.endswith(".") or chunk.endswith(".."):
        return False
    word = folded(chunk[:-1])
    ordinal = starts_small and NUMBER.fullmatch(word)
    return bool(ordinal or INITIAL.fullmatch(chunk) or word in abbreviations)


def _is_picture(chunk: str) -> bool:
    """Emoji and the like, which close a sentence as a full stop does."""
    if chunk[-1].isalnum() or WORD.search(chunk):
        return False
    return any(unicodedata.category(c) == "So" for c in chunk)
