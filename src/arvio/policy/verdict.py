"""What a rule answers: allowed or not, with every check that was made, passed or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]

ELIGIBILITY_CODES = (
    "not_signed_in",
    "not_in_product",
    "not_installed",
    "plan_not_commercial",
    "plan_unknown",
    "already_reviewed",
    "account_cap_reached",
    "affiliated",
    "operator_staff",
    "test_account",
    "banned",
    "app_retired",
)
EDITING_CODES = (
    "editing_not_allowed",
    "edit_limit_reached",
    "window_closed",
    "review_not_visible",
)
REPLY_CODES = ("review_not_visible", "already_replied", "reply_locked", "not_your_app")


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked. `code` names the refusal it would be; `ok` says that it isn't.

    `values` are plain JSON: what a sentence needs, moments as UTC text (R13).
    """

    code: str
    ok: bool
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    checks: tuple[Check, ...]
    policy_version: int | None
    at: datetime

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.ok)


def decide(checks: tuple[Check, ...], *, policy_version: int | None, at: datetime) -> Verdict:
    return Verdict(
        allowed=all(check.ok for check in checks),
        checks=checks,
        policy_version=policy_version,
        at=at,
    )


def moment_text(moment: datetime | None) -> str | None:
    """2026-11-18T07:42:00Z, as verdicts and the API write moments."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
