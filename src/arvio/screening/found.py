"""What a check found: where, in which words, and whether the policy flags or refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as having
from typing import Any, Literal, TypeAlias

Mode: TypeAlias = Literal["flag", "refuse"]

# The names of the policy's keys.
IN_WORDS = ("denied_words", "links", "emails", "phones", "cards")
KINDS = (*IN_WORDS, "duplicates", "bursts", "partner_domains", "new_account")
LONGEST_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text. `value` is what it was read as: a word of the list, a host."""

    start: int
    end: int
    value: str = ""

    def meets(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a check found.

    `field` is named as in the form and empty where the finding is about no field; `start` and
    `end` count characters of that field. `detail` holds the values of the evidence, never words of
    the review: those are in `excerpt`.
    """

    kind: str
    mode: Mode
    field: str = ""
    start: int = 0
    end: int = 0
    excerpt: str = ""
    detail: Mapping[str, Any] = having(default_factory=dict)
