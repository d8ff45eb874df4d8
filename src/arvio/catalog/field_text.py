"""Sentences for answers that don't fit the form: what is wrong and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.policy.form import FieldError


def explain_field_error(error: FieldError, language: str | None = None) -> str:
    """One sentence: what is wrong with the answer and what would be right."""
    with translation.override(language or translation.get_language()):
        values = {**error.values, "field": error.field}
        values["choices"] = ", ".join(map(str, error.values.get("choices", ())))
        return FIELD_ERRORS[error.code](values)


def _required(v: Mapping[str, Any]) -> str:
    if v.get("type") == "stars":
        return _("Choose from 1 to 5 stars.")
    if v.get("type") == "quality":
        return _("Choose a number from 0 to 5.")
    if v.get("type") == "choice":
        return _("Choose one of the answers.")
    if v.get("type") == "consent":
        return _("Tick this box to send the review.")
    return _("Write something here.")


def _wrong_type(v: Mapping[str, Any]) -> str:
    if v.get("expected") == "integer":
        return _("Give a whole number.")
    if v.get("expected") == "list":
        return _("Give a list of keys.")
    if v.get("expected") == "object":
        return _("Give an object with keys and values.")
    return _("Give a text.")


def _too_short(v: Mapping[str, Any]) -> str:
    return ngettext(
        "Write at least %(min)s character. You have %(length)s.",
        "Write at least %(min)s characters. You have %(length)s.",
        v["min"],
    ) % v  # fmt: skip


def _too_long(v: Mapping[str, Any]) -> str:
    return ngettext(
        "Write at most %(max)s character. You have %(length)s.",
        "Write at most %(max)s characters. You have %(length)s.",
        v["max"],
    ) % v  # fmt: skip


FIELD_ERRORS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "required": _required,
    "unknown_field": lambda v: _("The form has no field “%(field)s”.") % v,
    "wrong_type": _wrong_type,
    "out_of_range": lambda v: _("Choose a whole number from %(min)s to %(max)s.") % v,
    "too_short": _too_short,
    "too_long": _too_long,
    "not_a_choice": lambda v: _("Choose one of these: %(choices)s.") % v,
    "line_break": lambda v: _("Write this on one line."),
    "control_character": lambda v: _("The text has characters that can’t be shown. Remove them."),
    "lone_surrogate": lambda v: _("The text has a broken character. Write it again."),
    "markup": lambda v: _("Write plain text, without HTML tags."),
    "direction_override": lambda v: _(
        "The text has hidden marks that turn its direction. Remove them."
    ),
    "not_a_language": lambda v: _("Give the language as a code such as en, ru or fi."),
    "denied_word": lambda v: (
        _("“%(found)s” is among the words that aren’t accepted here. Say it in other words.") % v
    ),
    "link": lambda v: _("Links aren’t accepted here. Take out “%(found)s”.") % v,
    "email": lambda v: _("E-mail addresses aren’t accepted here. Take out “%(found)s”.") % v,
    "phone": lambda v: _("Phone numbers aren’t accepted here. Take out “%(found)s”.") % v,
    "card": lambda v: _("“%(found)s” looks like the number of a bank card. Take it out.") % v,
}
