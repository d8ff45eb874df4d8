"""Charts as numbers: where lines, columns and words stand in a picture. The templates draw them.

Every length is an attribute of an SVG element, so that the pages need no inline style (DESIGN 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor

# More columns than these, and figures over each would run into each other.
MOST_FIGURES = 14
Write = Callable[[float], str]


@dataclass(frozen=True)
class Text:
    """`kind` is the class: end (right-aligned), mid (centred) or strong (centred, darker)."""

    x: float
    y: float
    words: str
    kind: str = "mid"


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    kind: str = "col"


@dataclass(frozen=True)
class Stem:
    x: float
    y1: float
    y2: float


@dataclass(frozen=True)
class Dot:
    x: float
    y: float


@dataclass
class Chart:
    """A picture of `width` times `height`; what is in it lies between `left` and `right`."""

    width: int
    height: int
    left: int
    right: int
    rules: list[float] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    stems: list[Stem] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    stars: list[Dot] = field(default_factory=list)
    line: str = ""
    area: str = ""

    @property
    def wide(self) -> bool:
        return self.width > WIDTH

    def places(self, count: int) -> list[float]:
        """The middles of so many columns."""
        step = (self.right - self.left) / max(count, 1)
        return [round(self.left + step * (place + 0.5), 1) for place in range(count)]

    def column(self, count: int, widest: int) -> float:
        return round(min(widest, (self.right - self.left) / max(count, 1) * 0.6), 1)

    def axis(self, y: float, words: str) -> None:
        """A hairline with its figure before it."""
        self.rules.append(round(y, 1))
        self.texts.append(Text(self.left - 8, round(y + 4, 1), words, "end"))

    def below(self, y: float, places: Sequence[float], words: Sequence[str]) -> None:
        """The names of the columns; an empty one isn't written, and a long one ends at the edge."""
        for x, text in zip(places, words, strict=True):
            if text and x + len(text) * HALF_A_LETTER > self.width:
                self.texts.append(Text(self.width, y, text, "end"))
            elif text:
                self.texts.append(Text(x, y, text))


WIDTH, WIDE = 310, 680
HALF_A_LETTER = 3.2


def height_between(value: float, low: float, high: float, bottom: float, top: float) -> float:
    """Where a value stands when `low` is at `bottom` and `high` at `top`."""
    return round(bottom - (value - low) / (high - low) * (bottom - top), 1)


def whole_stars(values: Sequence[float]) -> tuple[int, int]:
    """The stars between which all these means lie, at least one apart."""
    low = max(min(floor(min(values)), 4), 1)
    return low, max(ceil(max(values)), low + 1)


def rating_chart(
    *,
    means: Sequence[float | None],
    counts: Sequence[int],
    labels: Sequence[str],
    write_mean: Write,
    write_count: Write,
) -> Chart:
    """The mean at the end of each month as a line; under it a column for what came in the month.

    The line begins with the first mean; its two ends are labelled.
    """
    chart = Chart(WIDE, 282, 32, 668)
    known = [mean for mean in means if mean is not None]
    top, bottom, base = 12, 168, 258
    low, high = whole_stars(known) if known else (4, 5)
    steps = 4 if high - low == 1 else high - low
    for step in range(steps + 1):
        y = height_between(step, 0, steps, bottom, top)
        if steps == high - low or step % 2 == 0:
            chart.axis(y, write_mean(low + (high - low) * step / steps))
        else:
            chart.rules.append(y)
    chart.rules.append(base)
    places = chart.places(len(means))
    points = [
        Dot(x, height_between(mean, low, high, bottom, top))
        for x, mean in zip(places, means, strict=True)
        if mean is not None
    ]
    if points:
        _draw_line(chart, points, bottom)
        _name_ends(chart, points, [write_mean(known[0]), write_mean(known[-1])])
    _columns(chart, places, counts, base, 46, max([*counts, 1]), write_count)
    chart.below(276, places, labels)
    return chart


def _draw_line(chart: Chart, points: Sequence[Dot], bottom: float) -> None:
    chart.dots = [points[0], points[-1]] if len(points) > 1 else [points[0]]
    if len(points) > 1:
        chart.line = "M" + "L".join(f"{point.x} {point.y}" for point in points)
        chart.area = f"{chart.line}V{bottom}H{points[0].x}Z"


def _name_ends(chart: Chart, points: Sequence[Dot], words: Sequence[str]) -> None:
    for point, text in {points[0]: words[0], points[-1]: words[1]}.items():
        # Over the point; at the very top there is room only under it.
        chart.texts.append(
            Text(point.x, round(point.y + (18 if point.y < 20 else -10), 1), text, "strong")
        )


def _columns(
    chart: Chart,
    places: Sequence[float],
    counts: Sequence[int],
    base: float,
    room: float,
    most: int,
    write: Write,
) -> None:
    width = chart.column(len(places), 20)
    for x, count in zip(places, counts, strict=True):
        if not count:
            continue
        height = round(max(room * count / most, 1.5), 1)
        chart.boxes.append(Box(round(x - width / 2, 1), round(base - height, 1), width, height))
        if len(places) <= MOST_FIGURES:
            chart.texts.append(Text(x, round(base - height - 6, 1), write(count)))


def stars_chart(
    *, histograms: Sequence[Sequence[int]], labels: Sequence[str], write: Write
) -> Chart:
    """New reviews by stars, a row of columns for each number of stars, all to one scale."""
    chart = Chart(WIDE, 5 * 46 + 22, 40, 668)
    places = chart.places(len(histograms))
    most = max([count for histogram in histograms for count in histogram] or [1]) or 1
    for row, stars in enumerate((5, 4, 3, 2, 1)):
        base = 46 * (row + 1)
        chart.rules.append(base)
        chart.texts.append(Text(12, base - 4, str(stars), "end"))
        chart.stars.append(Dot(16, base - 14))
        _columns(chart, places, [h[stars - 1] for h in histograms], base, 26, most, write)
    chart.below(5 * 46 + 18, places, labels)
    return chart


def times_chart(
    *,
    values: Sequence[float | None],
    labels: Sequence[str],
    step: float,
    write: Write,
    write_last: Write,
) -> Chart:
    """A length of time for each month as a stem with a head; the last one is labelled.

    `step` is a third of the axis, as `thirds` gives it.
    """
    top, bottom, high = 12, 150, step * 3
    names = [write(step * place) for place in range(4)]
    room = 8 + ceil(2 * HALF_A_LETTER * max(map(len, names)))
    chart = Chart(WIDTH, 178, max(36, room), 302)
    for place, words in enumerate(names):
        chart.axis(height_between(step * place, 0, high, bottom, top), words)
    places = chart.places(len(values))
    known = [(x, value) for x, value in zip(places, values, strict=True) if value is not None]
    for x, value in known:
        dot = Dot(x, height_between(value, 0, high, bottom, top))
        chart.stems.append(Stem(x, bottom, dot.y))
        chart.dots.append(dot)
    if known:
        _name_ends(chart, [chart.dots[-1]], [write_last(known[-1][1])] * 2)
    chart.below(168, places, labels)
    return chart


def thirds(most: float, steps: Sequence[float]) -> float:
    """The smallest of these steps of which three reach `most`; beyond them all, a whole third."""
    return next((step for step in steps if step * 3 >= most), float(ceil(most / 3)))


def shares_chart(*, shares: Sequence[float | None], labels: Sequence[str], write: Write) -> Chart:
    """Columns of a hundred percent, filled up to each share; None is a month without any."""
    chart = Chart(WIDTH, 178, 46, 306)
    top, bottom = 12, 150
    for share in (0.0, 0.5, 1.0):
        chart.axis(height_between(share, 0, 1, bottom, top), write(share))
    places = chart.places(len(shares))
    width = chart.column(len(shares), 18)
    for x, filled in zip(places, shares, strict=True):
        if filled is None:
            continue
        left, y = round(x - width / 2, 1), height_between(filled, 0, 1, bottom, top)
        chart.boxes.append(Box(left, top, width, bottom - top, "rest"))
        if filled:
            chart.boxes.append(Box(left, y, width, round(bottom - y, 1), "fill"))
    chart.below(168, places, labels)
    return chart


def columns_chart(*, counts: Sequence[int], labels: Sequence[str], write: Write) -> Chart:
    """A column for each of a few classes, its figure over it."""
    chart = Chart(WIDTH, 178, 8, 302)
    base = 150
    chart.rules.append(base)
    places = chart.places(len(counts))
    _columns(chart, places, counts, base, 112, max([*counts, 1]), write)
    chart.below(168, places, labels)
    return chart


def days_chart(*, counts: Sequence[int], labels: Sequence[str], write: Write) -> Chart:
    """A column for each of many days, with an axis instead of figures over them."""
    chart = Chart(WIDE, 178, 46, 668)
    top, bottom = 12, 150
    most = max([*counts, 1])
    for value in sorted({0, most // 2, most}):
        chart.axis(height_between(value, 0, most, bottom, top), write(value))
    places = chart.places(len(counts))
    _columns(chart, places, counts, bottom, bottom - top, most, write)
    chart.below(168, places, labels)
    return chart


def sparse(words: Sequence[str], most: int) -> list[str]:
    """At most so many of the words, evenly, the last one always; the rest empty."""
    step = ceil(len(words) / most) if words else 1
    last = len(words) - 1
    return [word if (last - place) % step == 0 else "" for place, word in enumerate(words)]
