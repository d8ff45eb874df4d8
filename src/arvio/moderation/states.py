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

# Everybody who comes to a review. `moderator` is who decided in its case, where somebody has.
ROLES = (
    "visitor", "author", "colleague", "owner", "replier", "reader", "rival", "moderator", "second",
    "operator", "outsider",
)  # fmt: skip
STAFF = frozenset({"moderator", "second", "operator"})
FRESH_EYES = STAFF - {"moderator"}
MEMBERS = frozenset({"owner", "replier"})
AUTHOR = frozenset({"author"})
EVERYBODY = frozenset(ROLES) - {"author", "outsider"}

# What may be done with a review that stands so, and by whom; a policy may allow less. Who isn't
# named is refused. `decide …` speaks of its case: an appealed one where the review is gone.
MATRIX: dict[str, dict[State, frozenset[str]]] = {
    "edit": {State.HELD: AUTHOR, State.PUBLISHED: AUTHOR},
    "withdraw": {State.HELD: AUTHOR, State.PUBLISHED: AUTHOR, State.ARCHIVED: AUTHOR},
    "reply": {State.HELD: MEMBERS, State.PUBLISHED: MEMBERS},
    "report": {State.HELD: STAFF, State.PUBLISHED: EVERYBODY, State.ARCHIVED: STAFF},
    "dispute": dict.fromkeys(State, MEMBERS),
    "ask for a correction": {
        State.HELD: AUTHOR | MEMBERS,
        State.PUBLISHED: AUTHOR | MEMBERS,
    },
    "correct": {State.HELD: STAFF, State.PUBLISHED: STAFF},
    "decide keep": {State.HELD: STAFF, State.PUBLISHED: STAFF, State.ARCHIVED: STAFF},
    "decide remove": {
        State.PUBLISHED: STAFF,
        State.ARCHIVED: STAFF,
        State.REMOVED: FRESH_EYES,
    },
    "decide reject": {State.HELD: STAFF, State.REJECTED: FRESH_EYES},
    "decide restore": {State.REJECTED: FRESH_EYES, State.REMOVED: FRESH_EYES},
    "appeal": {
        State.REJECTED: AUTHOR | MEMBERS,
        State.REMOVED: AUTHOR | MEMBERS,
    },
}


def table() -> str:
    """The matrix as Markdown: who may do what, by the state of the review."""
    heading = " | ".join(str(state) for state in State)
    lines = [f"| | {heading} |", "|---" * (len(State) + 1) + "|"]
    for action, states in MATRIX.items():
        cells = [_names(states.get(state, frozenset())) for state in State]
        lines.append(f"| {action} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _names(roles: frozenset[str]) -> str:
    return ", ".join(role for role in ROLES if role in roles) or "–"


def diagram() -> str:
    """The moves of a case as Mermaid."""
    lines = ["stateDiagram-v2", "    [*] --> unconfirmed : visitor reports"]
    lines.append("    [*] --> open : customer, partner or moderator reports")
    lines += [
        f"    {start} --> {end} : {what.replace('_', ' ')}"
        for (start, what), end in CASE_MOVES.items()
    ]
    return "\n".join(lines) + "\n"
