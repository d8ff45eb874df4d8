"""Types of the values that come in. Strict: nothing is guessed, converted or cut short.

One text type refuses NUL, control characters and lone surrogates; every length is bounded
(CONTRACT 3).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from arvio.api.problems import invalid

RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DOMAIN = re.compile(
    r"(?=.{4,253}\Z)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])"
)
LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
FIRST_YEAR, LAST_YEAR = 2000, 2199
AHEAD = timedelta(hours=24)


def refuse(code: str, sentence: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{sentence}", {"sentence": sentence})


@dataclass(frozen=True)
class Words:
    """Text on one line in NFC, trimmed, of bounded length; `check` says what else it must be."""

    shortest: int
    longest: int
    check: Callable[[str], str] | None = None
    trim: bool = True
    form: str = ""
    pattern: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self.read, core_schema.str_schema(strict=True)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        known: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if self.shortest:
            known["minLength"] = self.shortest
        if self.pattern:
            known["pattern"] = self.pattern
        return known | ({"format": self.form} if self.form else {})

    def read(self, text: str) -> str:
        text = plain(text)
        text = text.strip() if self.trim else text
        if len(text) > self.longest:
            raise refuse(
                "too_long",
                ngettext(
                    "Write at most %(max)s character.",
                    "Write at most %(max)s characters.",
                    self.longest,
                )
                % {"max": self.longest},
            )
        if not text.strip() and self.shortest:
            raise refuse("required", _("This is empty."))
        return self.check(text) if self.check and text else text


def plain(text: str) -> str:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise refuse("lone_surrogate", _("The text has a broken character. Write it again."))
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise refuse("control_character", _("Write it on one line, without control characters."))
    return unicodedata.normalize("NFC", text)


def _ref(text: str) -> str:
    if text != text.strip() or "/" in text:
        raise refuse("invalid", _("A reference has no slash and no space at its ends."))
    return text


def _app_ref(text: str) -> str:
    if "," in text:
        raise refuse("invalid", _("An app’s reference has no comma: it parts the apps of a list."))
    return _ref(text)


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise refuse(
            "not_an_email", _("Give an e-mail address such as name@example.com.")
        ) from None
    return text


def _domain(text: str) -> str:
    if not DOMAIN.fullmatch(text):
        raise refuse("not_a_domain", _("Give a domain such as example.com."))
    return text.lower()


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or any(character.isspace() or character in '<>"\\' for character in text):
        raise refuse(
            "not_a_web_address", _("Give an address that begins with https:// or http://.")
        )
    return text


def _locale(text: str) -> str:
    if not LOCALE.fullmatch(text):
        raise refuse("not_a_language", _("Give the language as a code such as en, ru or fi."))
    return text


def _moment(text: str) -> datetime:
    if not RFC3339.fullmatch(text):
        raise refuse("not_a_moment", _("Give date, time and zone such as 2026-03-02T09:30:00Z."))
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise refuse("not_a_moment", _("There is no such day or time.")) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise refuse(
            "out_of_range",
            _("Give a moment from the year %(first)s on, not in the future.")
            % {"first": FIRST_YEAR},
        )
    return moment.astimezone(UTC)


def _day(text: Any) -> date:
    if isinstance(text, str) and DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise refuse("not_a_day", _("Give a day such as 2026-03-02."))


def _whole(text: Any) -> int:
    """Of a query, where everything is text: plain digits only."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,9}", text):
        raise refuse("wrong_type", _("Give a whole number."))
    return int(text)


def _yes_or_no(text: Any) -> bool:
    if text not in ("true", "false"):
        raise refuse("wrong_type", _("Give true or false."))
    return bool(text == "true")


Ref = Annotated[str, Words(1, 100, _ref, trim=False)]
AppRef = Annotated[str, Words(1, 100, _app_ref, trim=False)]
Name = Annotated[str, Words(1, 200)]
Email = Annotated[str, Words(1, 254, _email, form="email")]
Domain = Annotated[str, Words(1, 253, _domain)]
WebAddress = Annotated[str, Words(0, 500, _web_address, pattern="^(https?://.*)?$")]
Locale = Annotated[str, Words(1, 20, _locale)]
Moment = Annotated[
    datetime,
    BeforeValidator(lambda value: _moment(value) if isinstance(value, str) else _no_text()),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Limit = Annotated[
    int,
    BeforeValidator(_whole),
    Field(ge=1, le=100),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100}),
]
Flag = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "boolean"})]
Cursor = Annotated[str, Words(1, 1000)]


def _no_text() -> datetime:
    raise refuse("wrong_type", _("Give a text."))


def check_happened(*, field: str, at: datetime, now: datetime) -> None:
    """Facts are of the past; a day is left for clocks that differ."""
    if at > now + AHEAD:
        raise invalid(field, _("This moment lies in the future."), "in_the_future")
