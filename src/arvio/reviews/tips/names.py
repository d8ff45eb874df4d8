"""The person's name in a reply: what is asked for, and whether it is there (FEATURES R69)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from arvio.policy.model import NameStyle
from arvio.policy.names import NAMELESS
from arvio.reviews.tips.lexicon import Lexicon
from arvio.reviews.tips.texts import Sentence, plain

PERSONS: Final = ("first_l", "last_f")


def person_name(*, display_name: str, style: NameStyle) -> str | None:
    """The display name where it names a person; None for a company or a pseudonym."""
    return display_name if style in PERSONS and called(display_name) else None


def called(display_name: str | None) -> str:
    """What to call somebody: "Anna K." is Anna, "Mueller, S." is Mueller; "" for nobody."""
    name = " ".join((display_name or "").split())
    if not name or name == NAMELESS or name.startswith("#"):
        return ""
    surname, comma, _ = name.partition(",")
    word = surname if comma else name.split()[0]
    word = word.strip(" .,")
    short = len(word) < 2 and word.isascii()
    return "" if short or not any(c.isalpha() for c in word) else word


def mentions(*, name: str, sentences: Sequence[Sentence], lexicons: Iterable[Lexicon]) -> bool:
    """Whether one of the sentences says this name, in any case and inflected."""
    tokens = [token for sentence in sentences for token in sentence.tokens]
    wanted = plain(name).split()
    if not _parted(name):
        return any(wanted[0] in plain(token.raw) for token in tokens)
    lexicons = list(lexicons)
    shy = any(word in lex.also_words for word in wanted for lex in lexicons)
    forms = [_forms(word, lexicons) for word in wanted]
    said = [plain(token.raw) if not shy or token.capitalised else "" for token in tokens]
    return any(
        all(said[start + place] in form for place, form in enumerate(forms))
        for start in range(len(said) - len(forms) + 1)
    )


def _parted(name: str) -> bool:
    """Whether its script puts spaces between words; letters without case mostly don't."""
    return any(c.lower() != c.upper() for c in name)


def _forms(word: str, lexicons: Iterable[Lexicon]) -> set[str]:
    """The name as it stands and with every ending that the languages know."""
    forms = {word}
    for lex in lexicons:
        swaps = ((plain(end), to) for end, to in lex.swaps)
        stems = {word, *(word.removesuffix(end) + to for end, to in swaps if word.endswith(end))}
        forms |= {stem + plain(end) for stem in stems if len(stem) > 1 for end in lex.endings}
    return forms
