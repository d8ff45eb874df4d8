"""The formulas (DESIGN 5), pure, so that an outsider recomputes the same digits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

SECONDS_A_DAY = 86_400


def mean(histogram: Sequence[int]) -> Fraction | None:
    """The plain mean of the stars; None without reviews.

    `histogram` counts 1 to 5 stars, in this order.
    """
    count = sum(histogram)
    if not count:
        return None
    return Fraction(sum(stars * n for stars, n in enumerate(histogram, start=1)), count)


def decimal(value: Fraction | float, places: int) -> Decimal:
    """Rounded half to even. A fraction is rounded exactly; a float by its own binary value."""
    unit = Decimal(1).scaleb(-places)
    if isinstance(value, Fraction):
        return Decimal(round(value * 10**places)).scaleb(-places).quantize(unit)
    return Decimal(value).quantize(unit, rounding=ROUND_HALF_EVEN)


def score(*, histogram: Sequence[int], prior_mean: float, prior_weight: float) -> Decimal:
    """`(C*m + sum of stars) / (C + count)`, six places (FEATURES R91)."""
    c, m = Fraction(str(prior_weight)), Fraction(str(prior_mean))
    total = sum(stars * n for stars, n in enumerate(histogram, start=1))
    return decimal((c * m + total) / (c + sum(histogram)), 6)


def aged_score(
    *,
    days: Iterable[tuple[date, int, int]],
    today: date,
    half_life_days: float,
    prior_mean: float,
    prior_weight: float,
) -> Decimal:
    """The same with weights `2^(-age in days / half-life)`.

    `days` are (day, stars, count), added in this order.
    """
    weights = total = 0.0
    for day, stars, count in sorted(days):
        weight = count * 2.0 ** (-max((today - day).days, 0) / half_life_days)
        weights += weight
        total += weight * stars
    return decimal((prior_weight * prior_mean + total) / (prior_weight + weights), 6)


def quality_mean(
    *, total: int, count: int, zeros: int, zero_counts: bool
) -> tuple[Fraction | None, int]:
    """(mean, answers counted).

    Whether a 0 counts is the policy's word (R84); unanswered never does.
    """
    counted = count if zero_counts else count - zeros
    return (Fraction(total, counted) if counted else None), counted
