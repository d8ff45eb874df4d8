"""The formulas, so plain that an outsider gets the same digits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.ratings import rules

pytestmark = pytest.mark.once

DAY = date(2026, 3, 2)
HISTOGRAMS = st.tuples(*[st.integers(0, 500)] * 5)


def score(*histogram: int, mean: float = 3.5, weight: float = 7) -> str:
    return str(rules.score(histogram=histogram, prior_mean=mean, prior_weight=weight))


def test_one_five_star_review_does_not_outrank_two_hundred_at_four_point_eight() -> None:
    assert score(0, 0, 0, 0, 1) == "3.687500"
    assert score(0, 0, 0, 40, 160) == "4.756039"


def test_without_reviews_the_score_is_the_prior() -> None:
    assert score(0, 0, 0, 0, 0) == "3.500000"


def test_a_score_is_rounded_half_to_even_at_six_places() -> None:
    assert score(0, 0, 0, 0, 0, mean=3.0000005) == "3.000000"
    assert score(0, 0, 0, 0, 0, mean=3.0000015) == "3.000002"
    assert score(0, 0, 1, 0, 0, mean=3.5, weight=2) == "3.333333"


@given(HISTOGRAMS)
def test_the_mean_is_the_sum_over_the_count(histogram: tuple[int, ...]) -> None:
    stars = [n for n, count in enumerate(histogram, start=1) for _ in range(count)]
    mean = rules.mean(histogram)
    assert mean == (Fraction(sum(stars), len(stars)) if stars else None)


@given(HISTOGRAMS, st.floats(1, 5).map(lambda value: round(value, 2)), st.integers(1, 50))
def test_a_score_lies_between_the_prior_and_the_mean(
    histogram: tuple[int, ...], prior: float, weight: int
) -> None:
    mean = rules.mean(histogram)
    found = rules.score(histogram=histogram, prior_mean=prior, prior_weight=weight)
    low, high = sorted([Fraction(str(prior)), mean if mean is not None else Fraction(str(prior))])
    slack = Fraction(1, 1_000_000)
    assert low - slack <= Fraction(found) <= high + slack


@given(HISTOGRAMS)
def test_another_five_never_lowers_a_score_and_another_one_never_raises_it(
    histogram: tuple[int, ...],
) -> None:
    one, *middle, five = histogram
    base = score(*histogram)
    assert Decimal(score(one, *middle, five + 1)) >= Decimal(base)
    assert Decimal(score(one + 1, *middle, five)) <= Decimal(base)


def aged(days: list[tuple[date, int, int]], half_life: float = 30) -> Decimal:
    return rules.aged_score(
        days=days, today=DAY, half_life_days=half_life, prior_mean=3.5, prior_weight=7
    )


def test_a_review_one_half_life_old_counts_half() -> None:
    assert aged([(DAY - timedelta(days=30), 5, 2)]) == aged([(DAY, 5, 1)])


def test_what_was_published_today_counts_whole_and_tomorrow_no_more() -> None:
    assert str(aged([(DAY, 5, 1)])) == score(0, 0, 0, 0, 1)
    assert aged([(DAY + timedelta(days=1), 5, 1)]) == aged([(DAY, 5, 1)])


def test_the_order_of_days_changes_no_digit() -> None:
    days = [(DAY - timedelta(days=n), 1 + n % 5, n + 1) for n in range(400)]
    assert aged(days) == aged(days[::-1])


@pytest.mark.parametrize(
    ("total", "count", "zeros", "zero_counts", "expected"),
    [
        (9, 3, 1, True, (Fraction(3), 3)),
        (9, 3, 1, False, (Fraction(9, 2), 2)),
        (0, 2, 2, True, (Fraction(0), 2)),
        (0, 2, 2, False, (None, 0)),
        (0, 0, 0, True, (None, 0)),
    ],
)
def test_whether_a_nought_counts_is_the_policy_s_word(
    total: int, count: int, zeros: int, zero_counts: bool, expected: object
) -> None:
    found = rules.quality_mean(total=total, count=count, zeros=zeros, zero_counts=zero_counts)
    assert found == expected


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(9, 2), 2, "4.50"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(25, 1000), 2, "0.02"),
        (Fraction(35, 1000), 2, "0.04"),
        (3.5, 6, "3.500000"),
    ],
)
def test_decimals_are_rounded_half_to_even(
    value: Fraction | float, places: int, expected: str
) -> None:
    assert str(rules.decimal(value, places)) == expected
