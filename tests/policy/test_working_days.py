"""When a report is due: a table checked by hand against the published calendars, and laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.working_days import (
    check,
    due_at,
    is_working_day,
    published,
    working_days_left,
)

pytestmark = pytest.mark.once

DAY = timedelta(days=1)

# Russia: the production calendars that rest on article 112 of the Labour Code and on the
# Government's yearly decree: 10.08.2023 No. 1314 for 2024, 04.10.2024 No. 1335 for 2025 and
# 24.09.2025 No. 1466 for 2026; for 2027 the calendar that the package cites.
MOSCOW = [
    # New Year's holidays: 30 December 2024 to 8 January 2025, after the working Saturday 28th.
    ("2024-12-20 23:59+03:00", "2025-01-14 23:59+03:00"),
    ("2024-12-27 23:59+03:00", "2025-01-21 23:59+03:00"),
    ("2024-12-28 10:00+03:00", "2025-01-22 10:00+03:00"),  # the working Saturday
    ("2024-12-31 12:00+03:00", "2025-01-23 00:00+03:00"),  # a free Tuesday
    # 31 December 2025 to 11 January 2026: Friday the 9th is free for Saturday the 3rd.
    ("2025-12-26 23:59+03:00", "2026-01-21 23:59+03:00"),
    # 31 December 2026 to 10 January 2027.
    ("2026-12-25 23:59+03:00", "2027-01-19 23:59+03:00"),
    # May 2024: Saturday 27 April works, 28 April to 1 May and 9 to 12 May are free.
    ("2024-04-26 23:59+03:00", "2024-05-16 23:59+03:00"),
    ("2024-04-27 15:00+03:00", "2024-05-17 15:00+03:00"),
    ("2024-04-29 09:00+03:00", "2024-05-20 00:00+03:00"),
    # May 2025: 1 to 4 and 8 to 11. May 2026: 1 to 3 and 9 to 11.
    ("2025-04-30 18:00+03:00", "2025-05-20 18:00+03:00"),
    ("2026-04-30 20:00+03:00", "2026-05-18 20:00+03:00"),
    # Saturday 2 November 2024 and Saturday 1 November 2025 work.
    ("2024-11-01 23:59+03:00", "2024-11-15 23:59+03:00"),
    ("2025-10-31 23:59+03:00", "2025-11-17 23:59+03:00"),
    # Sunday 23 February 2025 moved to May, so Monday the 24th works; Monday 10 March too.
    ("2025-02-22 12:00+03:00", "2025-03-10 00:00+03:00"),
    # Thursday 12 and Friday 13 June 2025.
    ("2025-06-11 12:00+03:00", "2025-06-27 12:00+03:00"),
    # Sunday 8 March 2026 is made up for on Monday.
    ("2026-03-06 23:59+03:00", "2026-03-23 23:59+03:00"),
    # Saturday 20 February 2027 works for Monday the 22nd.
    ("2027-02-19 23:59+03:00", "2027-03-09 23:59+03:00"),
    # Friday in London, already Saturday here.
    ("2025-01-18 00:00+03:00", "2025-02-03 00:00+03:00"),
]

# Finland: the University of Helsinki's almanac; the eves of Christmas and Midsummer are free by
# the Annual Holidays Act and by collective agreements, New Year's Eve isn't.
HELSINKI = [
    ("2024-12-20 23:59+02:00", "2025-01-10 23:59+02:00"),  # 24 to 26, 1 and 6 January are free
    ("2024-12-27 23:59+02:00", "2025-01-14 23:59+02:00"),
    ("2025-12-19 23:59+02:00", "2026-01-09 23:59+02:00"),
    ("2026-12-18 23:59+02:00", "2027-01-07 23:59+02:00"),
    ("2024-12-24 10:00+02:00", "2025-01-14 00:00+02:00"),  # filed on Christmas Eve
    ("2024-06-20 16:00+03:00", "2024-07-05 16:00+03:00"),  # the day before Midsummer Eve
    ("2026-06-19 09:00+03:00", "2026-07-06 00:00+03:00"),  # filed on Midsummer Eve
    ("2025-04-16 10:00+03:00", "2025-05-05 10:00+03:00"),  # Easter and May Day
    ("2026-05-08 23:59+03:00", "2026-05-25 23:59+03:00"),  # Ascension Day, 14 May
    ("2026-03-20 23:59+02:00", "2026-04-07 23:59+03:00"),  # summer time begins, then Easter
    ("2026-10-16 23:59+03:00", "2026-10-30 23:59+02:00"),  # summer time ends
]

# The United States: the federal holidays as the Office of Personnel Management lists them.
NEW_YORK = [
    ("2024-12-20 23:59-05:00", "2025-01-07 23:59-05:00"),
    ("2025-12-19 23:59-05:00", "2026-01-06 23:59-05:00"),
    ("2026-12-18 23:59-05:00", "2027-01-05 23:59-05:00"),
    ("2027-12-31 09:00-05:00", "2028-01-18 00:00-05:00"),  # the Friday for Saturday 1 January
    ("2026-11-13 23:59-05:00", "2026-11-30 23:59-05:00"),  # Thanksgiving; the Friday works
    ("2027-06-11 12:00-04:00", "2027-06-28 12:00-04:00"),  # Juneteenth, kept on Friday the 18th
    ("2026-07-03 10:00-04:00", "2026-07-20 00:00-04:00"),  # Independence Day, kept on Friday
    ("2026-03-06 23:59-05:00", "2026-03-20 23:59-04:00"),  # summer time begins
    ("2026-10-23 23:59-04:00", "2026-11-06 23:59-05:00"),  # summer time ends
]

# California: the state's holidays (Government Code 6700) have the Friday after Thanksgiving.
CALIFORNIA = [("2026-11-13 23:59-08:00", "2026-12-01 23:59-08:00")]

# Bavaria: the state's Feiertagsgesetz has Epiphany and Corpus Christi; Berlin has neither.
MUNICH = [
    ("2026-01-05 08:00+01:00", "2026-01-20 08:00+01:00"),
    ("2025-06-06 23:59+02:00", "2025-06-24 23:59+02:00"),
]
BERLIN = [("2026-01-05 08:00+01:00", "2026-01-19 08:00+01:00")]

TABLE = [
    pytest.param(calendar, zone, filed, due, id=f"{calendar} {filed}")
    for calendar, zone, cases in [
        ("RU", "Europe/Moscow", MOSCOW),
        ("FI", "Europe/Helsinki", HELSINKI),
        ("US", "America/New_York", NEW_YORK),
        ("US-CA", "America/Los_Angeles", CALIFORNIA),
        ("DE-BY", "Europe/Berlin", MUNICH),
        ("DE-BE", "Europe/Berlin", BERLIN),
    ]
    for filed, due in cases
]


@pytest.mark.parametrize(("calendar", "zone", "filed", "due"), TABLE)
def test_ten_working_days_by_the_published_calendar(
    calendar: str, zone: str, filed: str, due: str
) -> None:
    found = due_at(
        filed_at=datetime.fromisoformat(filed).astimezone(UTC),
        days=10,
        calendar=calendar,
        time_zone=zone,
    )
    assert found == datetime.fromisoformat(due)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("year", "months"),
    [
        (2024, [17, 20, 20, 21, 20, 19, 23, 22, 21, 23, 21, 21]),
        (2025, [17, 20, 21, 22, 18, 19, 23, 21, 22, 23, 19, 22]),
        (2026, [15, 19, 21, 22, 19, 21, 23, 21, 22, 22, 20, 22]),
        (2027, [15, 19, 22, 22, 19, 21, 22, 22, 22, 21, 20, 22]),
    ],
)
def test_russias_months_have_the_working_days_of_the_production_calendar(
    year: int, months: list[int]
) -> None:
    days = [date(year, 1, 1) + DAY * n for n in range(365 + (year == 2024))]
    worked = [day.month for day in days if is_working_day(day=day, calendar="RU")]
    assert [worked.count(month) for month in range(1, 13)] == months


# --- Summer time on a working day: Sunday is one in Israel ----------------------------------------


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        # Helsinki's clocks go from 03:00 to 04:00 on Sunday 29 March 2026.
        ("2026-03-26T02:59:59+02:00", "2026-03-29T02:59:59+02:00"),
        ("2026-03-26T03:00:00+02:00", "2026-03-29T04:00:00+03:00"),
        ("2026-03-26T03:30:15.5+02:00", "2026-03-29T04:00:00+03:00"),
        ("2026-03-26T04:00:00+02:00", "2026-03-29T04:00:00+03:00"),
        # And from 04:00 back to 03:00 on Sunday 25 October 2026.
        ("2026-10-22T03:30:00+03:00", "2026-10-25T03:30:00+03:00"),
        ("2026-10-22T04:00:00+03:00", "2026-10-25T04:00:00+02:00"),
        # Filed the second time round.
        ("2026-10-25T03:30:00+02:00", "2026-10-26T03:30:00+02:00"),
    ],
)
def test_a_skipped_time_is_the_end_of_the_gap_and_a_doubled_one_its_first(
    filed: str, due: str
) -> None:
    assert due_at(
        filed_at=datetime.fromisoformat(filed), days=1, calendar="IL", time_zone="Europe/Helsinki"
    ) == datetime.fromisoformat(due)


def test_a_doubled_time_of_filing_and_a_skipped_due_time_meet_at_the_end_of_the_gap() -> None:
    # Morocco's clocks go back for Ramadan and forward again five weeks later, on Sundays.
    assert due_at(
        filed_at=datetime.fromisoformat("2026-02-15T02:30:00+00:00"),
        days=25,
        calendar="IL",
        time_zone="Africa/Casablanca",
    ) == datetime.fromisoformat("2026-03-22T03:00:00+01:00")


# --- Laws ----------------------------------------------------------------------------------------

PLACES = [
    {"calendar": "RU", "time_zone": "Europe/Moscow"},
    {"calendar": "FI", "time_zone": "Europe/Helsinki"},
    {"calendar": "US-CA", "time_zone": "America/Los_Angeles"},
    {"calendar": "IL", "time_zone": "Europe/Helsinki"},  # clocks change on a working day
]
places = st.sampled_from(PLACES)
lengths = st.integers(1, 60)
moments = st.datetimes(
    min_value=datetime(2023, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def local(moment: datetime, place: dict[str, str]) -> datetime:
    return moment.astimezone(ZoneInfo(place["time_zone"]))


def works(day: date, place: dict[str, str]) -> bool:
    return is_working_day(day=day, calendar=place["calendar"])


def counted_from(moment: datetime, place: dict[str, str]) -> date:
    day = local(moment, place).date()
    while not works(day, place):
        day += DAY
    return day


@given(filed=moments, days=lengths, place=places)
def test_exactly_so_many_working_days_lie_between(
    filed: datetime, days: int, place: dict[str, str]
) -> None:
    due = due_at(filed_at=filed, days=days, **place)
    first, last = counted_from(filed, place), local(due, place).date()
    between = [first + DAY * n for n in range(1, (last - first).days + 1)]
    assert due > filed
    assert sum(works(day, place) for day in between) == days
    assert works(last, place)


@given(filed=moments, later=st.timedeltas(timedelta(0), timedelta(days=20)), place=places)
def test_what_is_filed_later_by_the_clock_on_the_wall_is_due_no_earlier(
    filed: datetime, later: timedelta, place: dict[str, str]
) -> None:
    second = filed + later
    if local(second, place).replace(tzinfo=None) < local(filed, place).replace(tzinfo=None):
        second, filed = filed, second
    assert due_at(filed_at=filed, days=10, **place) <= due_at(filed_at=second, days=10, **place)


@given(filed=moments, at=st.times(), days=lengths, place=places.filter(lambda p: p != PLACES[-1]))
def test_within_a_working_day_the_due_day_stays_and_the_local_time_follows(
    filed: datetime, at: time, days: int, place: dict[str, str]
) -> None:
    day = counted_from(filed, place)
    zone = ZoneInfo(place["time_zone"])
    morning = due_at(filed_at=datetime.combine(day, time(), zone), days=days, **place)
    due = due_at(filed_at=datetime.combine(day, at, zone), days=days, **place)
    assert local(due, place).date() == local(morning, place).date()
    assert local(due, place).time() == at


@given(filed=moments, days=lengths, place=places)
def test_what_was_just_filed_has_all_its_days_left(
    filed: datetime, days: int, place: dict[str, str]
) -> None:
    due = due_at(filed_at=filed, days=days, **place)
    at_midnight = works(local(filed, place).date(), place) and local(filed, place).time() == time()
    assert working_days_left(due_at=due, now=filed, **place) == days - at_midnight


@given(due=moments, now=moments, later=st.timedeltas(timedelta(0), timedelta(days=9)), place=places)
def test_the_days_left_only_ever_get_fewer(
    due: datetime, now: datetime, later: timedelta, place: dict[str, str]
) -> None:
    left = working_days_left(due_at=due, now=now, **place)
    assert working_days_left(due_at=due, now=now + later, **place) <= left
    assert (left < 0) == (now >= due)


# --- Days left ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-12-25 23:59", 10),
        ("2026-12-26 12:00", 10),  # a Saturday takes nothing away
        ("2026-12-28 00:00", 9),
        ("2026-12-31 12:00", 7),  # neither do the holidays
        ("2027-01-10 23:59", 7),
        ("2027-01-18 09:00", 1),
        ("2027-01-19 00:00", 0),
        ("2027-01-19 23:58", 0),
        ("2027-01-19 23:59", -1),
        ("2027-01-20 23:59", -1),
        ("2027-01-21 00:00", -2),
        ("2027-01-22 12:00", -3),
        ("2027-01-24 12:00", -3),  # a Sunday
        ("2027-01-25 12:00", -4),
    ],
)
def test_the_days_left_of_a_report_over_the_new_year_in_moscow(now: str, left: int) -> None:
    assert left == working_days_left(
        due_at=datetime.fromisoformat("2027-01-19 23:59+03:00"),
        now=datetime.fromisoformat(f"{now}+03:00"),
        **PLACES[0],
    )


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-06-17 12:00", 1),
        ("2026-06-18 12:00", 0),  # Thursday: no working day begins before Monday 00:00
        ("2026-06-19 12:00", 0),  # Midsummer Eve
        ("2026-06-21 23:59", 0),
        ("2026-06-22 00:00", -1),
        ("2026-06-23 00:00", -2),
    ],
)
def test_what_is_due_at_midnight_is_due_at_the_end_of_the_day_before(now: str, left: int) -> None:
    assert left == working_days_left(
        due_at=datetime.fromisoformat("2026-06-22 00:00+03:00"),
        now=datetime.fromisoformat(f"{now}+03:00"),
        **PLACES[1],
    )


# --- Calendars ----------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2025, 12, 31)])
def test_a_year_has_its_first_day_and_its_last(day: date) -> None:
    assert is_working_day(day=day, calendar="IL")
    assert not is_working_day(day=day, calendar="RU")


@pytest.mark.parametrize("calendar", ["RU", "FI", "FI-01", "US", "US-CA", "DE-BY", "GB-SCT"])
def test_a_country_or_a_part_of_one_is_a_calendar(calendar: str) -> None:
    check(calendar)


@pytest.mark.parametrize(
    ("calendar", "allowed"),
    [
        ("XX", "FI, RU or US"),
        ("fi", "FI, RU or US"),
        ("FIN", "FI, RU or US"),
        ("tr", "FI, RU or US"),
        ("", "FI, RU or US"),
        ("US-", "FI, RU or US"),
        ("US-CA\n", "FI, RU or US"),
        ("DE-XX", "BE, BW, BY"),
        ("RU-MOW", "RU has no parts"),
    ],
)
def test_an_unknown_calendar_is_refused_with_what_is_allowed(calendar: str, allowed: str) -> None:
    with pytest.raises(ValueError, match=allowed):
        check(calendar)
    with pytest.raises(ValueError, match=allowed):
        due_at(
            filed_at=datetime(2026, 1, 1, tzinfo=UTC), days=1, calendar=calendar, time_zone="UTC"
        )


@pytest.mark.parametrize(
    ("calendar", "year", "known"),
    [
        ("RU", 2024, True),
        ("RU", 2027, True),
        ("RU", 2090, False),  # a decree for each year, and none of that one
        ("CN", 2090, False),
        ("FI", 2090, True),  # the law names the days
        ("US-CA", 2090, True),
        ("FI", 2190, False),
    ],
)
def test_a_year_is_published_when_its_moved_days_are_known(
    calendar: str, year: int, known: bool
) -> None:
    assert published(calendar=calendar, year=year) is known


@pytest.mark.parametrize(
    "ask",
    [
        lambda naive: due_at(filed_at=naive, days=1, **PLACES[0]),
        lambda naive: working_days_left(due_at=naive, now=naive, **PLACES[0]),
    ],
)
def test_a_moment_without_a_zone_is_refused(ask: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        ask(datetime(2026, 1, 1))  # noqa: DTZ001
