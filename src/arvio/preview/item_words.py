"""The rows of a list in words: what it is, how it stands without the change, and with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from arvio.catalog.labels import field_label, reason_label
from arvio.catalog.words import moment_words, number_words
from arvio.preview.shapes import Item


def before_and_after(code: str, item: Item) -> tuple[str, str]:
    """Both in the active language and time zone."""
    return WORDS.get(code, _moments)(item)


def name_words(code: str, item: Item) -> tuple[str, str]:
    """What it is called, and by what it is told from others of the same name."""
    if code == "quality_changed":
        return item.name, field_label(item.about)
    return item.name, item.about


def _moment(at: datetime | None) -> str:
    return moment_words(at) if at else pgettext("moment", "not at all")


def _moments(item: Item) -> tuple[str, str]:
    return _moment(item.old), _moment(item.new)


def _shown(values: dict[str, Any]) -> str:
    if "of" in values:
        counts = {"count": number_words(values["count"]), "of": number_words(values["of"])}
        return _("not shown: %(count)s of %(of)s reviews") % counts
    return _("%(mean)s from %(count)s reviews") % {
        "mean": number_words(values["mean"]),
        "count": number_words(values["count"]),
    }


def _quality(values: dict[str, Any]) -> str:
    if values["mean"] is None:
        return pgettext("quality rating", "not shown")
    return _("%(mean)s from %(count)s answers") % {
        "mean": number_words(values["mean"]),
        "count": number_words(values["count"]),
    }


def _score(values: dict[str, Any]) -> str:
    return number_words(values["score"])


def _against(codes: list[str]) -> str:
    if not codes:
        return _("may review")
    return "; ".join(AGAINST[code]() for code in codes)


def _faults(faults: list[tuple[str, str]]) -> str:
    if not faults:
        return _("fits the form")
    return "; ".join(f"{_field(field)}: {FAULTS.get(code, _other)()}" for field, code in faults)


def _field(name: str) -> str:
    return field_label(name.rpartition(".")[2])


def _other() -> str:
    return _("doesn’t fit")


def _kinds(found: list[tuple[str, str]]) -> str:
    return "; ".join(f"{KINDS[kind]()}: {MODES[mode]()}" for kind, mode in found) or _(
        "nothing found"
    )


def _refusals(codes: list[str]) -> str:
    return "; ".join(REFUSALS[code]() for code in codes)


def _both(word: Callable[[Any], str]) -> Callable[[Item], tuple[str, str]]:
    return lambda item: (word(item.old), word(item.new))


def _at(item: Item) -> tuple[str, str]:
    return _moment(item.old), _("not possible")


WORDS: dict[str, Callable[[Item], tuple[str, str]]] = {
    "rating_lost": _both(_shown),
    "rating_gained": _both(_shown),
    "place_moved": _both(lambda values: number_words(values["place"])),
    "score_changed": _both(_score),
    "quality_changed": _both(_quality),
    "second_look_stops": _both(lambda codes: _against(codes) if codes else _("published")),
    "second_look_passes": _both(lambda codes: _against(codes) if codes else _("published")),
    "form_refuses": _both(_faults),
    "written_outside": lambda item: (_("outside the product"), _("in the product only")),
    "words_refused": _both(_kinds),
    "words_allowed": _both(_kinds),
    "words_flagged": _both(_kinds),
    "words_unflagged": _both(_kinds),
    "edit_refused": lambda item: (_moment(item.old), _("refused")),
    "reply_while_held": _at,
    "reply_changed": _at,
    "report_refused": lambda item: (reason_label(item.old), _refusals(item.new)),
    "decision_second": lambda item: (_moment(item.new), _("with a second moderator")),
    "decision_alone": lambda item: (_moment(item.new), _("by one moderator")),
    "ban_appeal_closed": lambda item: (_("an appeal is possible"), _("not possible")),
    "ban_appeal_opened": lambda item: (_("not possible"), _("an appeal is possible")),
    "name_changed": lambda item: (item.old, item.new),
    "may_review": _both(_against),
    "may_not_review": _both(_against),
}
# Why somebody may not review, said of them and not to them.
AGAINST: dict[str, Callable[[], str]] = {
    "not_installed": lambda: _("not installed"),
    "plan_not_commercial": lambda: _("the plan isn’t commercial"),
    "plan_unknown": lambda: _("the plan isn’t known"),
    "already_reviewed": lambda: _("has reviewed already"),
    "account_cap_reached": lambda: _("the account has no place left"),
    "affiliated": lambda: _("belongs to a partner"),
    "operator_staff": lambda: _("works for the marketplace"),
    "test_account": lambda: _("a test account"),
    "banned": lambda: _("banned"),
}
FAULTS: dict[str, Callable[[], str]] = {
    "required": lambda: _("no answer"),
    "too_short": lambda: _("too short"),
    "too_long": lambda: _("too long"),
    "not_a_choice": lambda: _("an answer that isn’t offered"),
    "out_of_range": lambda: _("a number that isn’t offered"),
}
KINDS: dict[str, Callable[[], str]] = {
    "denied_words": lambda: _("denied words"),
    "links": lambda: _("links"),
    "emails": lambda: _("e-mail addresses"),
    "phones": lambda: _("phone numbers"),
    "cards": lambda: _("card numbers"),
}
MODES: dict[str, Callable[[], str]] = {
    "flag": lambda: pgettext("screening", "flagged"),
    "refuse": lambda: pgettext("screening", "refused"),
}
REFUSALS: dict[str, Callable[[], str]] = {
    "not_signed_in": lambda: _("only people who are signed in can report"),
    "reason": lambda: _("this reason isn’t offered"),
}
