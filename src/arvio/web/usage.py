"""For how long the author's account has the app, or had it: by what the marketplace tells of
installations, and changing with it.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.reviews.usage import Usage


def usage(found: Usage | None) -> str:
    """One line; two whole phrases where the app was uninstalled soon after the review."""
    if found is None:
        return ""
    if found.installed:
        return _using(found.months)
    if found.days_after_review is None:
        return _used(found)
    said = _uninstalled(found.days_after_review)
    if found.months == 0 and found.days is None:
        return said
    return f"{_used_until_then(found)} · {said}"


def _using(months: int) -> str:
    if months == 0:
        return _("Using it for less than a month")
    values = {"months": months}
    return ngettext("Using it for %(months)s month", "Using it for %(months)s months", months) % (
        values
    )


def _used(found: Usage) -> str:
    """Up to an uninstall that has nothing to do with the review."""
    if found.months:
        return ngettext(
            "Used it for %(months)s month, then uninstalled",
            "Used it for %(months)s months, then uninstalled",
            found.months,
        ) % {"months": found.months}
    if not found.days:
        return _("Used it for less than a day, then uninstalled")
    return ngettext(
        "Used it for %(days)s day, then uninstalled",
        "Used it for %(days)s days, then uninstalled",
        found.days,
    ) % {"days": found.days}


def _used_until_then(found: Usage) -> str:
    if found.months:
        return ngettext(
            "Used it for %(months)s month", "Used it for %(months)s months", found.months
        ) % {"months": found.months}
    if not found.days:
        return _("Used it for less than a day")
    return ngettext("Used it for %(days)s day", "Used it for %(days)s days", found.days) % {
        "days": found.days
    }


def _uninstalled(days: int) -> str:
    if days == 0:
        return _("Uninstalled less than a day after the review")
    return ngettext(
        "Uninstalled %(days)s day after the review",
        "Uninstalled %(days)s days after the review",
        days,
    ) % {"days": days}
