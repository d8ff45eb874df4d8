"""Pure rules of the prompt broker: may an app ask this person for a review now (R105, R107)?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from arvio.policy.model import Prompts
from arvio.policy.verdict import Verdict

Code: TypeAlias = Literal[
    "not_eligible",
    "already_reviewed",
    "opted_out",
    "recently_installed",
    "not_enough_use",
    "cooldown",
    "yearly_limit",
    "elsewhere_today",
    "ask",
]
Outcome: TypeAlias = Literal["opened", "later", "never", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("opened", "later", "never", "failed")

# What the app calls the success that the person has just had.
LONGEST_MOMENT = 60
MOMENT = re.compile(rf"[a-z0-9._-]{{1,{LONGEST_MOMENT}}}")

DAY, YEAR = timedelta(hours=24), timedelta(days=365)
# A review that is sent this soon after an ask followed it, as with links.
FOLLOWS = timedelta(days=7)
# Longer than any limit of a policy looks back.
KEPT = timedelta(days=400)
# Figures are of this many days, today included.
SHOWN_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one person and one app when the app tells of a moment.

    `uses` counts this moment too. `asked_here` are the asks for this app, `asked` those for any app
    of the marketplace, this one included.
    """

    eligible: bool
    reviewed: bool
    opted_out: bool
    installed_at: datetime | None
    uses: int
    asked_here: Sequence[datetime] = ()
    asked: Sequence[datetime] = ()


def decide(*, policy: Prompts, facts: Facts, now: datetime) -> Code:
    """The first reason not to ask, or "ask". What lasts longest comes first, so that a code tells
    an app how long it needn't try.
    """
    return next((code for code, holds in REASONS if holds(policy, facts, now)), "ask")


def _recently_installed(policy: Prompts, facts: Facts, now: datetime) -> bool:
    return facts.installed_at is None or now < policy.min_age.add(facts.installed_at)


def _cooldown(policy: Prompts, facts: Facts, now: datetime) -> bool:
    return any(now < policy.every.add(at) for at in facts.asked_here)


def _yearly_limit(policy: Prompts, facts: Facts, now: datetime) -> bool:
    return sum(now < at + YEAR for at in facts.asked_here) >= policy.per_year


def _elsewhere_today(policy: Prompts, facts: Facts, now: datetime) -> bool:
    return sum(now < at + DAY for at in facts.asked) >= policy.per_user_day


# In this order: for good first, then for weeks and months, then for today.
REASONS: tuple[tuple[Code, Callable[[Prompts, Facts, datetime], bool]], ...] = (
    ("not_eligible", lambda policy, facts, now: not facts.eligible),
    ("already_reviewed", lambda policy, facts, now: facts.reviewed),
    ("opted_out", lambda policy, facts, now: facts.opted_out),
    ("recently_installed", _recently_installed),
    ("not_enough_use", lambda policy, facts, now: facts.uses < policy.min_successes),
    ("cooldown", _cooldown),
    ("yearly_limit", _yearly_limit),
    ("elsewhere_today", _elsewhere_today),
)
CODES: tuple[Code, ...] = (*(code for code, _ in REASONS), "ask")


def standing(*, verdict: Verdict, form_elsewhere: bool) -> tuple[bool, bool]:
    """(may they review, have they reviewed), from the verdict on a review.

    Where the form is opened somewhere else than on the app's own page, it doesn't matter that this
    page isn't in the product. Whoever has reviewed needs no place on the account any more.
    """
    reviewed = any(
        check.code == "already_reviewed" and check.values["used"] > 0 for check in verdict.checks
    )
    passed_over = {"already_reviewed"}
    if form_elsewhere:
        passed_over.add("not_in_product")
    if reviewed:
        passed_over.add("account_cap_reached")
    return all(check.code in passed_over for check in verdict.failed), reviewed


def may_follow(*, said: str, outcome: Outcome) -> bool:
    """An outcome is said once; only that somebody doesn't want to be asked again may still come."""
    return said in ("", outcome) or outcome == "never"


def spread(*, asked: Sequence[datetime], now: datetime) -> tuple[int, int]:
    """Where an ask at `now` stands among the person's asks before it.

    (which one it is within the shown days, days since the last one; as many as are shown where
    there is none in them). By these two, figures tell people apart without naming them.
    """
    days = sorted((now.date() - at.date()).days for at in asked)
    recent = [day for day in days if day < SHOWN_DAYS]
    return len(recent) + 1, max(0, recent[0]) if recent else SHOWN_DAYS


def first_day(now: datetime) -> date:
    """The first of the days (UTC) that figures are about."""
    return now.date() - timedelta(days=SHOWN_DAYS - 1)
