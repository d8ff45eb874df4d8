"""The clock of a report: working days by a marketplace's calendar, in its time zone.

A calendar is a country as ISO 3166-1 writes it, such as FI, or a part of one, such as US-CA. What
is free there comes from the package `holidays`: Finland's eves are among its public holidays, and
Russia's transferred days and working Saturdays are known up to the year whose decree is out.

FEATURES R123, CONTRACT section 5. A case stores its due time when it opens; nothing moves it later.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays, list_supported_countries

WRITTEN = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)

# Here every year has a decree of its own that moves days, so a year that the package knows no move
# for isn't out yet. Elsewhere such a year is an ordinary one.
DECREED_EACH_YEAR = frozenset({"BY", "CN", "RU", "UZ"})


def due_at(*, filed_at: datetime, days: int, calendar: str, time_zone: str) -> datetime:
    """The UTC moment by which a report that was filed at `filed_at` is to be decided.

    It has the local time of filing, on the `days`th working day after the day of filing. What is
    filed on a free day counts as filed on the next working day at 00:00, so it is due at 00:00 on
    the `days`th working day after that one.

    A local time that comes twice is its first occurrence; one that the clocks skip is the first
    moment after the gap. Raises ValueError for an unknown calendar.
    """
    zone = ZoneInfo(time_zone)
    filed = _aware(filed_at).astimezone(zone)
    day, at = filed.date(), filed.time()
    if not is_working_day(day=day, calendar=calendar):
        day, at = _next_working_day(day, calendar), time()
    for _ in range(days):
        day = _next_working_day(day, calendar)
    return _utc(datetime.combine(day, at.replace(fold=0)), zone)


def working_days_left(*, due_at: datetime, now: datetime, calendar: str, time_zone: str) -> int:
    """How many working days begin after today, and before it is due.

    0: it is due today, or before another working day begins. What is due at 00:00 is due at the
    end of the day before. From the due moment on it is overdue, and the answer is negative: -1 on
    that day and the next working day, then one less with each working day that begins.
    """
    zone = ZoneInfo(time_zone)
    last = (_aware(due_at).astimezone(UTC) - MOMENT).astimezone(zone).date()
    today = _aware(now).astimezone(zone).date()
    if now < due_at:
        return _working_days_after(today, last, calendar)
    return -max(1, _working_days_after(last, today, calendar))


def working_days_between(*, start: datetime, end: datetime, calendar: str, time_zone: str) -> int:
    """How many working days began after the day of `start`, up to and with that of `end`: 0 is the
    same day.
    """
    zone = ZoneInfo(time_zone)
    first, last = (_aware(at).astimezone(zone).date() for at in (start, end))
    return _working_days_after(first, last, calendar)


def is_working_day(*, day: date, calendar: str) -> bool:
    """A day before a holiday is a working day even where it is a shorter one."""
    return day in _working_days(calendar, day.year)


def published(*, calendar: str, year: int) -> bool:
    """Whether the installed package knows which days are free in that year.

    Some countries move days by a decree for each year, a few months ahead; until the package has
    it, only the holidays that the law names are known.
    """
    known = _holidays(calendar)
    if calendar[:2] in DECREED_EACH_YEAR:
        return year <= max(known.special_public_holidays, default=0)
    return year <= known.end_year


def next_free_days(
    *, calendar: str, day: date, count: int, language: str = ""
) -> list[tuple[date, str]]:
    """The next holidays from `day` on with their names, in the language where the package knows
    them in it, else in the country's. Only as far as two years ahead.
    """
    country, _, part = calendar.partition("-")
    _holidays(calendar)
    known = country_holidays(
        country,
        subdiv=part or None,
        years=[day.year, day.year + 1],
        expand=False,
        language=next((one for one in _spoken(country) if one[:2] == language), None),
    )
    return [one for one in sorted(known.items()) if one[0] >= day][:count]


def _spoken(country: str) -> tuple[str, ...]:
    languages: tuple[str, ...] = country_holidays(country, years=()).supported_languages
    return languages


def countries() -> list[str]:
    """Codes of all calendars that are a whole country."""
    return sorted(code for code in list_supported_countries() if WRITTEN.fullmatch(code))


def parts(calendar: str) -> list[str]:
    """Calendars of the parts of this one's country."""
    country = calendar.partition("-")[0]
    known = country_holidays(country, years=(), expand=False).subdivisions
    return [f"{country}-{one}" for one in known if WRITTEN.fullmatch(f"{country}-{one}")]


def check(calendar: str) -> None:
    """Raise ValueError, with what is allowed, unless `calendar` is one that days are known for."""
    _holidays(calendar)


def _holidays(calendar: str, *years: int) -> HolidayBase:
    country, _, part = calendar.partition("-")
    try:
        if not WRITTEN.fullmatch(calendar):
            raise NotImplementedError
        known = country_holidays(country, years=years, expand=False)
    except NotImplementedError:
        raise ValueError(
            f"{calendar!r} is no calendar that is known. "
            "It is a country such as FI, RU or US, or a part of one such as US-CA or DE-BY."
        ) from None
    if not part:
        return known
    if part not in known.subdivisions:
        parts = ", ".join(
            one for one in known.subdivisions if WRITTEN.fullmatch(f"{country}-{one}")
        )
        raise ValueError(
            f"{calendar!r} is no calendar that is known. "
            + (f"Parts of {country} are {parts}." if parts else f"{country} has no parts.")
        )
    return country_holidays(country, subdiv=part, years=years, expand=False)


@lru_cache(maxsize=256)
def _working_days(calendar: str, year: int) -> frozenset[date]:
    known = _holidays(calendar, year)
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    days = map(date.fromordinal, range(first, last + 1))
    return frozenset(day for day in days if known.is_working_day(day))


def _next_working_day(day: date, calendar: str) -> date:
    day += timedelta(days=1)
    while not is_working_day(day=day, calendar=calendar):
        day += timedelta(days=1)
    return day


def _working_days_after(day: date, last: date, calendar: str) -> int:
    """How many lie after `day`, up to and with `last`."""
    between = map(date.fromordinal, range(day.toordinal() + 1, last.toordinal() + 1))
    return sum(is_working_day(day=one, calendar=calendar) for one in between)


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    """`local` has no zone. Where the clocks skip it, the end of the gap: later stays later."""
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if _local(moment, zone) == local:
        return moment
    before = local.replace(tzinfo=zone, fold=1, microsecond=0).astimezone(UTC)
    gap = range(int((moment - before) / SECOND) + 1)
    return before + SECOND * bisect_left(
        gap, local, key=lambda second: _local(before + SECOND * second, zone)
    )


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("working days are counted from a moment with a time zone")
    return moment
