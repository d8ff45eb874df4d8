"""Keys and secrets in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from arvio.web.webhook_words import Overlap, span


def scope(name: str) -> dict[str, str]:
    words = {
        "catalog": (
            _("Catalog"),
            _("Writes partners, apps, accounts, users and installations."),
        ),
        "tokens": (_("Viewer tokens"), _("Makes tokens that speak for any user.")),
        "webhooks": (_("Webhooks"), _("Makes and changes webhooks and reads what they sent.")),
    }
    title, does = words.get(name, (name, ""))
    return {"name": title, "does": does}


def keeps() -> dict[str, Overlap]:
    """How long an old key works."""
    return {
        "none": Overlap(timedelta(0), _("End it at once. Use this when it has leaked.")),
        "hour": Overlap(timedelta(hours=1), _("1 hour")),
        "day": Overlap(timedelta(days=1), span(1)),
        "days": Overlap(timedelta(days=3), span(3)),
        "week": Overlap(timedelta(days=7), span(7)),
        "month": Overlap(timedelta(days=30), span(30)),
    }


def secret_keeps() -> dict[str, Overlap]:
    """How long tokens of an old secret are taken. None lives longer than an hour."""
    found = keeps()
    found["hour"] = Overlap(
        timedelta(hours=1), _("1 hour. Every token that it has signed is over by then.")
    )
    return found


def refused(code: str) -> str:
    words = {
        "no_scopes": _("Choose at least one thing that the key may do."),
        "ends": _("Give a day that is still to come."),
        "too_many": _("There are too many keys. Revoke one first."),
        "rotated": _("The key has a successor already."),
        "over": _("The key has ended or was revoked meanwhile."),
    }
    return words.get(code, _("The key isn’t there any more."))
