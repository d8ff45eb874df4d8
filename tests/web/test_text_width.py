"""How wide words are taken to be."""

from __future__ import annotations

import pytest

from arvio.web.text_width import shorten, width

pytestmark = pytest.mark.once


def test_wide_signs_take_more_than_narrow_ones_and_combining_ones_nothing() -> None:
    assert width("iiii", 13) < width("nnnn", 13) < width("mmmm", 13) < width("店店店店", 13)
    assert width("e\u0301", 13) == width("e", 13)
    assert width("Calls", 13) < width("Calls", 13, bold=True)
    assert width("", 13) == 0


@pytest.mark.parametrize(
    "text", ["", "Short", "Long enough to be cut in two", "店" * 40, "\u0301" * 9]
)
def test_what_is_shortened_fits_and_says_that_it_is(text: str) -> None:
    cut = shorten(text, 13, 100)
    assert width(cut, 13) <= 100
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))
