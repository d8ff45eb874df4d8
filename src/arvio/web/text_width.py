"""How wide words are before anybody draws them, in a font that nobody knows.

The widths are those of common sans-serif fonts, a little generous. What is drawn says its width by
`textLength`, so a narrower or wider font fills the same place and nothing overlaps.
"""

from __future__ import annotations

import unicodedata

# Thousandths of the font size, for groups of signs that are about as wide.
_GROUPS = {
    230: "ijl'|’",
    300: ' \u00a0.,:;!ftI()[]{}/\\-·"“”«»',
    360: "r*",
    520: "cksvxyzJгт",
    580: "abdeghnopqu0123456789?$#_LFTZ–+<>=абвезийклнопрсухчьэяё",
    690: "ABCDEHKNPRSUVXY&ЕЗГЛТУЧЬБВКСХЯНПРИЙЦАЭДцмъдё",
    780: "GOQw…Оыюжф",
    880: "mM%@WшщМФ",
    980: "ЖШЩЮЫ—",
}
_WIDTHS = {sign: width for width, signs in _GROUPS.items() for sign in signs}
_BOLD = 1.07


def width(text: str, size: float, *, bold: bool = False) -> float:
    """In the unit of `size`."""
    thousandths = sum(_WIDTHS.get(sign) or _of_unknown(sign) for sign in text)
    return thousandths * size / 1000 * (_BOLD if bold else 1)


def shorten(text: str, size: float, most: float) -> str:
    """The text, or as much of its beginning as fits with an ellipsis into `most`."""
    if width(text, size) <= most:
        return text
    kept = text
    while kept and width(f"{kept}…", size) > most:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def _of_unknown(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(sign) in ("W", "F"):
        return 1000
    if unicodedata.category(sign).startswith("L"):
        return 760 if sign.isupper() else 600
    return 900
