"""Who may review (FEATURES R1-R15): all reasons at once, never only the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from arvio.policy.durations import Duration, DurationError
from arvio.policy.model import Policy
from arvio.policy.verdict import Check, Verdict, decide, moment_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one person, one account and one app when the question is asked.

    `person_reviews` and `account_reviews` count the places taken on this app; removed and
    rejected reviews hold none (R8). `other_partner` says that the person works for another
    partner of the marketplace, whose people may review only if they say so (R11).
    """

    signed_in: bool = False
    surface: Literal["in_product", "web"] = "web"
    account_known: bool = False
    account_kind: Literal["production", "sandbox", "developer"] = "production"
    plan: str = ""
    installed_at: datetime | None = None
    uninstalled_at: datetime | None = None
    person_reviews: int = 0
    account_reviews: int = 0
    affiliated: Literal["member", "domain"] | None = None
    other_partner: bool = False
    affiliation_disclosed: bool = False
    operator_staff: bool = False
    banned: bool = False
    banned_until: datetime | None = None
    ban_reason: str = ""
    retired: bool = False


def check_eligibility(
    *, policy: Policy, facts: Facts, now: datetime, policy_version: int | None = None
) -> Verdict:
    """May this person review this app now? Checks that the policy doesn't ask are absent.

    Nothing can be said about somebody who isn't signed in, nor about the plan of an account
    that nobody has told us of; those checks are absent too. That an app isn't retired goes without
    saying.
    """
    checks = [_signed_in(facts)]
    if facts.retired:
        checks.append(Check("app_retired", False))
    if policy.eligibility.surface == "in_product":
        checks.append(
            Check("not_in_product", facts.surface == "in_product", {"surface": facts.surface})
        )
    if facts.signed_in:
        checks.append(_installed(policy, facts, now))
        checks += _account_checks(policy, facts)
        checks += _limit_checks(policy, facts)
        checks += _person_checks(policy, facts)
        checks.append(_ban(facts, now))
    return decide(tuple(checks), policy_version=policy_version, at=now)


def check_publication(
    *, policy: Policy, facts: Facts, now: datetime, policy_version: int | None = None
) -> Verdict:
    """The second look when a held review falls due: only what `publication.recheck` names.

    Uninstalling or downgrading after submission doesn't count (CONTRACT section 5).
    """
    checks = []
    if "ban" in policy.publication.recheck:
        checks.append(_ban(facts, now))
    if "affiliation" in policy.publication.recheck:
        checks.append(_affiliation(facts))
    if "test_account" in policy.publication.recheck:
        checks.append(_production(facts))
    return decide(tuple(checks), policy_version=policy_version, at=now)


def is_installed(
    *,
    installed_at: datetime | None,
    uninstalled_at: datetime | None,
    grace: Duration,
    now: datetime,
) -> bool:
    """Installed by now, and not uninstalled longer ago than the grace (R1, R14)."""
    if installed_at is None or now < installed_at:
        return False
    return uninstalled_at is None or now < _end_of_grace(uninstalled_at, grace)


def _end_of_grace(uninstalled_at: datetime, grace: Duration) -> datetime:
    try:
        return grace.add(uninstalled_at)
    except DurationError:  # uninstalled_at is a fact from outside and may lie in the year 9999
        return datetime.max.replace(tzinfo=UTC)


def _signed_in(facts: Facts) -> Check:
    return Check("not_signed_in", facts.signed_in)


def _installed(policy: Policy, facts: Facts, now: datetime) -> Check:
    ok = facts.account_known and is_installed(
        installed_at=facts.installed_at,
        uninstalled_at=facts.uninstalled_at,
        grace=policy.eligibility.grace_after_uninstall,
        now=now,
    )
    values = {
        "account_known": facts.account_known,
        "installed_at": moment_text(facts.installed_at),
        "uninstalled_at": moment_text(facts.uninstalled_at),
        "grace": str(policy.eligibility.grace_after_uninstall),
    }
    return Check("not_installed", ok, values)


def _account_checks(policy: Policy, facts: Facts) -> list[Check]:
    if not facts.account_known:
        return []
    checks = []
    if policy.eligibility.plans == "commercial":
        checks.append(_plan(policy, facts))
    if "test_account" in policy.eligibility.refuse:
        checks.append(_production(facts))
    return checks


def _plan(policy: Policy, facts: Facts) -> Check:
    plan_class = policy.eligibility.plan_names.classify(facts.plan)
    values = {"plan": facts.plan}
    if plan_class == "unknown":
        return Check("plan_unknown", policy.eligibility.unknown_plan == "allow", values)
    return Check("plan_not_commercial", plan_class == "commercial", values)


def _production(facts: Facts) -> Check:
    return Check("test_account", facts.account_kind == "production", {"kind": facts.account_kind})


def _limit_checks(policy: Policy, facts: Facts) -> list[Check]:
    limits = policy.limits
    used = {"used": facts.person_reviews, "limit": limits.per_user}
    checks = [Check("already_reviewed", facts.person_reviews < limits.per_user, used)]
    if limits.per_account is not None:
        used = {"used": facts.account_reviews, "limit": limits.per_account}
        ok = facts.account_reviews < limits.per_account
        checks.append(Check("account_cap_reached", ok, used))
    return checks


def _person_checks(policy: Policy, facts: Facts) -> list[Check]:
    checks = []
    if "affiliated" in policy.eligibility.refuse:
        checks.append(_affiliation(facts))
    if "operator_staff" in policy.eligibility.refuse:
        checks.append(Check("operator_staff", not facts.operator_staff))
    return checks


def _affiliation(facts: Facts) -> Check:
    if facts.affiliated is not None:
        return Check("affiliated", False, {"how": facts.affiliated})
    if facts.other_partner:
        return Check("affiliated", facts.affiliation_disclosed, {"how": "other_partner"})
    return Check("affiliated", True, {"how": None})


def _ban(facts: Facts, now: datetime) -> Check:
    banned = facts.banned and (facts.banned_until is None or now < facts.banned_until)
    values = {"until": moment_text(facts.banned_until), "reason": facts.ban_reason}
    return Check("banned", not banned, values if banned else {})
