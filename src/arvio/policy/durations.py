"""Lengths of time as ISO 8601 writes them: P3D, P3M, PT48H, P1Y2M3DT4H5M6S."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

DAY = 24 * 60 * 60
WRITTEN = re.compile(
    r"P(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)S)?)?"
)
LONGEST_TEXT = 40


class DurationError(ValueError):
    """A text is no duration, or a moment lies after the year 9999."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Months (calendar) and seconds (exact); a day is 24 hours (CONTRACT section 5).

    Two spellings of one length are equal; `str` gives back the spelling that was read.
    """

    months: int = 0
    seconds: int = 0
    written: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.months < 0 or self.seconds < 0:
            raise DurationError("a duration is never negative")

    def __str__(self) -> str:
        return self.written or _spelling(self.months, self.seconds)

    def __bool__(self) -> bool:
        return bool(self.months or self.seconds)

    def add(self, moment: datetime) -> datetime:
        """The UTC moment this long after `moment`; months first, then seconds."""
        if moment.tzinfo is None:
            raise DurationError("a duration is added to a moment with a time zone")
        try:
            return _months_later(moment.astimezone(UTC), self.months) + timedelta(
                seconds=self.seconds
            )
        except (OverflowError, ValueError) as error:
            raise DurationError(
                f"{moment.isoformat()} plus {self} is after the year 9999"
            ) from error


def parse(text: str) -> Duration:
    """Read an ISO 8601 duration of whole, non-negative units, or raise DurationError."""
    found = WRITTEN.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    units = found.groupdict() if found else {}
    parts = {unit: int(count) for unit, count in units.items() if count}
    if not parts:
        raise DurationError(f"{text[:LONGEST_TEXT]!r} is not a duration such as P3D, P3M or PT48H")
    return Duration(
        months=parts.get("years", 0) * 12 + parts.get("months", 0),
        seconds=parts.get("weeks", 0) * 7 * DAY
        + parts.get("days", 0) * DAY
        + parts.get("hours", 0) * 3600
        + parts.get("minutes", 0) * 60
        + parts.get("seconds", 0),
        written=text,
    )


def _months_later(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    last = monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _spelling(months: int, seconds: int) -> str:
    years, months = divmod(months, 12)
    days, rest = divmod(seconds, DAY)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    if not date and not time:
        return "PT0S"
    return f"P{date}T{time}" if time else f"P{date}"
