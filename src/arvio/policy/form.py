"""Answers against the form of a policy (FEATURES R20-R30): all errors at once, each with a field.

A quality rating that is null is not answered; 0 is an answer (R25, R26).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as having
from typing import Any, TypeAlias

from arvio.policy.model import CONTENT_TYPES, Field, Form
from arvio.policy.verdict import Values

LONGEST_AFFILIATION = 200
LONGEST_REPLY = 5_000
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
TAG = re.compile(
    r"</?[a-z][^<>]*>"  # <b>, </p>, <img src=x>
    r"|<(?:script|style|iframe)\b"  # never closed
    r"|<[?!](?:--|\[|[a-z])",  # comments, CDATA, doctype, processing instructions
    re.IGNORECASE,
)
LINE_END = re.compile("\r\n|\r|\u2028|\u2029")
ENVELOPE = ("qualities", "about", "consents", "language", "affiliation")
FORBIDDEN = {
    "lone_surrogate": re.compile("[\ud800-\udfff]"),
    "control_character": re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]"),
    "direction_override": re.compile("[\u202a-\u202e\u2066-\u2069]"),
    "markup": TAG,
}
# Letters and symbols by category that draw nothing.
BLANK_LETTERS = frozenset("\u2800\u3164\u115f\u1160\uffa0")
BLANK_FORMATS = str.maketrans("", "", "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u061c")

ERROR_CODES = (
    "required",
    "unknown_field",
    "wrong_type",
    "out_of_range",
    "too_short",
    "too_long",
    "not_a_choice",
    "line_break",
    "control_character",
    "lone_surrogate",
    "markup",
    "direction_override",
    "not_a_language",
    # What a policy may refuse in the words of a review (`Screening`).
    "denied_word",
    "link",
    "email",
    "phone",
    "card",
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """`field` is dotted as the client sent it: `text`, `qualities.speed`, `consents.privacy`."""

    field: str
    code: str
    values: Values = having(default_factory=dict)


class FormError(Exception):
    """The answers don't fit the form; carries every error (422)."""

    code = "invalid_answers"
    status = 422

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{e.field}: {e.code}" for e in self.errors))


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What the author said, ready to keep. Words not written are ""; qualities not answered and
    about-you answers not given are absent; consents carry the version of their text (R28).
    """

    stars: int
    title: str = ""
    text: str = ""
    pros: str = ""
    cons: str = ""
    qualities: Mapping[str, int] = having(default_factory=dict)
    about: Mapping[str, str] = having(default_factory=dict)
    consents: Mapping[str, str | None] = having(default_factory=dict)
    language: str | None = None
    affiliation: str = ""


Read: TypeAlias = tuple[Any, list[FieldError]]


def check_answers(*, form: Form, answers: Mapping[str, Any]) -> Cleaned:
    """Clean the answers of a submission or an edit, or raise FormError with all that is wrong."""
    errors: list[FieldError] = []
    stars = answers.get("stars")
    valid_stars = stars if _is_whole(stars) else None
    errors += [
        FieldError(str(key), "unknown_field", {"choices": list(form.content)})
        for key, value in answers.items()
        if key not in form.content
        and key not in ENVELOPE
        and not (key in CONTENT_TYPES and value is None)
    ]
    content = _group(form.content, answers, "", valid_stars, errors)
    qualities = _group(
        form.qualities, _mapping(answers, "qualities", errors), "qualities.", valid_stars, errors
    )
    about = _group(form.about, _mapping(answers, "about", errors), "about.", valid_stars, errors)
    consents = _consents(form, answers.get("consents"), errors)
    affiliation = _words(
        answers.get("affiliation"), "affiliation", 0, LONGEST_AFFILIATION, errors, one_line=True
    )
    language = _language(answers.get("language"), errors)
    if errors:
        raise FormError(errors)
    return Cleaned(
        **content,
        qualities=qualities,
        about=about,
        consents=consents,
        language=language,
        affiliation=affiliation or "",
    )


def clean_words(*, text: str, field: str, shortest: int, longest: int) -> str:
    """The text rules alone, for words that are no form answer: replies, corrections, comments."""
    errors: list[FieldError] = []
    cleaned = _words(text, field, shortest, longest, errors)
    if cleaned is None and not errors:
        errors.append(FieldError(field, "required", {"type": "text"}))
    if errors:
        raise FormError(errors)
    return cleaned or ""


def clean_line(*, text: str, field: str, longest: int) -> str:
    """As `clean_words`, for one line that may be left empty."""
    errors: list[FieldError] = []
    cleaned = _words(text, field, 0, longest, errors, one_line=True)
    if errors:
        raise FormError(errors)
    return cleaned or ""


def _mapping(answers: Mapping[str, Any], key: str, errors: list[FieldError]) -> Mapping[str, Any]:
    value = answers.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        errors.append(FieldError(key, "wrong_type", {"expected": "object"}))
        return {}
    return value


def _group(
    fields: Mapping[str, Field],
    answers: Mapping[str, Any],
    prefix: str,
    stars: int | None,
    errors: list[FieldError],
) -> dict[str, Any]:
    """The answers given to these fields; with a prefix, keys that aren't fields are errors."""
    if prefix:
        errors += [
            FieldError(f"{prefix}{key}", "unknown_field", {"choices": list(fields)})
            for key in answers
            if key not in fields
        ]
    given = {}
    for key, asked in fields.items():
        before = len(errors)
        answer = READERS[asked.type](answers.get(key), asked, f"{prefix}{key}", errors)
        if answer is not None:
            given[key] = answer
        elif len(errors) == before and asked.is_required(stars=stars):
            errors.append(FieldError(f"{prefix}{key}", "required", {"type": asked.type}))
    return given


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _read_number(value: Any, asked: Field, name: str, errors: list[FieldError]) -> int | None:
    if value is None:
        return None
    if not _is_whole(value):
        errors.append(FieldError(name, "wrong_type", {"expected": "integer"}))
        return None
    low, high = asked.min or 0, 5 if asked.max is None else asked.max
    if not low <= value <= high:
        errors.append(FieldError(name, "out_of_range", {"min": low, "max": high}))
        return None
    return int(value)


def _read_choice(value: Any, asked: Field, name: str, errors: list[FieldError]) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        errors.append(FieldError(name, "wrong_type", {"expected": "text"}))
        return None
    if value not in asked.choices:
        errors.append(FieldError(name, "not_a_choice", {"choices": list(asked.choices)}))
        return None
    return value


def _read_line(value: Any, asked: Field, name: str, errors: list[FieldError]) -> str | None:
    return _words(value, name, asked.min or 0, asked.max or 0, errors, one_line=True)


def _read_text(value: Any, asked: Field, name: str, errors: list[FieldError]) -> str | None:
    return _words(value, name, asked.min or 0, asked.max or 0, errors)


READERS: dict[str, Callable[[Any, Field, str, list[FieldError]], int | str | None]] = {
    "stars": _read_number,
    "quality": _read_number,
    "choice": _read_choice,
    "line": _read_line,
    "text": _read_text,
}


def _words(
    value: Any,
    name: str,
    shortest: int,
    longest: int,
    errors: list[FieldError],
    *,
    one_line: bool = False,
) -> str | None:
    """Plain text in NFC with \\n line ends, trimmed; None when nothing was written."""
    if value is None:
        return None
    if not isinstance(value, str):
        errors.append(FieldError(name, "wrong_type", {"expected": "text"}))
        return None
    if len(value) > 4 * longest + 4096:  # far too long: say so before looking at each character
        errors.append(FieldError(name, "too_long", {"max": longest, "length": len(value)}))
        return None
    text = LINE_END.sub("\n", value)
    found = [FieldError(name, code) for code in _faults(text)]
    if any(error.code == "lone_surrogate" for error in found):
        errors += found
        return None
    text = unicodedata.normalize("NFC", text).strip().strip("\ufeff")
    written = text.translate(BLANK_FORMATS).strip()
    if not any(_is_visible(c) for c in written):
        written = ""
    if not written and not found:
        return None
    if one_line and "\n" in text:
        found.append(FieldError(name, "line_break"))
    if len(text) > longest:
        found.append(FieldError(name, "too_long", {"max": longest, "length": len(text)}))
    if len(written) < shortest:
        found.append(FieldError(name, "too_short", {"min": shortest, "length": len(written)}))
    errors += found
    return None if found else text


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ" and character not in BLANK_LETTERS


def _faults(text: str) -> list[str]:
    """Codes of what plain text must not hold (R30)."""
    return [code for code, pattern in FORBIDDEN.items() if pattern.search(text)]


def _consents(form: Form, given: Any, errors: list[FieldError]) -> dict[str, str | None]:
    if given is None:
        given = []
    if not isinstance(given, list | tuple) or not all(isinstance(key, str) for key in given):
        errors.append(FieldError("consents", "wrong_type", {"expected": "list"}))
        return {}
    asked = form.consents
    errors += [
        FieldError(f"consents.{key}", "unknown_field", {"choices": list(asked)})
        for key in dict.fromkeys(given)
        if key not in asked
    ]
    errors += [
        FieldError(f"consents.{key}", "required", {"type": "consent"})
        for key, consent in asked.items()
        if consent.required and key not in given
    ]
    return {key: consent.version for key, consent in asked.items() if key in given}


def _language(value: Any, errors: list[FieldError]) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        errors.append(FieldError("language", "not_a_language"))
        return None
    return primary_language(value)


def primary_language(tag: str) -> str:
    """ "en" of "en", "EN" and "en-US": what reviews are filtered by."""
    return tag.partition("-")[0].lower()
