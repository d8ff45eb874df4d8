"""What is wrong with a policy: every problem with its key, its value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """`allowed` says what would be right; a missing key has the value None.

    `code` is given where keys that are right alone don't fit together, and where there is no such
    key; elsewhere the key's rule says it all.
    """

    key: str
    value: Any
    allowed: str
    code: str = ""

    def __str__(self) -> str:
        shown = repr(self.value)
        shown = shown if len(shown) <= LONGEST_SHOWN else shown[: LONGEST_SHOWN - 1] + "…"
        return f"{self.key} = {shown}: allowed is {self.allowed}"


class PolicyError(Exception):
    """A policy can't be used; carries all problems, not the first."""

    code = "invalid_policy"
    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(map(str, self.problems)))


def unknown_key(*, key: str, value: Any, known: Iterable[str], prefix: str = "") -> Problem:
    names = [f"{prefix}{name}" for name in known]
    near = get_close_matches(f"{prefix}{key}", names, n=1, cutoff=0.6)
    allowed = (
        f'nothing: no such key; did you mean "{near[0]}"?'
        if near
        else (f"nothing: no such key; there are {', '.join(names)}")
    )
    return Problem(f"{prefix}{key}", value, allowed, "unknown_key")
