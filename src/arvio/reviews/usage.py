"""For how long the author's account has an app, or had it (FEATURES, idea 6): from the facts about
its installation, and changing with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from arvio.catalog.models import Installation


@dataclass(frozen=True)
class Usage:
    """How many whole months the app has been, or was, on the account, and whether it still is.

    Days are whole ones, and there where they tell more: of an installation that ended within a
    month, and from the review to an uninstall within a month of it.
    """

    months: int
    installed: bool
    days: int | None = None
    days_after_review: int | None = None


def usage_of(
    installation: Installation | None, now: datetime, *, reviewed_at: datetime | None = None
) -> Usage | None:
    """By the latest installation heard of: who has installed anew is using it since then."""
    if installation is None or installation.installed_at is None or installation.installed_at > now:
        return None
    start, ended = installation.installed_at, installation.ended_at
    if ended is None or ended > now:
        return Usage(max(_months(start, now), 0), installed=True)
    months = max(_months(start, ended), 0)
    days = max((ended - start).days, 0) if months == 0 else None
    if reviewed_at is None or ended < reviewed_at or _months(reviewed_at, ended) > 0:
        return Usage(months, installed=False, days=days)
    # Who installed anew after the review has used it longer than these days.
    anew = start > reviewed_at
    after = (ended - reviewed_at).days
    return Usage(months, installed=False, days=None if anew else days, days_after_review=after)


def _months(start: datetime, end: datetime) -> int:
    whole = (end.year - start.year) * 12 + end.month - start.month
    return whole - int((end.day, end.time()) < (start.day, start.time()))
