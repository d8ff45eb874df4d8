"""What may be reported, decided and appealed: facts in, an answer out. Pure.

Answers are None for yes, or the code of the refusal.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arvio.policy.form import FieldError, FormError, clean_words
from arvio.policy.model import REASONS, Policy

LONGEST_COMMENT = 3_000
LONGEST_STATEMENT = 5_000
# No letter that is read as another, no vowel that makes words.
SIGNS = "0123456789BCDFGHJKMNPQRSTVWXYZ"


def new_number() -> str:
    """What people call a case: C- and six signs, one of 729 million."""
    return "C-" + "".join(secrets.choice(SIGNS) for _ in range(6))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    signed_in: bool
    public: bool
    own: bool


def why_not_report(*, policy: Policy, facts: ReportFacts) -> str | None:
    """Anyone may, or whoever is signed in, as the policy says (R120); only of what is public, and
    not of one's own words.
    """
    if policy.reports.who == "signed_in" and not facts.signed_in:
        return "not_signed_in"
    if not facts.public:
        return "not_public"
    return "own_words" if facts.own else None


def check_report_words(*, policy: Policy, reason: str, comment: str) -> str:
    """The comment, cleaned. Raises FormError; "other" has to say what is meant (R135)."""
    errors: list[FieldError] = []
    if reason not in policy.reports.reasons:
        code = "not_a_choice" if reason else "required"
        values: Mapping[str, Any] = {"choices": list(policy.reports.reasons), "type": "choice"}
        errors.append(FieldError("reason", code, values))
    shortest = 1 if reason == "other" else 0
    cleaned = _words(comment, "comment", shortest, LONGEST_COMMENT, errors)
    if errors:
        raise FormError(errors)
    return cleaned


def check_decision_words(
    *, action: str, rule: str, statement: str, rules: Collection[str], against: Collection[str]
) -> str:
    """The statement of reasons, cleaned. Whatever takes something from somebody names a rule of the
    guidelines and says why (R126; DSA Art. 17). Raises FormError.
    """
    errors: list[FieldError] = []
    needed = action in against
    known = [key for key in REASONS if key in rules]
    if (rule and rule not in rules) or (needed and not rule):
        code = "not_a_choice" if rule else "required"
        errors.append(FieldError("rule", code, {"choices": known, "type": "choice"}))
    cleaned = _words(statement, "statement", 1 if needed else 0, LONGEST_STATEMENT, errors)
    if errors:
        raise FormError(errors)
    return cleaned


def _words(text: str, field: str, shortest: int, longest: int, errors: list[FieldError]) -> str:
    if not text.strip() and not shortest:
        return ""
    try:
        return clean_words(text=text, field=field, shortest=shortest, longest=longest)
    except FormError as error:
        errors += error.errors
        return ""


def clean_note(text: str, *, field: str = "note") -> str:
    """Words that somebody has to write: why a decision is sent back, an appeal, a message."""
    return clean_words(text=text, field=field, shortest=1, longest=LONGEST_STATEMENT)


def needs_second(*, policy: Policy, action: str, against: Collection[str], appealed: bool) -> bool:
    """Two moderators, where the policy wants them. An appeal is a second pair of eyes already."""
    eyes = policy.moderation.four_eyes
    return not appealed and (eyes == "always" or (eyes == "removals" and action in against))


def outcome_of(*, action: str, done: bool) -> str:
    """What a decision came to; `done` is False where something newer stood in the way."""
    if not done:
        return "upheld_superseded"
    return {"keep": "kept", "remove": "removed", "reject": "rejected", "restore": "restored"}[
        action
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealFacts:
    """`party` is whose appeal it is; `item` what was decided about; `outcome` of the decision in
    force; `earlier` how many appeals of this party the case has had; `reported` whether the party
    was among the reporters.
    """

    party: str
    item: str
    outcome: str
    until: datetime
    earlier: int
    reported: bool = False


def why_not_appeal(*, facts: AppealFacts, now: datetime) -> str | None:
    """Within the window, once, and only by whom the decision concerns (DSA Art. 20)."""
    if facts.outcome not in CONCERNED.get((facts.party, facts.item), ()):
        return "not_concerned"
    if facts.outcome == "kept" and not facts.reported:
        return "not_concerned"
    if now >= facts.until:
        return "window_closed"
    return "already_appealed" if facts.earlier else None


# Who may appeal against which outcome: the author when the review went, the partner about both
# (its app is what people read of), the reporter when nothing came of the report.
CONCERNED: dict[tuple[str, str], Sequence[str]] = {
    ("author", "review"): ("removed", "rejected"),
    ("partner", "review"): ("removed", "rejected", "kept"),
    ("partner", "reply"): ("removed", "kept"),
    ("reporter", "review"): ("kept",),
    ("reporter", "reply"): ("kept",),
}
