"""The badge: a rating as a picture for other people's pages, without script, font or link of its
own (LOOK "Badge").
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

from django.template.loader import get_template
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from arvio.catalog import accents
from arvio.ratings.queries import RatedApp, Rating
from arvio.web import text_width
from arvio.web.templatetags.look import half_steps, mean, number
from arvio.web.xml_words import writable

Style: TypeAlias = Literal["line", "card"]
Scheme: TypeAlias = Literal["", "light", "dark"]
STYLES: tuple[Style, ...] = ("line", "card")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

SIZE, FIGURE_SIZE = 13, 36
LONGEST_NAME = 320
"""Pixels; a longer marketplace's name ends in an ellipsis, and stands whole in the title."""
MOST_PIPS = 20
HEIGHT: dict[Style, int] = {"line": 40, "card": 74}
EDGE: dict[Style, int] = {"line": 15, "card": 19}

# Surface, line, text, quiet text, star, its edge, the edge of an empty star and of an empty pip.
_COLOURS = {
    "light": "#fff #e4e4e9 #18181b #62626d #f7ab2e #b36b00 #868692 #868692",
    "dark": "#17171b #2b2b32 #eeeef1 #9d9daa #f5b544 #f5b544 #777783 #777783",
}


@dataclass(frozen=True)
class Badge:
    """`title` says all of it in a sentence; sizes are in pixels."""

    svg: str
    width: int
    height: int
    title: str
    policy: str


@dataclass(frozen=True)
class Words:
    """A text in its place, with the width that it fills."""

    text: str
    x: float
    y: float
    kind: str
    width: float


class _Row:
    """Things side by side, from the left."""

    def __init__(self, x: float) -> None:
        self.x = x
        self.words: list[Words] = []

    def skip(self, width: float) -> float:
        """Leave place, and tell where it begins."""
        begins, self.x = self.x, self.x + width
        return begins

    def say(self, text: str, y: float, kind: str, *, after: float = 0, size: float = SIZE) -> None:
        fills = text_width.width(text, size, bold=kind in ("mean", "figure"))
        if kind == "figure":
            fills -= 0.035 * size * len(text)
        self.skip(after)
        self.words.append(Words(text, round(self.x, 1), y, kind, round(fills, 1)))
        self.skip(fills)


def draw(found: RatedApp, *, style: Style, scheme: Scheme = "", verified: bool = False) -> Badge:
    """In the active language. `verified` says that every review is from an installation of which
    the marketplace told; only then the card says so.
    """
    rating, marketplace = found.rating, found.app.marketplace
    name = _one_line(marketplace.name)
    note = text_width.shorten(name, SIZE, LONGEST_NAME)
    if verified and style == "card":
        note = ngettext("verified install", "verified installs", rating.count)
    drawn = (_card if style == "card" else _line)(rating, note)
    title = _title(rating, app=_one_line(found.app.name), marketplace=name)
    sheet = _sheet(marketplace.accent, scheme)
    return _paint({**drawn, "style": style, "title": title, "about": _about(rating)}, sheet)


def refuse(sentence: str) -> Badge:
    """A picture that says what was wrong with the address of one."""
    row = _Row(EDGE["line"])
    row.say(sentence, 24.5, "said")
    width = _whole(row.x + EDGE["line"])
    drawn = {"words": row.words, "width": width, "style": "line", "title": sentence}
    return _paint(drawn, _sheet("indigo", ""))


def _paint(drawn: dict[str, Any], sheet: str) -> Badge:
    width, height = drawn["width"], HEIGHT[drawn["style"]]
    around = {
        "height": height,
        "right": width - 1,
        "bottom": height - 1,
        "sheet": sheet,
        "language": get_language(),
    }
    svg = get_template("web/badge.svg").render({**drawn, **around})
    return Badge(svg, width, height, drawn["title"], policy(sheet))


def _one_line(name: str) -> str:
    return writable(" ".join(name.split()))


def policy(sheet: str) -> str:
    """Opened by itself, a badge may show its own style sheet and do nothing."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; sandbox"


def _line(rating: Rating, note: str) -> dict[str, Any]:
    row, drawn = _Row(EDGE["line"]), dict[str, Any]()
    if rating.mean is not None:
        drawn["stars"] = _stars(rating, x=row.skip(82), y=13)
        row.say(mean(rating.mean), 25.5, "mean", after=11, size=15)
        drawn["rule"] = round(row.skip(20) + 10, 1)
    elif rating.count and rating.min_reviews <= MOST_PIPS:
        width = 6.4 * rating.min_reviews
        drawn["pips"] = _pips(rating, x=row.skip(width + 10), y=18, pitch=6.4, height=4)
    row.say(_count(rating), 24.5, "said")
    row.say(note, 24.5, "note", after=9)
    return {**drawn, "words": row.words, "width": _whole(row.x + EDGE["line"])}


def _card(rating: Rating, note: str) -> dict[str, Any]:
    figure, drawn = _Row(EDGE["card"]), dict[str, Any]()
    low = 51.0
    if rating.mean is not None:
        figure.say(mean(rating.mean), 50, "figure", size=FIGURE_SIZE)
        figure.skip(15)
        drawn["stars"] = _stars(rating, x=figure.x, y=18)
    elif rating.count:
        note = _shows_from(rating)
        if rating.min_reviews <= MOST_PIPS:
            drawn["pips"] = _pips(rating, x=figure.x, y=23, pitch=9.6, height=6)
        else:
            low = 41.5
    else:
        low = 41.5
    row = _Row(figure.x)
    row.say(_count(rating), low, "said")
    row.say(note, low, "note", after=7)
    least = figure.x + (9.6 * rating.min_reviews if "pips" in drawn else 82)
    width = _whole(max(row.x, least) + EDGE["card"])
    return {**drawn, "words": [*figure.words, *row.words], "width": width}


def _whole(width: float) -> int:
    return int(width) + 1


def _stars(rating: Rating, *, x: float, y: float) -> list[dict[str, Any]]:
    steps = half_steps(rating.mean or 0)
    kinds = ("off", "half", "on")
    return [
        {"x": round(x + 17 * place, 1), "y": y, "kind": kinds[max(0, min(2, steps - 2 * place))]}
        for place in range(5)
    ]


def _pips(
    rating: Rating, *, x: float, y: float, pitch: float, height: float
) -> list[dict[str, Any]]:
    return [
        {
            "x": round(x + pitch * place + 0.5, 1),
            "y": y + 0.5,
            "width": round(pitch - 2, 1),
            "height": height - 1,
            "kind": "pip" if place < rating.count else "empty",
        }
        for place in range(rating.min_reviews)
    ]


def _count(rating: Rating) -> str:
    if not rating.count:
        return _("No reviews yet")
    values = {"shown": number(rating.count)}
    if rating.mean is not None:
        return ngettext("%(shown)s review", "%(shown)s reviews", rating.count) % values
    values = {"count": number(rating.count), "of": number(rating.min_reviews)}
    return (
        ngettext("%(count)s of %(of)s review", "%(count)s of %(of)s reviews", rating.min_reviews)
        % values
    )


def _shows_from(rating: Rating) -> str:
    return ngettext("Rating shows from %(of)s", "Rating shows from %(of)s", rating.min_reviews) % {
        "of": number(rating.min_reviews)
    }


def _title(rating: Rating, *, app: str, marketplace: str) -> str:
    values = {"app": app, "marketplace": marketplace, "count": number(rating.count)}
    if not rating.count:
        return _("%(app)s on %(marketplace)s: no reviews yet") % values
    if rating.mean is not None:
        sentence = ngettext(
            "%(app)s on %(marketplace)s: %(mean)s out of 5 stars, %(count)s review",
            "%(app)s on %(marketplace)s: %(mean)s out of 5 stars, %(count)s reviews",
            rating.count,
        )
        return sentence % {**values, "mean": mean(rating.mean)}
    sentence = ngettext(
        "%(app)s on %(marketplace)s: %(count)s of %(of)s review",
        "%(app)s on %(marketplace)s: %(count)s of %(of)s reviews",
        rating.min_reviews,
    )
    return sentence % {**values, "of": number(rating.min_reviews)}


def _about(rating: Rating) -> str:
    if rating.mean is not None:
        return _("The stars are the plain mean of all published reviews.")
    return _shows_from(rating)


@cache
def _sheet(accent: str, scheme: Scheme) -> str:
    if scheme:
        return _font() + _colours(accent, scheme)
    dark = f"@media (prefers-color-scheme: dark) {{ {_colours(accent, 'dark')} }}"
    return f"{_font()}{_colours(accent, 'light')} {dark}"


def _font() -> str:
    family = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"
    return (
        f"text {{ font: {SIZE}px {family}; font-variant-numeric: tabular-nums }} "
        f".mean {{ font-size: 15px; font-weight: 600 }} "
        f".figure {{ font-size: {FIGURE_SIZE}px; font-weight: 600 }} "
    )


def _colours(accent: str, scheme: str) -> str:
    """The tokens of LOOK. No variables: not every program that draws SVG knows them."""
    surface, line, text, quiet, star, star_edge, star_off, edge = _COLOURS[scheme].split()
    chosen = accents.pair(accent)[scheme == "dark"]
    return (
        f".ground {{ fill: {surface}; stroke: {line} }} .rule {{ stroke: {line} }} "
        f".mean, .figure, .said {{ fill: {text} }} .note {{ fill: {quiet} }} "
        f".on {{ fill: {star}; stroke: {star_edge} }} .off {{ fill: none; stroke: {star_off} }} "
        f".pip {{ fill: {chosen}; stroke: {chosen} }} .empty {{ fill: none; stroke: {edge} }}"
    )
