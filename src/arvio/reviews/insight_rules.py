"""The figures of the partner's insights, pure: spans of days, months, nearest ranks, sums.

A day of the rating is a UTC day; a span and its months are days of the marketplace's time zone.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from math import ceil

from arvio.ratings import rules as ratings

WEEK = timedelta(days=7)
LOOK_BACK = timedelta(days=90)
# A page draws a column for each month; nobody looks further back at once.
MOST_MONTHS = 240
PRESETS = ("30d", "90d", "12m", "all")
CUSTOM = "days"
Histogram = tuple[int, int, int, int, int]
NOTHING: Histogram = (0, 0, 0, 0, 0)


class BadSpan(ValueError):
    """Days that no figures can be given for; `code` says why: order, future or early."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Span:
    """Days from `since` to `until`, both included."""

    since: date
    until: date

    @property
    def months(self) -> list[date]:
        """The first days of the months that the span touches."""
        found, month = [], self.since.replace(day=1)
        while month <= self.until:
            found.append(month)
            month = after_month(month)
        return found

    def part(self, month: date) -> Span:
        """What of a month lies in the span."""
        last = after_month(month) - timedelta(days=1)
        return Span(max(month, self.since), min(last, self.until))

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From the first moment on, to before the second."""
        return _midnight(self.since, zone), _midnight(self.until + timedelta(days=1), zone)


def after_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def before_months(month: date, count: int) -> date:
    number = max(month.year * 12 + month.month - 1 - count, 12)
    return date(number // 12, number % 12 + 1, 1)


def preset_span(*, preset: str, today: date, first: date | None) -> Span:
    """`first` is the first day that anything is known of. 12 months are this one and 11 before it,
    whole; `all` begins in the month of `first`, at most twenty years ago.
    """
    if preset in ("30d", "90d"):
        return Span(today - timedelta(days=int(preset[:-1]) - 1), today)
    if preset == "12m":
        return Span(before_months(today, 11), today)
    return Span(max(oldest(today), min(first or today, today).replace(day=1)), today)


def oldest(today: date) -> date:
    return before_months(today, MOST_MONTHS - 1)


def custom_span(*, since: date | None, until: date | None, today: date, first: date | None) -> Span:
    """An open end is the first day known or today. Raises BadSpan."""
    until = until or today
    since = since or max(oldest(today), min(first or today, until))
    if until > today:
        raise BadSpan("future")
    if min(since, until) < oldest(today):
        raise BadSpan("early")
    if since > until:
        raise BadSpan("order")
    return Span(since, until)


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least so many percent of all don't exceed; None of none."""
    if not ordered:
        return None
    return ordered[max(ceil(Fraction(percent * len(ordered), 100)), 1) - 1]


@dataclass(frozen=True)
class RatingMonth:
    """Reviews published in the month and days asked for, and the mean at its end of all till then.

    `mean` is None before the first review.
    """

    month: date
    new: Histogram
    mean: Fraction | None

    @property
    def count(self) -> int:
        return sum(self.new)


@dataclass(frozen=True)
class RatingPast:
    months: Sequence[RatingMonth]
    mean_before: Fraction | None
    lately: int


def rating_past(*, days: Iterable[tuple[date, int, int]], span: Span, today: date) -> RatingPast:
    """From day counts (day, stars, count): the months, and the mean `LOOK_BACK` ago with how many
    have come since. `today` is a UTC day, as those of the counts are.
    """
    months = span.months
    before, until_then = [0] * 5, [0] * 5
    monthly = {month: ([0] * 5, [0] * 5) for month in months}
    lately, border = 0, today - LOOK_BACK
    for day, stars, count in days:
        if day > border:
            lately += count
        else:
            before[stars - 1] += count
        if day > span.until:
            continue
        if day < span.since:
            until_then[stars - 1] += count
        else:
            monthly[day.replace(day=1)][0][stars - 1] += count
    found = []
    for month in months:
        new = monthly[month][0]
        until_then = [had + came for had, came in zip(until_then, new, strict=True)]
        found.append(RatingMonth(month, _histogram(new), ratings.mean(until_then)))
    return RatingPast(found, ratings.mean(before), lately)


@dataclass(frozen=True)
class ReplyTimes:
    """How many replies, and within how many seconds half and nine tenths of them were sent."""

    count: int
    median: int | None
    ninetieth: int | None


@dataclass(frozen=True)
class ReplyMonth:
    """`times` are of replies sent in the month; `sent` reviews came in it, of which `in_week` were
    answered within a week. `open`: some of them may still be.
    """

    month: date
    times: ReplyTimes
    sent: int
    in_week: int
    open: bool


@dataclass(frozen=True)
class ReplyPast:
    months: Sequence[ReplyMonth]
    times: ReplyTimes
    sent: int
    in_week: int


@dataclass
class Replies:
    """Fed review by review with (submitted, replied or None), keeps eight bytes of each reply."""

    span: Span
    zone: tzinfo
    now: datetime
    _starts: list[datetime] = field(init=False)
    _seconds: list[array[int]] = field(init=False)
    _sent: list[int] = field(init=False)
    _in_week: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._from, self._to = (moment.astimezone(UTC) for moment in self.span.moments(self.zone))
        months = self.span.months
        self._starts = [_midnight(month, self.zone).astimezone(UTC) for month in months]
        self._seconds = [array("q") for _ in months]
        self._sent, self._in_week = [0] * len(months), [0] * len(months)

    def add(self, submitted: datetime, replied: datetime | None) -> None:
        if self._from <= submitted < self._to:
            place = bisect_right(self._starts, submitted) - 1
            self._sent[place] += 1
            self._in_week[place] += replied is not None and replied - submitted <= WEEK
        if replied is not None and self._from <= replied < self._to:
            place = bisect_right(self._starts, replied) - 1
            self._seconds[place].append(taken(submitted, replied))

    def past(self) -> ReplyPast:
        together: array[int] = array("q")
        months = []
        for place, month in enumerate(self.span.months):
            together.extend(self._seconds[place])
            last = self.span.part(month).moments(self.zone)[1]
            months.append(
                ReplyMonth(
                    month=month,
                    times=reply_times(self._seconds[place]),
                    sent=self._sent[place],
                    in_week=self._in_week[place],
                    open=last + WEEK > self.now,
                )
            )
        return ReplyPast(months, reply_times(together), sum(self._sent), sum(self._in_week))


def taken(submitted: datetime, replied: datetime) -> int:
    """Whole seconds from a review to its reply; none where a clock went backwards."""
    return max(int((replied - submitted).total_seconds()), 0)


def reply_times(seconds: Iterable[int]) -> ReplyTimes:
    ordered = sorted(seconds)
    return ReplyTimes(len(ordered), nearest_rank(ordered, 50), nearest_rank(ordered, 90))


@dataclass(frozen=True)
class Changed:
    """Answered reviews that their authors edited afterwards: where the stars went."""

    raised: int
    lowered: int
    unchanged: int
    before: Fraction | None
    after: Fraction | None

    @property
    def count(self) -> int:
        return self.raised + self.lowered + self.unchanged


def changed(pairs: Iterable[tuple[int, int, int]]) -> Changed:
    """From (stars at the reply, stars now, how many)."""
    moves = [0, 0, 0]
    total = before = after = 0
    for was, stars, count in pairs:
        moves[(stars > was) - (stars < was)] += count
        total, before, after = total + count, before + was * count, after + stars * count
    return Changed(
        raised=moves[1],
        lowered=moves[-1],
        unchanged=moves[0],
        before=Fraction(before, total) if total else None,
        after=Fraction(after, total) if total else None,
    )


def _histogram(counts: Sequence[int]) -> Histogram:
    one, two, three, four, five = counts
    return (one, two, three, four, five)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
