"""Where the words of a drawing stand in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

LOOK = """(font) => {
    const svg = document.querySelector("svg");
    const whole = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll("text")];
    for (const word of words) word.style.fontFamily = font;
    const boxes = words.map((word) => [word.textContent, word.getBoundingClientRect()]);
    const drawn = [...svg.querySelectorAll("g, rect:not(.ground), .rule")]
        .map((one) => ["drawing", one.getBoundingClientRect()]);
    const apart = (one, other) => one.right <= other.left || other.right <= one.left
        || one.bottom <= other.top || other.bottom <= one.top;
    const overlaps = [];
    for (const [text, box] of boxes)
        for (const [other, place] of [...boxes, ...drawn])
            if (box !== place && !apart(box, place)) overlaps.push([text, other]);
    const outside = boxes.filter(([, box]) => box.left < whole.left + 8
        || box.right > whole.right - 8 || box.top < whole.top || box.bottom > whole.bottom);
    return { words: words.length, overlaps, outside: outside.map(([text]) => text) };
}"""


def boxes(page: Page, font: str) -> dict[str, Any]:
    """How many words there are, which of them overlap anything and which leave the picture, in this
    font.
    """
    found: dict[str, Any] = page.evaluate(LOOK, font)
    return found
