"""The figures of the insights, against the slow and plain way of counting them."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.reviews import insight_rules as rules
from arvio.reviews.insight_rules import BadSpan, Span

pytestmark = pytest.mark.once
TODAY = date(2026, 3, 2)
days = st.dates(min_value=date(2024, 11, 1), max_value=TODAY)
moments = st.integers(0, 486 * 86_400).map(
    lambda seconds: datetime(2024, 11, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
zones = st.sampled_from(["UTC", "Europe/Moscow", "America/New_York", "Pacific/Kiritimati"])
counts = st.lists(st.tuples(days, st.integers(1, 5), st.integers(1, 9)), max_size=30)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first, second = sorted((draw(days), draw(days)))
    return Span(first, second)


def mean(stars: list[int]) -> Fraction | None:
    return Fraction(sum(stars), len(stars)) if stars else None


@given(spans())
def test_months_cover_every_day_of_the_span_once(span: Span) -> None:
    covered = []
    for month in span.months:
        part = span.part(month)
        covered += [part.since + timedelta(n) for n in range((part.until - part.since).days + 1)]
    every = [span.since + timedelta(n) for n in range((span.until - span.since).days + 1)]
    assert covered == every


@given(counts, spans())
def test_the_rating_of_a_month_is_the_mean_of_all_published_up_to_its_end(
    published: list[tuple[date, int, int]], span: Span
) -> None:
    stars = [(day, stars) for day, stars, count in published for _ in range(count)]
    found = rules.rating_past(days=published, span=span, today=TODAY)
    for one in found.months:
        last = calendar.monthrange(one.month.year, one.month.month)[1]
        end = min(one.month.replace(day=last), span.until)
        start = max(one.month, span.since)
        assert one.mean == mean([n for day, n in stars if day <= end])
        for number in range(1, 6):
            new = sum(1 for day, n in stars if start <= day <= end and n == number)
            assert one.new[number - 1] == new
    border = TODAY - timedelta(days=90)
    assert found.mean_before == mean([n for day, n in stars if day <= border])
    assert found.lately == sum(1 for day, _ in stars if day > border)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.integers(1, 100))
def test_a_nearest_rank_is_the_smallest_value_that_enough_do_not_exceed(
    values: list[int], percent: int
) -> None:
    found = rules.nearest_rank(sorted(values), percent)
    enough = [
        value
        for value in values
        if 100 * sum(1 for other in values if other <= value) >= percent * len(values)
    ]
    assert found == min(enough)


def test_the_ranks_of_few_are_those_of_the_table() -> None:
    assert rules.nearest_rank([], 50) is None
    assert [rules.nearest_rank([7], p) for p in (1, 50, 90, 100)] == [7, 7, 7, 7]
    assert rules.nearest_rank([1, 2, 3, 4], 50) == 2
    assert rules.nearest_rank(range(1, 11), 90) == 9
    assert rules.nearest_rank(range(1, 12), 90) == 10


@given(
    st.lists(st.tuples(moments, st.none() | st.timedeltas(timedelta(0), timedelta(60)))),
    spans(),
    zones,
)
def test_replies_are_counted_in_the_months_of_the_zone(
    sent: list[tuple[datetime, timedelta | None]], span: Span, zone: str
) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    local = ZoneInfo(zone)
    counted = rules.Replies(span=span, zone=local, now=now)
    for submitted, wait in sent:
        counted.add(submitted, None if wait is None else submitted + wait)
    found = counted.past()

    def inside(at: datetime, month: date | None) -> bool:
        day = at.astimezone(local).date()
        return span.since <= day <= span.until and month in (None, day.replace(day=1))

    pasts: list[tuple[date | None, Any]] = [(None, found)]
    for month, one in pasts + [(one.month, one) for one in found.months]:
        came = [(at, wait) for at, wait in sent if inside(at, month)]
        waits = [
            int(wait.total_seconds())
            for at, wait in sent
            if wait is not None and inside(at + wait, month)
        ]
        assert one.sent == len(came)
        assert one.in_week == sum(
            wait is not None and wait <= timedelta(days=7) for _, wait in came
        )
        assert one.times.count == len(waits)
        assert one.times.median == rules.nearest_rank(sorted(waits), 50)
        assert one.times.ninetieth == rules.nearest_rank(sorted(waits), 90)


def test_a_week_is_seven_times_24_hours_to_the_second() -> None:
    span, zone = Span(date(2026, 1, 1), date(2026, 1, 31)), ZoneInfo("Europe/Helsinki")
    sent = datetime(2026, 1, 10, 12, tzinfo=UTC)
    counted = rules.Replies(span=span, zone=zone, now=datetime(2026, 3, 2, tzinfo=UTC))
    counted.add(sent, sent + timedelta(days=7))
    counted.add(sent, sent + timedelta(days=7, microseconds=1))
    assert (counted.past().in_week, counted.past().sent) == (1, 2)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (datetime(2026, 2, 7, 21, 59, tzinfo=UTC), True),
        (datetime(2026, 2, 7, 22, tzinfo=UTC), False),
    ],
)
def test_a_month_is_open_until_its_last_review_is_a_week_old(now: datetime, is_open: bool) -> None:
    span, zone = Span(date(2026, 1, 1), date(2026, 1, 31)), ZoneInfo("Europe/Helsinki")
    (month,) = rules.Replies(span=span, zone=zone, now=now).past().months
    assert month.open is is_open


def test_presets_end_today() -> None:
    def span(preset: str, first: date | None = None) -> Span:
        return rules.preset_span(preset=preset, today=TODAY, first=first)

    assert span("30d") == Span(date(2026, 2, 1), TODAY)
    assert span("90d") == Span(date(2025, 12, 3), TODAY)
    assert span("12m") == Span(date(2025, 4, 1), TODAY)
    assert span("all") == Span(date(2026, 3, 1), TODAY)
    assert span("all", date(2021, 6, 17)) == Span(date(2021, 6, 1), TODAY)
    assert span("all", date(1970, 1, 1)) == Span(date(2006, 4, 1), TODAY)
    assert len(span("all", date(1970, 1, 1)).months) == rules.MOST_MONTHS


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (date(2026, 3, 1), date(2026, 2, 28), "order"),
        (date(2026, 3, 1), date(2026, 3, 3), "future"),
        (date(2026, 4, 1), None, "order"),
        (date(1, 1, 1), None, "early"),
        (None, date(1, 1, 2), "early"),
        (None, date.max, "future"),
    ],
)
def test_days_that_cannot_be_are_named(since: date | None, until: date | None, code: str) -> None:
    with pytest.raises(BadSpan) as raised:
        rules.custom_span(since=since, until=until, today=TODAY, first=None)
    assert raised.value.code == code


@given(st.none() | st.dates(), st.none() | st.dates(), st.none() | days, st.dates(), zones)
def test_whatever_days_are_given_a_span_can_be_counted(
    since: date | None, until: date | None, first: date | None, today: date, zone: str
) -> None:
    today = max(today, date(1990, 1, 1)) if today.year < 9000 else TODAY
    try:
        span = rules.custom_span(since=since, until=until, today=today, first=first)
    except BadSpan:
        return
    assert span.since <= span.until <= today
    assert 1 <= len(span.months) <= rules.MOST_MONTHS
    assert all(moment.astimezone(UTC) for moment in span.moments(ZoneInfo(zone)))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9))))
def test_what_changed_adds_up(pairs: list[tuple[int, int, int]]) -> None:
    each = [(was, stars) for was, stars, count in pairs for _ in range(count)]
    found = rules.changed(pairs)
    assert found.count == len(each)
    assert found.raised == sum(stars > was for was, stars in each)
    assert found.lowered == sum(stars < was for was, stars in each)
    assert found.before == mean([was for was, _ in each])
    assert found.after == mean([stars for _, stars in each])


def test_a_review_of_the_90th_day_before_was_there_then() -> None:
    published = [(TODAY - timedelta(days=90), 1, 1), (TODAY - timedelta(days=89), 5, 2)]
    found = rules.rating_past(days=published, span=Span(TODAY, TODAY), today=TODAY)
    assert (found.mean_before, found.lately) == (Fraction(1), 2)
