"""Sentences for input of the wrong kind: what pydantic says, in our codes and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def of_error(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """(field, code, sentence) of one of pydantic's errors; `loc` begins with the value's source."""
    source, *path = error["loc"]
    if source == "body" and path and path[0] == "body":
        path = path[1:]
    field = ".".join(map(str, path)) or str(source)
    code, sentence = _of_kind(error["type"], error.get("ctx") or {}, error["msg"])
    return field, code, sentence


def _of_kind(kind: str, values: Mapping[str, Any], message: str) -> tuple[str, str]:
    if "sentence" in values:  # one of our own, worded where it was found
        return kind, message
    if kind in KINDS:
        code, sentence = KINDS[kind]
        return code, sentence(values)
    for ending in ("_type", "_parsing", "_from_float", "_parsing_size"):
        if kind.endswith(ending):
            return "wrong_type", _of_type(kind.removesuffix(ending))
    return kind, message


def _of_type(wanted: str) -> str:
    if wanted == "int":
        return _("Give a whole number.")
    if wanted == "string":
        return _("Give a text.")
    if wanted == "bool":
        return _("Give true or false.")
    if wanted == "list":
        return _("Give a list.")
    if wanted in WRITTEN:
        return _("This isn’t written as it should be.")
    return _("Give an object with keys and values.")


WRITTEN = ("uuid", "date", "datetime", "date_from_datetime")
"""What comes as a text that has to be written in one way."""


def _too_long(values: Mapping[str, Any]) -> str:
    if "field_type" in values:
        return ngettext(
            "Give at most %(max)s item.", "Give at most %(max)s items.", values["max_length"]
        ) % {"max": values["max_length"]}
    longest = values["max_length"]
    return ngettext(
        "Write at most %(max)s character.", "Write at most %(max)s characters.", longest
    ) % {"max": longest}  # fmt: skip


KINDS: dict[str, Any] = {
    "missing": ("required", lambda v: _("This is missing.")),
    "string_unicode": (
        "lone_surrogate",
        lambda v: _("The text has a broken character. Write it again."),
    ),
    "extra_forbidden": ("unknown_field", lambda v: _("There is no field of this name here.")),
    "string_too_long": ("too_long", _too_long),
    "too_long": ("too_long", _too_long),
    "too_short": ("required", lambda v: _("This is empty.")),
    "literal_error": (
        "not_a_choice",
        lambda v: _("Choose one of these: %(choices)s.") % {"choices": v["expected"]},
    ),
    "greater_than_equal": (
        "out_of_range",
        lambda v: _("Give %(min)s or more.") % {"min": v["ge"]},
    ),
    "less_than_equal": ("out_of_range", lambda v: _("Give %(max)s or less.") % {"max": v["le"]}),
    "string_pattern_mismatch": ("invalid", lambda v: _("This isn’t written as it should be.")),
}
