"""The accents with the contrast that they have, worked out from the style sheet's own colours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from arvio.catalog.models import ACCENTS

SHEET = Path(__file__).resolve().parent / "static" / "web" / "arvio.css"
# WCAG 2.2, 1.4.3: text of the usual size.
LEAST = 4.5


@dataclass(frozen=True)
class Accent:
    """`light` and `dark`: the lower of two ratios there, as text on a card and under text."""

    name: str
    light: float
    dark: float

    @property
    def passes(self) -> bool:
        return min(self.light, self.dark) >= LEAST


def contrast(one: str, other: str) -> float:
    """The ratio of two colours `#rgb` or `#rrggbb`, from 1 to 21, in any order (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@cache
def accents() -> list[Accent]:
    light, _, dark = SHEET.read_text(encoding="utf-8").partition("prefers-color-scheme: dark")
    return [Accent(name, _ratio(light, name), _ratio(dark, name)) for name in ACCENTS]


def _ratio(sheet: str, name: str) -> float:
    own = re.search(rf'\[data-accent="{name}"\] {{ --accent: (#\w+);', sheet)
    accent = own[1] if own else _token(sheet, "accent")
    return min(
        contrast(accent, _token(sheet, "surface")), contrast(_token(sheet, "on-accent"), accent)
    )


def _token(sheet: str, name: str) -> str:
    found = re.search(rf"--{name}: (#\w+)", sheet)
    if found is None:
        raise ValueError(f"the style sheet has no colour --{name}")
    return found[1]


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = (int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4))
    linear = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
