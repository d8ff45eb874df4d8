"""Pure rules: whether somebody is asked by mail, and if not, why (FEATURES R100-R102, idea 7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from arvio.asking.version_rules import has_reached

# A link in a mail signs in once, and no longer than this, on the real clock.
LINK_LIVES = timedelta(days=30)
NOT_ABOUT_THEM = frozenset({"not_in_product"})

SENT = "sent"
# Nothing is decided: it is looked at again when something has changed.
WAITING = frozenset({"too_early", "held", "version_not_there", "version_unreadable"})
REQUEST_CODES = (
    SENT,
    "already_asked",
    "uninstalled",
    "retired",
    "switched_off",
    "too_early",
    "unknown_installer",
    "erased",
    "already_reviewed",
    "opted_out",
    "no_address",
    "not_eligible",
)
INVITATION_CODES = (
    SENT,
    "already_invited",
    "no_version_named",
    "imported",
    "erased",
    "held",
    "not_public",
    "edited_since",
    "uninstalled",
    "version_unreadable",
    "version_not_there",
    "opted_out",
    "no_address",
    "not_editable",
)
Destination = Literal["edit", "correction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """`asked_at` is the day by the policy in force, None where it asks nobody; `refused` are the
    codes of the eligibility checks that failed. `reviewed` counts every review there ever was.
    """

    asked_at: datetime | None
    installed: bool = True
    retired: bool = False
    installer_known: bool = True
    erased: bool = False
    asked_before: bool = False
    reviewed: bool = False
    opted_out: bool = False
    has_address: bool = True
    refused: Collection[str] = ()


def decide_request(*, facts: RequestFacts, now: datetime) -> str:
    """SENT, or the first reason against it. The mail asks nobody to come from the product, so where
    the surface is the only thing amiss it is sent.
    """
    reasons = (
        ("already_asked", facts.asked_before),
        ("uninstalled", not facts.installed),
        ("retired", facts.retired),
        ("switched_off", facts.asked_at is None),
        ("too_early", facts.asked_at is not None and now < facts.asked_at),
        ("unknown_installer", not facts.installer_known),
        ("erased", facts.erased),
        ("already_reviewed", facts.reviewed or "already_reviewed" in facts.refused),
        ("opted_out", facts.opted_out),
        ("no_address", not facts.has_address),
        ("not_eligible", bool(set(facts.refused) - NOT_ABOUT_THEM)),
    )
    return next((code for code, so in reasons if so), SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """`fixed_in` is what the live reply names, empty for nothing; `version` is on the account."""

    state: str
    fixed_in: str
    version: str
    installed: bool = True
    imported: bool = False
    erased: bool = False
    invited_before: bool = False
    edited_since: bool = False
    opted_out: bool = False
    has_address: bool = True
    may_edit: bool = True
    may_correct: bool = False


def decide_invitation(*, facts: InvitationFacts) -> str:
    """SENT, or the first reason against it; the stars are no fact (idea 7: whatever they are)."""
    reached = has_reached(version=facts.version, wanted=facts.fixed_in)
    reasons = (
        ("already_invited", facts.invited_before),
        ("no_version_named", not facts.fixed_in),
        ("imported", facts.imported),
        ("erased", facts.erased),
        ("held", facts.state == "held"),
        ("not_public", facts.state != "published"),
        ("edited_since", facts.edited_since),
        ("uninstalled", not facts.installed),
        ("version_unreadable", reached is None),
        ("version_not_there", reached is False),
        ("opted_out", facts.opted_out),
        ("no_address", not facts.has_address),
        ("not_editable", not (facts.may_edit or facts.may_correct)),
    )
    return next((code for code, so in reasons if so), SENT)


def destination(*, may_edit: bool, may_correct: bool) -> Destination | None:
    """Where an invited author changes the review, or None where nobody lets them."""
    if may_edit:
        return "edit"
    return "correction" if may_correct else None
