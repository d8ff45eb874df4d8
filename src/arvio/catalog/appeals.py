"""Pure rules of bans' appeals: who may appeal when, and who may answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from arvio.policy.durations import Duration

# Who acts by a command has the database in hand: no rule of the desk binds them.
COMMAND = "command"


def appeal_problem(
    *,
    since_at: datetime,
    in_force: bool,
    outcomes: Collection[str],
    window: Duration,
    now: datetime,
) -> str | None:
    """Why a ban can't be appealed against now, as a code, or None.

    `outcomes` are those of its appeals so far: a ban is looked at again once, and the answer holds
    (DSA Art. 20).
    """
    if not in_force:
        return "not_banned"
    if "open" in outcomes:
        return "appeal_open"
    if outcomes:
        return "appeal_answered"
    return "window_closed" if now >= window.add(since_at) else None


def may_answer(*, actor: str, imposed_by: str) -> bool:
    """Nobody judges their own decision."""
    return actor == COMMAND or actor != imposed_by
