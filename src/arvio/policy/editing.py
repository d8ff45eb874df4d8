"""Whether an author may edit, and when the edit applies (FEATURES R50-R59, CONTRACT section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arvio.policy.model import Policy
from arvio.policy.verdict import Check, Verdict, decide, moment_text

EDITABLE_STATES = ("held", "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFacts:
    """`edits_used` counts the author's edits, replaced ones too; `submitted_at` is of version 1."""

    state: Literal["held", "published", "archived", "rejected", "removed"]
    submitted_at: datetime
    edits_used: int = 0


def check_edit(
    *, policy: Policy, facts: EditFacts, now: datetime, policy_version: int | None = None
) -> Verdict:
    """May the author edit now? The window is over from its end moment on."""
    editing = policy.editing
    allowed = editing.by_author == "allowed"
    checks = [
        Check("review_not_visible", facts.state in EDITABLE_STATES, {"state": facts.state}),
        Check(
            "editing_not_allowed",
            allowed,
            {"operator_replacement": editing.operator_replacement},
        ),
    ]
    if allowed and editing.max is not None:
        left = max(editing.max - facts.edits_used, 0)
        values = {"used": facts.edits_used, "limit": editing.max, "left": left}
        checks.append(Check("edit_limit_reached", left > 0, values))
    if allowed and editing.window is not None:
        end = editing.window.add(facts.submitted_at)
        values_of_window = {"until": moment_text(end), "window": str(editing.window)}
        checks.append(Check("window_closed", now < end, values_of_window))
    return decide(tuple(checks), policy_version=policy_version, at=now)


def raises(*, policy: Policy, old_stars: int, new_stars: int) -> bool:
    """Does the edit lead to a good rating or a better one? Words only: old = new (R53-R55)."""
    good_from = policy.editing.good_from
    return new_stars > old_stars or (good_from is not None and new_stars >= good_from)


def edit_due_at(
    *,
    policy: Policy,
    old_stars: int,
    new_stars: int,
    now: datetime,
    hold_due_at: datetime | None = None,
) -> datetime:
    """When the edit applies. `hold_due_at` is given for a held review, which keeps its due time
    unless the edit lowers; then the later of the two moments counts.
    """
    raised = raises(policy=policy, old_stars=old_stars, new_stars=new_stars)
    if raised and hold_due_at is not None:
        return hold_due_at
    delay = policy.editing.raise_delay if raised else policy.editing.lower_delay
    if delay is None:
        raise ValueError("the policy doesn't let authors edit; ask check_edit first")
    due_at = delay.add(now)
    return due_at if hold_due_at is None else max(due_at, hold_due_at)
