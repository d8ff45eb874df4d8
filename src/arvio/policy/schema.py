"""What each policy key may hold: one rule per key, said once for checking and for messages."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from arvio.policy.durations import DAY, Duration, DurationError, parse
from arvio.policy.model import REASONS

MONTH = 30 * DAY
NONE = "none"


class RefusedError(ValueError):
    """The value isn't allowed; the rule says what is."""


Kind: TypeAlias = Literal["choice", "choices", "texts", "yes_no", "whole", "number", "duration", ""]


@dataclass(frozen=True, slots=True)
class Rule:
    """Reads the value of one key. `allowed` completes the words "allowed is ...".

    What it says is there in parts too, for forms and for sentences in other languages: `names` to
    choose from, bounds `low` and `high` as a file writes them, `optional` where "none" is right.
    """

    allowed: str
    read: Callable[[Any], Any]
    kind: Kind = ""
    names: tuple[str, ...] = ()
    low: Any = None
    high: Any = None
    optional: bool = False


def one_of(*names: str) -> Rule:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise RefusedError
        return value

    return Rule(_listed(names), read, "choice", names)


def some_of(*names: str) -> Rule:
    """A list of distinct names, possibly empty; kept in the order of the rule."""

    def read(value: Any) -> tuple[str, ...]:
        if not _is_text_list(value) or len(set(value)) < len(value) or not set(value) <= set(names):
            raise RefusedError
        return tuple(name for name in names if name in value)

    return Rule(f"a list of {_listed(names)}, each at most once", read, "choices", names)


def at_least_one_of(*names: str) -> Rule:
    inner = some_of(*names)

    def read(value: Any) -> tuple[str, ...]:
        found: tuple[str, ...] = inner.read(value)
        if not found:
            raise RefusedError
        return found

    return Rule(f"{inner.allowed}, and at least one", read, "choices", names, low=1)


def texts() -> Rule:
    def read(value: Any) -> tuple[str, ...]:
        if not _is_text_list(value):
            raise RefusedError
        names = tuple(dict.fromkeys(name.strip().casefold() for name in value))
        if not all(0 < len(name) <= 100 and is_plain(name) for name in names):
            raise RefusedError
        return names

    return Rule("a list of names of 1 to 100 characters", read, "texts", high=100)


def yes_or_no() -> Rule:
    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise RefusedError
        return value

    return Rule("true or false", read, "yes_no")


def whole(low: int, high: int) -> Rule:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise RefusedError
        return value

    return Rule(f"a whole number from {low} to {high}", read, "whole", low=low, high=high)


def number(low: float, high: float) -> Rule:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RefusedError
        if not math.isfinite(value) or not low <= value <= high:
            raise RefusedError
        return value

    return Rule(f"a number from {low} to {high}", read, "number", low=low, high=high)


def duration(shortest: str, longest: str) -> Rule:
    low, high = parse(shortest), parse(longest)

    def read(value: Any) -> Duration:
        if isinstance(value, Duration):
            value = str(value)
        if not isinstance(value, str):
            raise RefusedError
        try:
            length = parse(value)
        except DurationError as error:
            raise RefusedError from error
        if not _seconds(low) <= _seconds(length) <= _seconds(high):
            raise RefusedError
        return length

    allowed = f"an ISO 8601 duration from {shortest} to {longest}, such as P3D or PT48H"
    return Rule(allowed, read, "duration", low=shortest, high=longest)


def days(shortest: int, longest: int) -> Rule:
    """A duration of whole days: months have no fixed length, so they can't divide an age."""
    inner = duration(f"P{shortest}D", f"P{longest}D")

    def read(value: Any) -> Duration:
        length: Duration = inner.read(value)
        if length.months or length.seconds % DAY:
            raise RefusedError
        return length

    allowed = f"a duration of whole days from P{shortest}D to P{longest}D"
    return replace(inner, allowed=allowed, read=read)


def or_none(rule: Rule) -> Rule:
    def read(value: Any) -> Any:
        return None if value is None or value == NONE else rule.read(value)

    return replace(rule, allowed=f'{rule.allowed}, or "{NONE}"', read=read, optional=True)


def is_plain(text: str) -> bool:
    """Without control characters and broken ones, which not every database keeps."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def _seconds(length: Duration) -> int:
    return length.months * MONTH + length.seconds


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


KEYS: dict[str, dict[str, Rule]] = {
    "eligibility": {
        "surface": one_of("in_product", "any"),
        "plans": one_of("commercial", "any"),
        "unknown_plan": one_of("refuse", "allow"),
        "refuse": some_of("affiliated", "operator_staff", "test_account"),
        "grace_after_uninstall": duration("PT0S", "P1Y"),
    },
    "limits": {
        "user_scope": one_of("account", "marketplace"),
        "per_user": whole(1, 100),
        "per_account": or_none(whole(1, 10_000)),
    },
    "publication": {
        "hold": duration("PT0S", "P90D"),
        "recheck": some_of("ban", "affiliation", "test_account"),
    },
    "editing": {
        "by_author": one_of("never", "allowed"),
        "max": or_none(whole(1, 100)),
        "window": or_none(duration("PT1H", "P10Y")),
        "raise_delay": or_none(duration("PT0S", "P90D")),
        "lower_delay": or_none(duration("PT0S", "P90D")),
        "good_from": or_none(whole(1, 5)),
        "operator_replacement": yes_or_no(),
    },
    "replies": {
        "during_hold": yes_or_no(),
        "editable": yes_or_no(),
        "again_after_removal": yes_or_no(),
    },
    "aggregates": {
        "min_reviews": whole(1, 1_000),
        "zero_counts": yes_or_no(),
    },
    "ranking": {
        "prior_mean": number(1, 5),
        "prior_weight": number(1, 1_000),
        "half_life": or_none(days(1, 3650)),
    },
    "privacy": {
        "display_name": one_of("first_l", "last_f", "company", "pseudonym"),
    },
    "reports": {
        "who": one_of("anyone", "signed_in"),
        "business_days": whole(1, 60),
        "reasons": at_least_one_of(*REASONS),
    },
    "moderation": {
        "four_eyes": one_of("never", "removals", "always"),
        "appeal_window": duration("P1M", "P2Y"),
    },
    "screening": {
        "denied_words": one_of("off", "flag", "refuse"),
        "own_words": texts(),
        "links": one_of("off", "flag", "refuse"),
        "emails": one_of("off", "flag", "refuse"),
        "phones": one_of("off", "flag", "refuse"),
        "cards": one_of("off", "flag", "refuse"),
        "duplicates": one_of("off", "flag"),
        "bursts": one_of("off", "flag"),
        "partner_domains": one_of("off", "flag"),
        "new_account": or_none(duration("PT1H", "P1Y")),
    },
    "requests": {
        "email_after": or_none(duration("PT1H", "P1Y")),
        "to": or_none(one_of("installer")),
    },
    "prompts": {
        "every": duration("PT0S", "P1Y"),
        "per_year": whole(0, 366),
        "per_user_day": whole(0, 100),
        "min_age": duration("PT0S", "P1Y"),
        "min_successes": whole(0, 10_000),
    },
    "retention": {
        "removed": duration("P1D", "P10Y"),
        "erasure": one_of("keep_stars", "remove"),
    },
}

# What a policy that was stored before a key was there says of it: versions never change.
BEFORE: dict[str, dict[str, Any]] = {
    "reports": {"reasons": list(REASONS)},
    "moderation": {"four_eyes": "never", "appeal_window": "P6M"},
    "screening": {
        "denied_words": "flag", "own_words": [], "links": "flag", "emails": "flag",
        "phones": "flag", "cards": "flag", "duplicates": "flag", "bursts": "flag",
        "partner_domains": "flag", "new_account": "P1D",
    },
    "retention": {"erasure": "keep_stars"},
}  # fmt: skip

PLAN_NAMES: dict[str, Rule] = {"commercial": texts(), "other": texts()}
SECTIONS = (*tuple(KEYS)[:2], "form", *tuple(KEYS)[2:])
