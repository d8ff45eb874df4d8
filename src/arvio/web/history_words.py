"""A review's public history in sentences, one for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arvio.catalog.labels import REASONS, reason_label
from arvio.reviews.history import HistoryRow

Facts = dict[str, Any]

BY: dict[str, str | Promise] = {
    "author": gettext_lazy("The author"),
    "partner": gettext_lazy("The partner"),
    "moderator": gettext_lazy("A moderator"),
    "policy": gettext_lazy("The marketplace’s rules"),
    "operator": gettext_lazy("An operator"),
    "marketplace": gettext_lazy("The marketplace"),
    "other": gettext_lazy("Somebody else"),
}


def row(one: HistoryRow) -> Facts:
    known = one.row
    before, after = (known.before or {}, known.after or {}) if one.shown else ({}, {})
    words = SENTENCES.get(known.tag)
    return {
        "seq": known.seq,
        "at": known.at,
        "what": words(before, after) if words else _("Entry “%(tag)s”") % {"tag": known.tag},
        "by": BY[one.by],
        "hash": known.hash,
        "withheld": not one.shown,
    }


def _stars(count: int) -> str:
    return ngettext("%(stars)s star", "%(stars)s stars", count) % {"stars": count}


def _submitted(before: Facts, after: Facts) -> str:
    if "stars" not in after:
        return _("Submitted")
    return _("Submitted: %(stars)s") % {"stars": _stars(after["stars"])}


def _published(before: Facts, after: Facts) -> str:
    if "stars" not in after:
        return _("Published")
    return _("Published: %(stars)s") % {"stars": _stars(after["stars"])}


def _imported(before: Facts, after: Facts) -> str:
    return _("Taken over from a file, already public")


def _edit_sent(before: Facts, after: Facts) -> str:
    return _("An edit was sent")


def _edited(before: Facts, after: Facts) -> str:
    old, new = before.get("stars"), after.get("stars")
    if old is None or new is None:
        return _("The edit went public")
    if old == new:
        return _("The edit went public, with the same stars")
    return ngettext(
        "The edit went public: from %(old)s to %(new)s star",
        "The edit went public: from %(old)s to %(new)s stars",
        new,
    ) % {"old": old, "new": new}


def _corrected(before: Facts, after: Facts) -> str:
    return _("The words were corrected")


def _archived(before: Facts, after: Facts) -> str:
    return _("Out of sight, and out of the rating, while a rule asks for it")


def _unarchived(before: Facts, after: Facts) -> str:
    return _("Public again")


def _rejected(before: Facts, after: Facts) -> str:
    return _("Not published: rejected")


def _removed(before: Facts, after: Facts) -> str:
    reason = after.get("reason")
    if reason == "withdrawn":
        return _("Withdrawn by its author")
    if not reason:
        return _("Removed")
    if reason in REASONS:
        return _("Removed under the rule “%(rule)s”") % {"rule": reason_label(reason)}
    return _("Removed")


def _restored(before: Facts, after: Facts) -> str:
    return _("Restored")


def _erased(before: Facts, after: Facts) -> str:
    return _("The words were erased at the author’s request")


def _forgotten(before: Facts, after: Facts) -> str:
    return _("The words were forgotten, as the rules say of what was removed long ago")


def _replied(before: Facts, after: Facts) -> str:
    return _("Reply sent")


def _reply_changed(before: Facts, after: Facts) -> str:
    return _("Reply changed")


def _reply_removed(before: Facts, after: Facts) -> str:
    return _("Reply removed")


def _reply_restored(before: Facts, after: Facts) -> str:
    return _("Reply restored")


def _edit_resumed(before: Facts, after: Facts) -> str:
    return _("The edit that had waited waits again")


SENTENCES: dict[str, Callable[[Facts, Facts], str]] = {
    "review:submitted": _submitted,
    "review:imported": _imported,
    "review:published": _published,
    "review:edited": _edit_sent,
    "review:edit_applied": _edited,
    "review:corrected": _corrected,
    "review:archived": _archived,
    "review:unarchived": _unarchived,
    "review:rejected": _rejected,
    "review:removed": _removed,
    "review:restored": _restored,
    "review:edit_resumed": _edit_resumed,
    "review:erased": _erased,
    "review:forgotten": _forgotten,
    "reply:sent": _replied,
    "reply:changed": _reply_changed,
    "reply:removed": _reply_removed,
    "reply:restored": _reply_restored,
}
