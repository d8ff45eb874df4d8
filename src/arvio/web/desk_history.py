"""The history of a case and its review in sentences, for the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from arvio.catalog.staff import Moderator
from arvio.moderation.timeline import Happened
from arvio.moderation.wording import outcome
from arvio.web.desk_queue import reason_name


def show(events: Sequence[Happened], *, moderator: Moderator) -> list[dict[str, Any]]:
    return [
        {"at": one.at, "text": _sentence(one), "by": _by(one, moderator), "bad": one.tag in BAD}
        for one in events
    ]


BAD = ("case:overdue",)


def _sentence(one: Happened) -> str:
    worded = WORDS.get(one.tag)
    return worded(one) if worded else one.tag


def _by(one: Happened, moderator: Moderator) -> str:
    """Persons by name; whoever else it was is said in the sentence or is nobody."""
    if not one.by:
        return ""
    if one.actor == moderator.actor:
        return pgettext("done by", "you")
    return one.by


def _opened(one: Happened) -> str:
    return {
        "visitor": _("Reported by a visitor. The clock starts."),
        "customer": _("Reported by a customer. The clock starts."),
        "partner": _("Reported by the partner. The clock starts."),
        "moderator": _("Opened by a moderator. The clock starts."),
    }.get(one.after.get("by", ""), _("Reported. The clock starts."))


def _added(one: Happened) -> str:
    reason = {"reason": reason_name(one.after["reason"])} if "reason" in one.after else None
    if reason is None:
        return _("Another report. The clock stays at the first.")
    return _("Another report: %(reason)s. The clock stays at the first.") % reason


def _appealed(one: Happened) -> str:
    return {
        "author": _("The author appealed. A new clock starts."),
        "partner": _("The partner appealed. A new clock starts."),
        "reporter": _("A reporter appealed. A new clock starts."),
    }.get(one.after.get("by", ""), _("Somebody appealed."))


def _assigned(one: Happened) -> str:
    if not one.after.get("to"):
        return _("Left to whoever comes")
    if one.actor == f"person:{one.after['to']}":
        return _("Taken")
    return _("Given to %(name)s") % {"name": one.after.get("to_name", "")}


def _decided(one: Happened) -> str:
    return _("Decided: %(outcome)s") % {"outcome": outcome(one.after["outcome"])}


def _told(one: Happened) -> str:
    """ "Told: author, partner, 2 reporters" """
    parties = ", ".join(PARTIES[party](n) for party, n in sorted(one.after.items()))
    return _("Told: %(parties)s") % {"parties": parties}


PARTIES: Mapping[str, Callable[[int], str]] = {
    "author": lambda n: pgettext("told", "author"),
    "partner": lambda n: pgettext("told", "partner"),
    "moderator": lambda n: pgettext("told", "moderators and operators"),
    "reporter": lambda n: ngettext("%(count)s reporter", "%(count)s reporters", n) % {"count": n},
}


def _version(one: Happened) -> str:
    policy = {"number": one.policy}
    return _("Sent by its author (policy version %(number)s)") % policy


def _corrected(one: Happened) -> str:
    return _("The text was corrected. The earlier version is kept.")


def _archived(one: Happened) -> str:
    return _("Archived: its author doesn’t meet the conditions at present.")


WORDS: Mapping[str, Callable[[Happened], str]] = {
    "case:opened": _opened,
    "case:report_added": _added,
    "case:assigned": _assigned,
    "case:proposed": lambda one: _("A decision is proposed. It waits for a second moderator."),
    "case:sent_back": lambda one: _("The proposal was sent back."),
    "case:decided": _decided,
    "case:appealed": _appealed,
    "case:overdue": lambda one: _("The due time passed. The operators were told."),
    "review:submitted": _version,
    "review:imported": lambda one: _("Imported"),
    "review:published": lambda one: _("Review published"),
    "review:archived": _archived,
    "review:unarchived": lambda one: _("Back from the archive"),
    "review:edited": lambda one: _("Edited by its author"),
    "review:edit_applied": lambda one: _("The edit went public"),
    "review:edit_resumed": lambda one: _("The edit waits again"),
    "review:corrected": _corrected,
    "review:rejected": lambda one: _("Review not published"),
    "review:removed": lambda one: _("Review removed"),
    "review:restored": lambda one: _("Review restored"),
    "review:erased": lambda one: _("The words were erased at the author’s request"),
    "reply:sent": lambda one: _("The partner replied"),
    "reply:changed": lambda one: _("The partner changed its reply"),
    "reply:removed": lambda one: _("Reply removed"),
    "reply:restored": lambda one: _("Reply restored"),
    "told": _told,
}
