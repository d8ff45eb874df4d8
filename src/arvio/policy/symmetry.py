"""Where a policy treats criticism worse than praise, and what would make it treat both alike.

FTC 16 CFR 465.7 forbids showing reviews as if they were all of them while some are held back by
their rating; a hold is to treat all ratings alike (FEATURES 3.2). A policy may still say so, since
a vendor's own rules do (FEATURES R53, R54): who makes such a version is told first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from arvio.policy.durations import Duration
from arvio.policy.load import merge, read_policy, to_dict
from arvio.policy.model import Policy

# Every day of four years: from some of them a month is longer than 30 days, from others shorter.
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = tuple(FIRST_DAY + timedelta(days=day) for day in range(4 * 365 + 1))
AT_ONCE = "PT0S"


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """`overrides`, merged over the whole policy, make it go. `values` are for its sentence."""

    code: str
    keys: tuple[str, ...]
    values: dict[str, Any]
    overrides: dict[str, Any]


def asymmetries(*, policy: Policy) -> list[Asymmetry]:
    return [found for check in CHECKS for found in check(policy)]


def symmetric(*, policy: Policy) -> Policy:
    """The same policy without any of them."""
    raw = to_dict(policy)
    for found in asymmetries(policy=policy):
        raw = merge(base=raw, over=found.overrides)
    return read_policy(raw=raw)


def longer_sometimes(one: Duration, other: Duration) -> bool:
    """Does `one` end after `other` for at least one day to begin with?"""
    if one.months == other.months:
        return one.seconds > other.seconds
    return any(one.add(day) > other.add(day) for day in DAYS)


def _lowering_waits(policy: Policy) -> Iterator[Asymmetry]:
    """The longer wait for every edit: whoever wanted time to settle a matter keeps it."""
    editing = policy.editing
    up, down = editing.raise_delay, editing.lower_delay
    if editing.by_author == "never" or up is None or down is None:
        return
    if longer_sometimes(down, up):
        yield Asymmetry(
            "lowering_waits_longer",
            ("editing.raise_delay", "editing.lower_delay", "editing.good_from"),
            {"raise": up, "lower": down, "good_from": editing.good_from},
            {"editing": {"raise_delay": str(down)}},
        )


def _held_lowering_waits(policy: Policy) -> Iterator[Asymmetry]:
    """An edit of a held review keeps its day, unless it lowers (CONTRACT 5): then equal delays
    aren't enough, and only none makes all alike. The hold stays, for every review.
    """
    editing = policy.editing
    if editing.by_author == "never" or not policy.publication.hold or not editing.lower_delay:
        return
    yield Asymmetry(
        "lowering_puts_off_publication",
        ("publication.hold", "editing.lower_delay"),
        {"hold": policy.publication.hold, "lower": editing.lower_delay},
        {"editing": {"raise_delay": AT_ONCE, "lower_delay": AT_ONCE}},
    )


def _low_stars_write_more(policy: Policy) -> Iterator[Asymmetry]:
    """The answer is asked of everybody: what it is good for, it is good for with any stars."""
    asked = [field for field in policy.form.fields if field.required_up_to_stars is not None]
    asked = [field for field in asked if field.required_up_to_stars != 5]
    if not asked:
        return
    keys = {field.key for field in asked}
    sections = to_dict(policy)["form"]["sections"]
    for section in sections:
        for field in section["fields"]:
            if field["key"] in keys:
                field |= {"required": True, "required_up_to_stars": None}
    yield Asymmetry(
        "low_stars_answer_more",
        tuple(f"form.{field.key}.required_up_to_stars" for field in asked),
        {"fields": [(field.key, field.required_up_to_stars) for field in asked]},
        {"form": {"sections": sections}},
    )


def _zeros_left_out(policy: Policy) -> Iterator[Asymmetry]:
    if not policy.aggregates.zero_counts and policy.form.qualities:
        yield Asymmetry(
            "zero_left_out",
            ("aggregates.zero_counts",),
            {},
            {"aggregates": {"zero_counts": True}},
        )


CHECKS: tuple[Callable[[Policy], Iterator[Asymmetry]], ...] = (
    _lowering_waits,
    _held_lowering_waits,
    _low_stars_write_more,
    _zeros_left_out,
)
