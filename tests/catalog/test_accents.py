"""Colours that can be read: the eight, and any that an operator wishes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import arvio.web
from arvio.catalog import accents
from arvio.catalog.accents import ACCENTS, DARK, LIGHT, Scheme

pytestmark = pytest.mark.once

SHEET = (Path(arvio.web.__file__).parent / "static/web/arvio.css").read_text("utf-8")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def tokens(block: str) -> dict[str, str]:
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    return {
        name: "#" + "".join(c * 2 for c in value[1:]) if len(value) == 4 else value
        for name, value in found.items()
    }


def blocks() -> tuple[str, str]:
    """The tokens of the light scheme and of the dark one."""
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")[:2]
    return light, dark.split("/* Ground */")[0]


@pytest.mark.parametrize(("block", "scheme"), list(zip(blocks(), (LIGHT, DARK), strict=True)))
def test_contrast_is_measured_against_the_tokens_of_the_look(block: str, scheme: Scheme) -> None:
    known = tokens(block.split("}")[0])
    names = ("bg", "surface", "sunken", "text", "text-3", "on-accent")
    assert [getattr(scheme, name.replace("-", "_")) for name in names] == [
        known[name] for name in names
    ]
    assert f"var(--accent) {scheme.soft:.0%}" in block


def test_the_eight_are_those_of_the_style_sheet_and_all_pass() -> None:
    for place, (block, scheme) in enumerate(zip(blocks(), (LIGHT, DARK), strict=True)):
        named = dict(re.findall(r'data-accent="(\w+)"\] \{ --accent: (#\w+)', block))
        named["indigo"] = tokens(block.split("}")[0])["accent"]
        assert named == {name: pair[place] for name, pair in ACCENTS.items()}
        assert all(accents.passes(pair[place], scheme) for pair in ACCENTS.values())


@pytest.mark.parametrize(
    ("one", "two", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_that_of_wcag(one: str, two: str, ratio: float) -> None:
    """Against the figures that the standard's own tools give."""
    assert accents.contrast(one, two) == pytest.approx(ratio, abs=0.005)
    assert accents.contrast(two, one) == accents.contrast(one, two)


@given(COLOURS)
def test_whatever_is_asked_for_something_near_can_be_read_on_light_and_on_dark(
    colour: str,
) -> None:
    near = accents.suggestion(colour)
    assert accents.passes(near, LIGHT)
    assert (near == colour) == accents.passes(colour, LIGHT)
    light, dark = accents.pair(near)
    assert light == near and accents.passes(dark, DARK)
