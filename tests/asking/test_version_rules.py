"""Which version is the later one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.asking.version_rules import has_reached, read_version

pytestmark = pytest.mark.once

RISING = [
    "1",
    "1.9",
    "v1.10-dev",
    "1.10 alpha",
    "1.10.0-alpha.2",
    "1.10b1",
    "1.10-beta.2",
    "1.10rc1",
    "1.10 RC 2",
    "1.10",
    "1.10.1",
    "2.3.9.9",
    "2.3.10",
    "3",
    "2024.2",
    "2024.11",
    "2025-01-05",
    "2025-11-04",
]


@pytest.mark.parametrize("low", range(len(RISING)))
def test_the_usual_forms_are_in_order(low: int) -> None:
    assert has_reached(version=RISING[low], wanted=RISING[low])
    for high in RISING[low + 1 :]:
        assert has_reached(version=high, wanted=RISING[low]) is True, (RISING[low], high)
        assert has_reached(version=RISING[low], wanted=high) is False, (RISING[low], high)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2.3", "2.3.0"),
        ("v2.3", "2.3"),
        ("V 2.3", "version 2.3"),
        (" 2.3 ", "2.3"),
        ("2.3+build.45", "2.3"),
        ("2.3 (45)", "2.3.0 build 46"),
        ("2.3+", "2.3"),
        ("2.03", "2.3"),
        ("2.3-BETA.1", "2.3 beta 1"),
        ("Ver. 2.3", "2.3"),
    ],
)
def test_one_version_is_written_in_many_ways(one: str, other: str) -> None:
    assert has_reached(version=one, wanted=other) is True
    assert has_reached(version=other, wanted=one) is True


ODD = ["next", "2.x", "2.3-hotfix", "2.3b", "Aurora", "2,3", "1.2 or 2.3", "²", "2.3-1", "x" * 60]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_version_is_only_as_late_as_itself(odd: str) -> None:
    assert read_version(odd) is None
    assert has_reached(version=odd, wanted=f" {odd.upper()} ") is True
    assert has_reached(version=odd, wanted="1.0") is None
    assert has_reached(version="9.9", wanted=odd) is None


@pytest.mark.parametrize(("version", "wanted"), [("", ""), ("", "2.3"), ("2.3", " ")])
def test_nothing_is_no_version(version: str, wanted: str) -> None:
    assert has_reached(version=version, wanted=wanted) is None


parts = st.lists(st.integers(0, 10**6), min_size=1, max_size=6)


@given(parts, parts)
def test_numbers_compare_as_numbers(one: list[int], other: list[int]) -> None:
    def dotted(numbers: list[int]) -> str:
        return ".".join(map(str, numbers))

    length = max(len(one), len(other))
    padded = [numbers + [0] * (length - len(numbers)) for numbers in (one, other)]
    reached = has_reached(version=dotted(one), wanted=dotted(other))
    assert reached is (padded[0] >= padded[1])


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_get_an_answer(one: str, other: str) -> None:
    """And of two that can be told apart, one has reached the other."""
    forth, back = (
        has_reached(version=one, wanted=other),
        has_reached(version=other, wanted=one),
    )
    assert (forth is None) == (back is None)
    assert forth is None or forth or back
