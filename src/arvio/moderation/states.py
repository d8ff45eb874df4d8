"""The states of a case and of what it is about, and who may do what in each: tables side by side.

`arvio states` prints the diagrams from these tables; docs/states.md is compared with them by a
test, and one test walks every state, action and role.
"""

from __future__ import annotations

from django.db.models import TextChoices

from arvio.reviews.states import State


class CaseState(TextChoices):
    UNCONFIRMED = "unconfirmed"
    OPEN = "open"
    PROPOSED = "proposed"
    DECIDED = "decided"
    APPEALED = "appealed"
    LAPSED = "lapsed"


# (from, what happens) -> to. `report` is a report that counts; an unconfirmed one changes nothing.
CASE_MOVES: dict[tuple[CaseState, str], CaseState] = {
    (CaseState.UNCONFIRMED, "report"): CaseState.OPEN,
    (CaseState.UNCONFIRMED, "lapse"): CaseState.LAPSED,
    (CaseState.OPEN, "report"): CaseState.OPEN,
    (CaseState.OPEN, "propose"): CaseState.PROPOSED,
    (CaseState.OPEN, "decide"): CaseState.DECIDED,
    (CaseState.PROPOSED, "report"): CaseState.PROPOSED,
    (CaseState.PROPOSED, "send_back"): CaseState.OPEN,
    (CaseState.PROPOSED, "decide"): CaseState.DECIDED,
    (CaseState.DECIDED, "appeal"): CaseState.APPEALED,
    (CaseState.APPEALED, "appeal"): CaseState.APPEALED,
    (CaseState.APPEALED, "decide"): CaseState.DECIDED,
}

# An item has at most one case in these.
UNDECIDED = frozenset({CaseState.UNCONFIRMED, CaseState.OPEN, CaseState.PROPOSED})
# Somebody waits for a decision.
WAITING = frozenset({CaseState.OPEN, CaseState.PROPOSED, CaseState.APPEALED})

# What may be decided of an item that stands so; the action says how it is to be afterwards.
REVIEW_DECISIONS: dict[State, frozenset[str]] = {
    State.HELD: frozenset({"keep", "reject"}),
    State.PUBLISHED: frozenset({"keep", "remove"}),
    State.ARCHIVED: frozenset({"keep", "remove"}),
    State.REJECTED: frozenset({"reject", "restore"}),
    State.REMOVED: frozenset({"remove", "restore"}),
}
REPLY_DECISIONS: dict[str, frozenset[str]] = {
    "live": frozenset({"keep", "remove"}),
    "replaced": frozenset({"keep"}),
    "removed": frozenset({"remove", "restore"}),
}
ACTIONS = ("keep", "remove", "reject", "restore")
# Which decisions take something from somebody, and so need a rule and a statement of reasons.
AGAINST = frozenset({"remove", "reject"})
# What a decision came to. `upheld_superseded`: the appeal is right, and something newer stands.
OUTCOMES = ("kept", "removed", "rejected", "restored", "upheld_superseded")


def diagram() -> str:
    """The moves of a case as Mermaid."""
    lines = ["stateDiagram-v2", "    [*] --> unconfirmed : visitor reports"]
    lines.append("    [*] --> open : customer, partner or moderator reports")
    lines += [
        f"    {start} --> {end} : {what.replace('_', ' ')}"
        for (start, what), end in CASE_MOVES.items()
    ]
    return "\n".join(lines) + "\n"
