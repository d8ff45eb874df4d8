"""A marketplace's settings as an operator edits them: what was typed, and what is wrong with it."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import holidays
from babel import Locale
from babel.dates import format_date
from django.http import QueryDict
from django.utils.translation import gettext as _

from arvio.catalog.marketplace_settings import LANGUAGES, LONGEST_LABEL, LONGEST_NAME, problems
from arvio.catalog.models import Marketplace
from arvio.policy import working_days
from arvio.web import language

LISTS = ("frame_hosts", "origins")
AHEAD = timedelta(days=120)
MOST_DAYS = 5
LONGEST = 20_000


def read(posted: QueryDict) -> dict[str, Any]:
    """The settings as they were sent; the language that is first is the usual one."""
    values: dict[str, Any] = {
        key: posted.get(key, "").replace("\0", "")[:LONGEST].strip()
        for key in ("name", "accent", "calendar", "time_zone", "plans_url", "clip_url")
    }
    chosen = [code for code in LANGUAGES if code in posted.getlist("languages")]
    first = posted.get("first", "")
    values["languages"] = sorted(chosen, key=lambda code: (code != first, LANGUAGES.index(code)))
    for key in LISTS:
        lines = posted.get(key, "").replace("\0", "")[:LONGEST].split("\n")
        values[key] = [line.strip().lower().rstrip("/") for line in lines if line.strip()]
    labels = {code: posted.get(f"label.{code}", "").strip()[:LONGEST] for code in LANGUAGES}
    values["paid_labels"] = {code: text for code, text in labels.items() if text} or None
    return values


def errors(values: Mapping[str, Any]) -> dict[str, str]:
    """In words, by field."""
    return {field: _words(field, wrong) for field, (wrong, _said) in problems(values).items()}


def _words(field: str, given: str) -> str:
    return {
        "name": _("A name has 1 to %(most)s characters on one line.") % {"most": LONGEST_NAME},
        "languages": _("Choose at least one language."),
        "accent": _("Choose one of the colours."),
        "calendar": _("“%(given)s” is no calendar that is known here."),
        "time_zone": _("“%(given)s” is no time zone such as Europe/Helsinki."),
        "frame_hosts": _(
            "“%(given)s” is no host such as https://portal.example or https://*.portal.example."
        ),
        "origins": _("“%(given)s” is no origin such as https://portal.example."),
        "plans_url": _("“%(given)s” is no address that begins with https://."),
        "clip_url": _("“%(given)s” is no address that begins with https://."),
        "paid_labels": _("A label has at most %(most)s characters on one line.")
        % {"most": LONGEST_LABEL},
    }[field].replace("%(given)s", given[:100])


def calendars(chosen: str) -> list[tuple[str, str]]:
    """Countries by name in the reader's language; a part of one only where it is chosen."""
    names = Locale.parse(language.current()).territories
    found = sorted((str(names.get(code, code)), code) for code in _countries())
    listed = [(code, name) for name, code in found]
    return listed if chosen in dict(listed) or not chosen else [(chosen, chosen), *listed]


@cache
def _countries() -> list[str]:
    known = holidays.list_supported_countries(include_aliases=False)
    return [code for code in known if len(code) == 2]


def time_zones() -> list[str]:
    return sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")


def days_off(marketplace: Marketplace, now: datetime) -> list[str]:
    """The next weekdays on which nobody works there, as days are written."""
    found = islice(_days_off(marketplace, now), MOST_DAYS)
    return [format_date(day, "medium", locale=language.current()) for day in found]


def _days_off(marketplace: Marketplace, now: datetime) -> Iterator[date]:
    today = now.astimezone(zoneinfo.ZoneInfo(marketplace.time_zone)).date()
    for number in range(AHEAD.days):
        day = today + timedelta(days=number)
        if day.weekday() < 5 and not working_days.is_working_day(
            day=day, calendar=marketplace.calendar
        ):
            yield day
