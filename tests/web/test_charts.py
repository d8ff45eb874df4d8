"""Where things stand in a chart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.web import charts
from arvio.web.charts import Chart

pytestmark = pytest.mark.once
months = st.integers(1, 240)


def plain(value: float) -> str:
    return f"{value:g}"


def inside(chart: Chart) -> None:
    """Nothing that is drawn leaves the picture, and no length is negative."""
    for box in chart.boxes:
        assert box.width > 0 and box.height > 0
        assert chart.left - 1 <= box.x and box.x + box.width <= chart.right + 1
        assert box.y >= 0 and box.y + box.height <= chart.height
    for dot in chart.dots:
        assert chart.left <= dot.x <= chart.right and 0 <= dot.y <= chart.height
    for text in chart.texts:
        assert 0 <= text.x <= chart.width and 0 < text.y <= chart.height
    assert all(0 <= rule <= chart.height for rule in chart.rules)


@given(
    st.lists(
        st.tuples(st.none() | st.floats(1, 5), st.integers(0, 10**6)), min_size=1, max_size=240
    )
)
def test_a_rating_lies_between_its_stars(past: list[tuple[float | None, int]]) -> None:
    means = [mean for mean, _ in past]
    chart = charts.rating_chart(
        means=means,
        counts=[count for _, count in past],
        labels=["Nov"] * len(past),
        write_mean=plain,
        write_count=plain,
    )
    inside(chart)
    known = [mean for mean in means if mean is not None]
    assert len(chart.dots) == min(len(known), 2)
    assert bool(chart.line) == (len(known) > 1)
    assert len(chart.boxes) == sum(count > 0 for _, count in past)


@given(st.lists(st.lists(st.integers(0, 999), min_size=5, max_size=5), min_size=1, max_size=240))
def test_columns_of_stars_have_one_scale(histograms: list[list[int]]) -> None:
    chart = charts.stars_chart(histograms=histograms, labels=[""] * len(histograms), write=plain)
    inside(chart)
    assert len(chart.stars) == 5
    if any(map(any, histograms)):
        assert max(box.height for box in chart.boxes) == 26
        assert len(chart.boxes) == sum(n > 0 for row in histograms for n in row)


@given(st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=240))
def test_times_stay_under_the_top(values: list[int | None]) -> None:
    most = max((value for value in values if value is not None), default=0)
    step = charts.thirds(most, [60, 3600, 86_400])
    chart = charts.times_chart(
        values=values, labels=[""] * len(values), step=step or 1, write=plain, write_last=plain
    )
    inside(chart)
    assert len(chart.stems) == len(chart.dots) == sum(value is not None for value in values)


def test_the_longest_name_of_the_axis_of_times_has_room() -> None:
    chart = charts.times_chart(
        values=[60], labels=["Dec"], step=300, write=lambda s: f"{s / 60:.0f} min", write_last=plain
    )
    longest = next(text for text in chart.texts if text.words == "15 min")
    assert longest.x >= 2 * charts.HALF_A_LETTER * len("15 min")


@given(st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=240))
def test_a_share_fills_its_column(shares: list[float | None]) -> None:
    chart = charts.shares_chart(shares=shares, labels=[""] * len(shares), write=plain)
    rest = [box for box in chart.boxes if box.kind == "rest"]
    assert len(rest) == sum(share is not None for share in shares)
    for box in chart.boxes:
        assert box.height <= rest[0].height
    assert all(text.words in {"0", "0.5", "1"} for text in chart.texts)


def test_the_axis_is_as_narrow_as_whole_stars_allow() -> None:
    assert charts.whole_stars([4.2, 4.6]) == (4, 5)
    assert charts.whole_stars([5.0]) == (4, 5)
    assert charts.whole_stars([4.0]) == (4, 5)
    assert charts.whole_stars([1.0]) == (1, 2)
    assert charts.whole_stars([2.1, 4.0]) == (2, 4)


def test_names_get_sparse_and_the_last_stays() -> None:
    assert charts.sparse(list("abcde"), 5) == list("abcde")
    assert charts.sparse(list("abcde"), 3) == ["a", "", "c", "", "e"]
    assert charts.sparse(list("abcdef"), 2) == ["", "", "c", "", "", "f"]
    assert charts.sparse([], 3) == []


@given(st.lists(st.text(min_size=1), max_size=300), st.integers(1, 20))
def test_never_more_names_than_there_is_room_for(words: list[str], most: int) -> None:
    assert sum(map(bool, charts.sparse(words, most))) <= most


def test_few_columns_are_not_fat_and_many_not_on_each_other() -> None:
    for count in (1, 12, 240):
        chart = Chart(680, 282, 32, 668)
        places = chart.places(count)
        width = chart.column(count, 20)
        assert width <= 20
        assert all(after - before > width for before, after in pairwise(places))
