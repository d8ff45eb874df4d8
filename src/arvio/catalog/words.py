"""Words that sentences are made with: lengths of time, moments, numbers, names of answers.

A length of time stands in three places of a sentence, and Russian and Finnish give it another
form in each; the message context says which: "after" (%s later), "within" (during %s), "plain".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from math import ceil
from typing import Literal, TypeAlias

from babel.dates import format_datetime
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import get_language, npgettext, pgettext

from arvio.policy.durations import DAY, Duration

Place: TypeAlias = Literal["after", "within", "plain"]
Unit: TypeAlias = Literal["m", "h", "d"]
MOMENTS = {"en": "d MMM y, HH:mm", "ru": "d MMMM y 'в' HH:mm", "fi": "d.M.y 'klo' H.mm"}


def moment_words(moment: datetime | str) -> str:
    """18 Nov 2026, 09:42 in the language and the time zone that are active."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    language = _language()
    zone = timezone.get_current_timezone()
    try:
        local = at.astimezone(zone)
    except OverflowError:  # a fact from outside, at the very end of the calendar
        local, zone = at, timezone.get_default_timezone()
    return str(format_datetime(local, MOMENTS[language], tzinfo=zone, locale=language))


def number_words(number: float) -> str:
    return str(format_decimal(number, locale=_language()))


def duration_words(length: Duration, place: Place) -> str:
    """ "3 days" as it stands in this place; PT48H stays 48 hours, P2D stays 2 days."""
    by_hour = str(length).startswith("PT")
    days, rest = (0, length.seconds) if by_hour else divmod(length.seconds, DAY)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    counts = ((length.months, "M"), (days, "D"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    words = [UNITS[place](unit, count) for count, unit in counts if count]
    return reduce(_with, words) if words else UNITS[place]("h", 0)


def time_left(due_at: datetime, now: datetime) -> str:
    """In days and hours; on the last day in hours and minutes."""
    seconds = _minutes_left(due_at, now) * 60
    return duration_words(
        Duration(seconds=seconds - seconds % (3600 if seconds >= DAY else 60)), "after"
    )


def brief_time_left(due_at: datetime, now: datetime) -> str:
    """For tags: "1 d 5 h"; on the last day "5 h 20 min"."""
    minutes = _minutes_left(due_at, now)
    days, hours = divmod(minutes // 60, 24)
    parts = (("d", days), ("h", hours)) if days else (("h", hours), ("m", minutes % 60))
    return " ".join(_brief(unit, count) for unit, count in parts if count)


def _minutes_left(due_at: datetime, now: datetime) -> int:
    """A minute begun counts whole: what waits three days is told a second later as three days."""
    return max(ceil((due_at - now).total_seconds() / 60), 1)


def brief_length(seconds: float) -> str:
    """For figures: "40 min", "9 h", "2 d 4 h", "12 d"; rounded to what is said last."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if minutes < 60:
        return _brief("m", max(minutes, 1 if seconds else 0))
    if hours < 48:
        return _brief("h", hours)
    days, rest = divmod(hours, 24)
    if days >= 10 or not rest:
        return _brief("d", round(seconds / DAY))
    return f"{_brief('d', days)} {_brief('h', rest)}"


def brief_in(seconds: float, unit: Unit) -> str:
    """In this unit alone, for an axis: "0 h", "12 h", "48 h"."""
    return _brief(unit, round(seconds / {"m": 60, "h": 3600, "d": DAY}[unit]))


def age(at: datetime, now: datetime) -> str:
    """ "4 d ago", for lists; empty for what is so old that its date says more."""
    minutes = max(int((now - at).total_seconds()) // 60, 0)
    if minutes < 1:
        return pgettext("age", "now")
    if minutes < 60:
        return pgettext("age", "%(count)s min ago") % {"count": minutes}
    if minutes < 24 * 60:
        return pgettext("age", "%(count)s h ago") % {"count": minutes // 60}
    if minutes < 60 * 24 * 60:
        days = minutes // (24 * 60)
        return npgettext("age", "%(count)s d ago", "%(count)s d ago", days) % {"count": days}
    return ""


def _brief(unit: str, count: int) -> str:
    values = {"count": count}
    if unit == "d":
        return pgettext("brief", "%(count)s d") % values
    if unit == "h":
        return pgettext("brief", "%(count)s h") % values
    return pgettext("brief", "%(count)s min") % values


def _with(some: str, more: str) -> str:
    """ "1 day 5 hours"; Finnish puts a word between them."""
    return pgettext("length of time", "%(some)s %(more)s") % {"some": some, "more": more}


def times_words(count: int) -> str:
    """How often: once, twice, 3 times."""
    if count == 1:
        return pgettext("how often", "once")
    if count == 2:
        return pgettext("how often", "twice")
    return npgettext("how often", "%(count)s time", "%(count)s times", count) % {"count": count}


def _language() -> str:
    code = (get_language() or "en").split("-")[0]
    return code if code in MOMENTS else "en"


def _after(unit: str, count: int) -> str:
    values = {"count": count}
    if unit == "M":
        return npgettext("after", "%(count)s month", "%(count)s months", count) % values
    if unit == "D":
        return npgettext("after", "%(count)s day", "%(count)s days", count) % values
    if unit == "h":
        return npgettext("after", "%(count)s hour", "%(count)s hours", count) % values
    if unit == "m":
        return npgettext("after", "%(count)s minute", "%(count)s minutes", count) % values
    return npgettext("after", "%(count)s second", "%(count)s seconds", count) % values


def _within(unit: str, count: int) -> str:
    values = {"count": count}
    if unit == "M":
        return npgettext("within", "%(count)s month", "%(count)s months", count) % values
    if unit == "D":
        return npgettext("within", "%(count)s day", "%(count)s days", count) % values
    if unit == "h":
        return npgettext("within", "%(count)s hour", "%(count)s hours", count) % values
    if unit == "m":
        return npgettext("within", "%(count)s minute", "%(count)s minutes", count) % values
    return npgettext("within", "%(count)s second", "%(count)s seconds", count) % values


def _plain(unit: str, count: int) -> str:
    values = {"count": count}
    if unit == "M":
        return npgettext("plain", "%(count)s month", "%(count)s months", count) % values
    if unit == "D":
        return npgettext("plain", "%(count)s day", "%(count)s days", count) % values
    if unit == "h":
        return npgettext("plain", "%(count)s hour", "%(count)s hours", count) % values
    if unit == "m":
        return npgettext("plain", "%(count)s minute", "%(count)s minutes", count) % values
    return npgettext("plain", "%(count)s second", "%(count)s seconds", count) % values


UNITS: dict[Place, Callable[[str, int], str]] = {
    "after": _after,
    "within": _within,
    "plain": _plain,
}
