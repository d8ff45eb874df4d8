"""Webhooks in sentences, in the active language: events and their moments, states, what failed."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.notify.webhooks.errors import InvalidWebhook
from arvio.notify.webhooks.letters import KEPT_DAYS
from arvio.notify.webhooks.rules import GIVEN_UP_AFTER

# When each event is sent.
EVENTS: dict[str, Callable[[], str]] = {
    "review.created": lambda: _("A review was submitted."),
    "review.held": lambda: _("A review waits for its publication."),
    "review.published": lambda: _("A review became public, for the first time or again."),
    "review.edited": lambda: _("The standing words, stars or answers of a review are others now."),
    "review.archived": lambda: _("A review left the public for a reason that may end."),
    "review.rejected": lambda: _("A moderator rejected a held review."),
    "review.removed": lambda: _("A moderator removed a review, or its author took it back."),
    "review.restored": lambda: _("A rejected or removed review came back after an appeal."),
    "review.erased": lambda: _("The words of a review are gone for good: forget your copy."),
    "reply.created": lambda: _("The partner replied to a review."),
    "reply.edited": lambda: _("The partner changed the reply."),
    "reply.removed": lambda: _("A moderator removed a reply."),
    "reply.restored": lambda: _("A removed reply came back after an appeal."),
    "report.created": lambda: _("A report about a review or a reply counts."),
    "report.decided": lambda: _("A moderator decided a case."),
    "aggregate.changed": lambda: _("What the reviews of an app add up to has changed."),
    "ping": lambda: _("A test that somebody asked for."),
}
FAILURES: dict[str, Callable[[], str]] = {
    "invalid_url": lambda: _("The address can’t be called."),
    "private_address": lambda: _("The host leads to a private address, and those aren’t called."),
    "unknown_host": lambda: _("The host isn’t known."),
    "unreachable": lambda: _("The host couldn’t be reached."),
    "timeout": lambda: _("No answer came in time."),
    "redirected": lambda: _("The answer sent us elsewhere. Redirects aren’t followed."),
    "too_large": lambda: _("The answer was longer than 1 MiB."),
}


def event(name: str) -> str:
    return EVENTS[name]()


def state(name: str) -> str:
    """Of an endpoint."""
    return {
        "active": _("On"),
        "paused": _("Paused"),
        "disabled": _("Turned off"),
    }[name]


def delivery_state(name: str) -> str:
    return {
        "waiting": _("Waits"),
        "delivered": _("Delivered"),
        "failed": _("Given up"),
    }[name]


def failure(*, status: int, code: str) -> str:
    """What came of a try: the status of an answer, or why there was none. "" before any."""
    if code in FAILURES:
        return FAILURES[code]()
    return _("Answered with %(status)s.") % {"status": status} if status else ""


def why_disabled(reason: str) -> str:
    if reason == "gone":
        return _("The receiver answered that it is gone for good (410).")
    days = GIVEN_UP_AFTER.days
    return ngettext(
        "Nothing was taken for %(days)s day.", "Nothing was taken for %(days)s days.", days
    ) % {"days": days}


def kept() -> str:
    return ngettext(
        "Events and the log are kept for %(days)s day.",
        "Events and the log are kept for %(days)s days.",
        KEPT_DAYS,
    ) % {"days": KEPT_DAYS}


def invalid(error: InvalidWebhook) -> str:
    return INVALID[error.code](error) % error.values


def refused(code: str) -> str:
    return {
        "too_many": _("There are as many as there can be. Delete one first."),
        "too_many_secrets": _("Several old secrets are still valid. Wait until one has ended."),
        "turned_off": _("The webhook is off. Turn it on first."),
    }[code]


INVALID: dict[str, Callable[[InvalidWebhook], str]] = {
    "not_an_address": lambda e: _("Give an address such as https://hooks.example.com/arvio."),
    "private_address": lambda e: _("This is a private address, and those aren’t called."),
    "https_only": lambda e: _("The address has to begin with https://."),
    "too_long": lambda e: ngettext(
        "Write at most %(max)s character.", "Write at most %(max)s characters.", e.values["max"]
    ),
    "unreadable": lambda e: _("Write it on one line, without control characters."),
    "none_chosen": lambda e: _("Choose at least one event."),
    "not_an_event": lambda e: _("There is no event “%(event)s”."),
    "not_for_partners": lambda e: _("Partners don’t get the event “%(event)s”."),
    "not_a_duration": lambda e: _("Give a length of time such as P1D or PT12H."),
    "too_long_a_time": lambda e: ngettext(
        "The old secret can stay valid for at most %(days)s day.",
        "The old secret can stay valid for at most %(days)s days.",
        e.values["days"],
    ),
}
