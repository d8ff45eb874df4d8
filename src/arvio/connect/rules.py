"""How a row of such an export is read: dates, spans, names and keys. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, timedelta

from arvio.connect.tally import SkippedRow
from arvio.policy.form import FormError, clean_words

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
DATE = re.compile(
    r"(?P<edited>Edited\s+)?(?P<month>[A-Za-z]+)\s+(?P<day>\d{1,2}),\s*(?P<year>\d{4})"
)
# No marketplace of apps is older.
FIRST_YEAR = 1990
SPAN = re.compile(
    r"(?:(?:about|almost|over|less than)\s+)?(?P<count>\d{1,6})\s+"
    r"(?P<unit>minute|hour|day|week|month|year)s?(?:\s+using the app)?",
    re.IGNORECASE,
)
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
MONTHS_IN = {"month": 1, "year": 12}
LONGEST_TEXT = 10_000
LONGEST_NAME = 200
PROBLEMS = {"too_long": "too_long", "markup": "markup"}


def read_date(text: str, *, now: datetime) -> tuple[datetime, bool]:
    """ "Edited March 18, 2024" is (that day 00:00 UTC, True)."""
    found = DATE.fullmatch(text.strip())
    if found is None or found["month"].lower() not in MONTHS:
        raise SkippedRow("bad_date")
    year = int(found["year"])
    try:
        month = MONTHS.index(found["month"].lower()) + 1
        at = datetime(year, month, int(found["day"]), tzinfo=UTC)
    except ValueError:
        raise SkippedRow("bad_date") from None
    if year < FIRST_YEAR:
        raise SkippedRow("bad_date")
    if at > now:
        raise SkippedRow("future_date")
    return at, found["edited"] is not None


def installed_before(text: str, *, at: datetime) -> datetime | None:
    """When an app was installed that had been used so long; None where the file doesn't know.

    "About", "Almost" and "Over" are taken for the number they stand by.
    """
    span = text.strip()
    if span.lower() in ("", "unknown"):
        return None
    found = SPAN.fullmatch(span)
    if found is None:
        raise SkippedRow("bad_span")
    count, unit = int(found["count"]), found["unit"].lower()
    try:
        if unit in SECONDS:
            return at - timedelta(seconds=count * SECONDS[unit])
        return _months_earlier(at, count * MONTHS_IN[unit])
    except (OverflowError, ValueError):
        raise SkippedRow("bad_span") from None


def _months_earlier(at: datetime, months: int) -> datetime:
    """The same day so many months before, or that month's last day."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    for day in range(at.day, at.day - 4, -1):
        try:
            return at.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError(months)


def read_stars(text: str) -> int:
    if text.strip() not in ("1", "2", "3", "4", "5"):
        raise SkippedRow("bad_rating")
    return int(text)


def read_words(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Plain text by the rules that every form answer keeps (R30); empty is allowed."""
    try:
        return clean_words(text=text, field="text", shortest=0, longest=longest)
    except FormError as error:
        codes = [found.code for found in error.errors]
        if codes == ["required"]:
            return ""
        raise SkippedRow(PROBLEMS.get(codes[0], "not_text")) from None


def read_name(text: str, *, missing: str) -> str:
    name = read_words(" ".join(text.split()), longest=LONGEST_NAME)
    if not name:
        raise SkippedRow(missing)
    return name


def plain(text: str) -> bool:
    """Nothing in it that a database can't hold: for names that are taken letter by letter."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
        for character in text
    )


def ref_of(name: str) -> str:
    """A ref that the name alone decides: readable, and different for different names."""
    plain = "-".join(name.casefold().split())
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:80]
    if slug == plain:
        return slug
    return f"{slug}-{digest(name)[:10]}".lstrip("-")


def digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
