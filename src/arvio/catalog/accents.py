"""A marketplace's colour: one of eight, or its own where every word on it can be read. Pure.

Contrast is WCAG 2.2's (1.4.3, 1.4.11): 4.5 for words. What an accent is measured against are the
tokens of the look, `web/static/web/arvio.css`; a test holds the two together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# On light and on dark.
ACCENTS = {
    "indigo": ("#4f46c8", "#a5a1ff"),
    "teal": ("#0a6e64", "#5fcfc0"),
    "blue": ("#1a5fc2", "#86b6ff"),
    "green": ("#2f6b2f", "#8fce86"),
    "plum": ("#8a3a94", "#dfa0e8"),
    "rose": ("#b32456", "#ff9db8"),
    "rust": ("#a3460e", "#f5a878"),
    "slate": ("#3d4a5c", "#b4c2d6"),
}
OWN = re.compile(r"#[0-9a-f]{6}")
ASKED = 4.5
# A dark variant that is made here stands out as the eight do.
WANTED_ON_DARK = 7.0
STEPS = 50


@dataclass(frozen=True)
class Scheme:
    """The tokens that an accent meets; `soft` is how much of it a selected row has."""

    bg: str
    surface: str
    sunken: str
    text: str
    text_3: str
    on_accent: str
    soft: float


LIGHT = Scheme("#f7f7f8", "#ffffff", "#f2f2f5", "#18181b", "#62626d", "#ffffff", 0.08)
DARK = Scheme("#0f0f12", "#17171b", "#1f1f25", "#eeeef1", "#9d9daa", "#131316", 0.13)


@dataclass(frozen=True)
class Measured:
    """One use of an accent: `place` is page, card, sunken, selected, button, pressed or hint."""

    place: str
    ratio: float

    @property
    def passes(self) -> bool:
        return self.ratio >= ASKED


def pair(accent: str) -> tuple[str, str]:
    """The accent on light and on dark, as #rrggbb, of a name or of an own colour."""
    if OWN.fullmatch(accent):
        return accent, dark_of(accent)
    return ACCENTS.get(accent, ACCENTS["indigo"])


def is_own(accent: str) -> bool:
    return accent.startswith("#")


def measure(colour: str, scheme: Scheme) -> list[Measured]:
    """Every use where words meet the accent."""
    selected = mix(scheme.surface, colour, scheme.soft)
    return [
        *_as_words(colour, scheme),
        Measured("button", contrast(scheme.on_accent, colour)),
        Measured("pressed", contrast(scheme.on_accent, mix(colour, scheme.text, 0.12))),
        Measured("hint", contrast(scheme.text_3, selected)),
    ]


def _as_words(colour: str, scheme: Scheme) -> list[Measured]:
    return [
        Measured("page", contrast(colour, scheme.bg)),
        Measured("card", contrast(colour, scheme.surface)),
        Measured("sunken", contrast(colour, scheme.sunken)),
        Measured("selected", contrast(colour, mix(scheme.surface, colour, scheme.soft))),
    ]


def worst(colour: str, scheme: Scheme) -> Measured:
    return min(measure(colour, scheme), key=lambda one: one.ratio)


def passes(colour: str, scheme: Scheme) -> bool:
    return worst(colour, scheme).passes


def dark_of(light: str) -> str:
    """The same hue for the dark scheme: lightened until it stands out as the named ones do."""
    for step in range(STEPS + 1):
        made = mix(light, "#ffffff", step / STEPS)
        stands_out = all(one.ratio >= WANTED_ON_DARK for one in _as_words(made, DARK))
        if stands_out and passes(made, DARK):
            return made
    return "#ffffff"


def suggestion(colour: str) -> str:
    """The nearest darker one that passes on light; the colour itself where it does."""
    for step in range(STEPS):
        made = mix(colour, "#000000", step / STEPS)
        if passes(made, LIGHT):
            return made
    return ACCENTS["indigo"][0]


def contrast(first: str, second: str) -> float:
    """From 1 to 21; the order says nothing."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """As `color-mix(in srgb, …)`: so much of the other, each channel rounded."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one * (1 - share) + two * share):02x}" for one, two in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
