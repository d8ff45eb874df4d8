"""How dates, spans, names and texts of a file are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.connect import rules
from arvio.connect.tally import SkippedRow

pytestmark = pytest.mark.once

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LEAP = datetime(2024, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day", "edited"),
    [
        ("March 18, 2024", datetime(2024, 3, 18, tzinfo=UTC), False),
        ("Edited March 18, 2024", datetime(2024, 3, 18, tzinfo=UTC), True),
        (" december 1, 2017 ", datetime(2017, 12, 1, tzinfo=UTC), False),
        ("February 29, 2024", LEAP, False),
        ("March 2, 2026", datetime(2026, 3, 2, tzinfo=UTC), False),
    ],
)
def test_dates_are_read(text: str, day: datetime, edited: bool) -> None:
    assert rules.read_date(text, now=NOW) == (day, edited)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "bad_date"),
        ("2024-03-18", "bad_date"),
        ("18 March 2024", "bad_date"),
        ("March 32, 2024", "bad_date"),
        ("February 29, 2023", "bad_date"),
        ("Smarch 1, 2024", "bad_date"),
        ("March 1, 0001", "bad_date"),
        ("March 1, 24", "bad_date"),
        ("March 3, 2026", "future_date"),
        ("December 31, 9999", "future_date"),
    ],
)
def test_dates_that_are_none_are_refused(text: str, reason: str) -> None:
    with pytest.raises(SkippedRow, match=reason):
        rules.read_date(text, now=NOW)


@pytest.mark.parametrize(
    ("span", "since"),
    [
        ("8 months using the app", datetime(2023, 6, 29, tzinfo=UTC)),
        ("About 1 month using the app", datetime(2024, 1, 29, tzinfo=UTC)),
        ("Almost 6 years using the app", datetime(2018, 2, 28, tzinfo=UTC)),
        ("Over 2 years using the app", datetime(2022, 2, 28, tzinfo=UTC)),
        ("Over 4 years", datetime(2020, 2, 29, tzinfo=UTC)),
        ("12 minutes using the app", LEAP - timedelta(minutes=12)),
        ("About 3 hours using the app", LEAP - timedelta(hours=3)),
        ("1 day using the app", LEAP - timedelta(days=1)),
        ("2 weeks using the app", LEAP - timedelta(days=14)),
        ("Unknown", None),
        ("", None),
    ],
)
def test_spans_say_since_when_an_app_was_installed(span: str, since: datetime | None) -> None:
    assert rules.installed_before(span, at=LEAP) == since


@pytest.mark.parametrize(
    "span",
    [
        "a while",
        "-3 days using the app",
        "3 parsecs using the app",
        "3 days using the app, maybe",
        "9999 years using the app",
        "99999999999999999999 days using the app",
    ],
)
def test_spans_that_are_none_are_refused(span: str) -> None:
    with pytest.raises(SkippedRow, match="bad_span"):
        rules.installed_before(span, at=LEAP)


@pytest.mark.parametrize("text", ["0", "6", "4.5", "five", "", "-1", "5 stars", "٥", "true"])
def test_only_one_to_five_are_stars(text: str) -> None:
    with pytest.raises(SkippedRow, match="bad_rating"):
        rules.read_stars(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 10_001, "too_long"),
        ("a\x01b", "not_text"),
        ("a\ud800b", "not_text"),
        ("a\u202eb", "not_text"),
        ("<script>alert(1)</script>", "markup"),
    ],
)
def test_words_are_plain_text(text: str, reason: str) -> None:
    with pytest.raises(SkippedRow, match=reason):
        rules.read_words(text)


def test_an_empty_text_is_taken() -> None:
    assert rules.read_words("") == rules.read_words(" \n\u200b ") == ""


def test_refs_can_be_read_and_differ_where_names_do() -> None:
    assert rules.ref_of("Product Reviews by Appio") == "product-reviews-by-appio"
    assert rules.ref_of("Product  reviews by Appio ") == "product-reviews-by-appio"
    names = ["C Tools", "C++ Tools", "C# Tools", "Отзывы", "Отзыв", "!!!", "é", "e", "x" * 200]
    refs = [rules.ref_of(name) for name in names]
    assert len(set(refs)) == len(names)
    assert all(0 < len(ref) <= 100 for ref in refs)


@given(st.text(min_size=1, max_size=200))
def test_every_name_has_a_ref(name: str) -> None:
    ref = rules.ref_of(name.strip() or "x")
    assert 0 < len(ref) <= 100
    assert ref.isascii()
