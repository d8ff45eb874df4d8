"""Lengths of time: what ISO 8601 writes, and the same UTC time some months later."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.durations import Duration, DurationError, parse

pytestmark = pytest.mark.once

NOON = datetime(2026, 11, 18, 9, 42, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9000, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("P3D", 0, 3 * 86_400),
        ("P3M", 3, 0),
        ("PT48H", 0, 48 * 3600),
        ("P1Y", 12, 0),
        ("PT0S", 0, 0),
        ("P0D", 0, 0),
        ("P2W", 0, 14 * 86_400),
        ("PT5M", 0, 300),
        ("P1Y2M3DT4H5M6S", 14, 3 * 86_400 + 4 * 3600 + 5 * 60 + 6),
    ],
)
def test_a_duration_is_read_as_months_and_seconds(text: str, months: int, seconds: int) -> None:
    assert parse(text) == Duration(months=months, seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "", "P", "PT", "P1DT", "3D", "p3d", "P-3D", "-P3D", "P1.5D", "P3D ", "P1H", "PT1D",
        "P1D1Y", "PT1S1H", "P٣D", "P" + "9" * 60 + "D", "\0",
    ],
)  # fmt: skip
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(DurationError, match="P3D, P3M or PT48H"):
        parse(text)


@pytest.mark.parametrize("text", ["PT48H", "P2D", "P1W", "P12M", "P1Y", "PT0S", "P400D"])
def test_a_duration_is_written_as_it_was_read(text: str) -> None:
    assert str(parse(text)) == text


def test_two_spellings_of_one_length_are_equal() -> None:
    assert parse("PT48H") == parse("P2D")
    assert hash(parse("P12M")) == hash(parse("P1Y"))
    assert parse("P1M") != parse("P30D")


@given(months=st.integers(0, 500), seconds=st.integers(0, 10**8))
def test_every_duration_has_a_text_that_reads_back(months: int, seconds: int) -> None:
    length = Duration(months=months, seconds=seconds)
    assert parse(str(length)) == length


def test_no_duration_is_negative() -> None:
    with pytest.raises(DurationError, match="negative"):
        Duration(seconds=-1)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-18T09:42:00+00:00", 3, "2027-02-18T09:42:00+00:00"),
        ("2026-11-30T23:59:59+00:00", 3, "2027-02-28T23:59:59+00:00"),
        ("2027-11-30T00:00:00+00:00", 3, "2028-02-29T00:00:00+00:00"),
        ("2026-08-31T12:00:00+00:00", 1, "2026-09-30T12:00:00+00:00"),
        ("2028-02-29T12:00:00+00:00", 12, "2029-02-28T12:00:00+00:00"),
        ("2026-12-01T00:00:00+00:00", 1, "2027-01-01T00:00:00+00:00"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(
    start: str, months: int, end: str
) -> None:
    assert Duration(months=months).add(datetime.fromisoformat(start)) == datetime.fromisoformat(end)


@given(moment=moments, months=st.integers(0, 240))
def test_months_keep_the_time_of_day_and_the_day_where_there_is_one(
    moment: datetime, months: int
) -> None:
    end = Duration(months=months).add(moment)
    assert end.time() == moment.time()
    assert end.day == min(moment.day, monthrange(end.year, end.month)[1])
    assert (end.year - moment.year) * 12 + end.month - moment.month == months


@given(moment=moments, seconds=st.integers(0, 10**8))
def test_seconds_are_exact(moment: datetime, seconds: int) -> None:
    assert Duration(seconds=seconds).add(moment) - moment == timedelta(seconds=seconds)


def test_days_are_24_hours_across_a_change_of_the_clock() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=timezone(timedelta(hours=3)))  # Helsinki's summer
    assert parse("P3D").add(before) == datetime(2026, 10, 27, 9, tzinfo=UTC)


def test_months_are_counted_in_utc() -> None:
    near_midnight = datetime(2026, 12, 1, 1, tzinfo=timezone(timedelta(hours=3)))  # 30 Nov in UTC
    assert parse("P3M").add(near_midnight) == datetime(2027, 2, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["P1D", "P1M", "P9999Y", "P99999999D", "PT999999999999999999999S"])
def test_a_moment_after_the_year_9999_is_a_clear_error(text: str) -> None:
    with pytest.raises(DurationError, match="year 9999"):
        parse(text).add(datetime(9999, 12, 31, 23, tzinfo=UTC))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(DurationError, match="time zone"):
        parse("P1D").add(NOON.replace(tzinfo=None))


def test_only_the_empty_duration_is_false() -> None:
    assert not parse("PT0S")
    assert parse("PT1S")
    assert parse("P1M")
