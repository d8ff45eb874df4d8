"""Numbers, days and times as each language writes them. Times are shown in the zone that the
request activated.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.utils import timezone

_DAY = {"en": "d MMM y", "ru": "d MMMM y", "fi": "d.M.y"}
_TIME = {"en": "HH:mm", "ru": "HH:mm", "fi": "H.mm"}
_MOMENT = {
    "en": "EEE d MMM y, HH:mm",
    "ru": "d MMMM y (EEE) 'в' HH:mm",
    "fi": "EEE d.M.y 'klo' H.mm",
}
_MOMENT_THIS_YEAR = {
    "en": "EEE d MMM, HH:mm",
    "ru": "d MMMM (EEE) 'в' HH:mm",
    "fi": "EEE d.M. 'klo' H.mm",
}
_LIMIT = {"en": "d MMM y, HH:mm", "ru": "d MMMM y, HH:mm", "fi": "d.M.y 'klo' H.mm"}
_MONTH = {"short": "LLL", "year": "LLL y", "long": "LLLL y"}


def day(at: datetime | date, language: str | None) -> str:
    if isinstance(at, datetime):
        return _format(at, _DAY, language)
    known = _known(language)
    return format_date(at, _DAY[known], locale=known)


def month(of: date, language: str | None, *, form: Literal["short", "year", "long"]) -> str:
    """Standing by itself: Dec, Dec 2025 or December 2025."""
    return format_date(of, _MONTH[form], locale=_known(language))


def percent(share: Fraction | float, language: str | None) -> str:
    """98 % with a no-break space; only all is 100 and only none is 0."""
    whole = min(max(round(100 * share), 1 if share else 0), 100 if share >= 1 else 99)
    return f"{number(whole, language)}\u00a0%"


def moment(at: datetime, language: str | None, *, now: datetime) -> str:
    same_year = timezone.localtime(at).year == timezone.localtime(now).year
    return _format(at, _MOMENT_THIS_YEAR if same_year else _MOMENT, language)


def limit(at: datetime, language: str | None) -> str:
    return _format(at, _LIMIT, language)


def clock(at: datetime, language: str | None) -> str:
    return _format(at, _TIME, language)


def number(value: int | float | Decimal, language: str | None, *, places: int | None = None) -> str:
    """18,204 in English, 18 204 with a no-break space in Russian and Finnish; `places` keeps the
    zeros.
    """
    pattern = None if places is None else "#,##0." + "0" * places
    return format_decimal(value, format=pattern, locale=_known(language))


def language_name(code: str, language: str | None) -> str:
    """ "Finnish" for fi; the code itself when nobody has a name for it."""
    try:
        return Locale.parse(code, sep="-").get_language_name(_known(language)) or code
    except (ValueError, UnknownLocaleError):
        return code


def _format(at: datetime, patterns: dict[str, str], language: str | None) -> str:
    known = _known(language)
    return format_datetime(
        timezone.localtime(at),
        patterns[known],
        tzinfo=timezone.get_current_timezone(),
        locale=known,
    )


def _known(language: str | None) -> str:
    code = (language or "en").split("-")[0]
    return code if code in _DAY else "en"
