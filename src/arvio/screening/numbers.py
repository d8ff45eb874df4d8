"""Phone numbers and bank cards in a text, told from versions, prices, dates and order numbers."""

from __future__ import annotations

import re

from arvio.screening.found import Span

CARD = re.compile(r"(?<![\w.,-])(?<![\d][ -])\d(?:[ -]?\d){12,18}(?![ -]?\d)(?![\w])")
# By the first digit, which tells the kind of card.
CARD_LENGTHS = {
    "2": (16,),
    "3": (14, 15, 16),
    "4": (13, 16, 19),
    "5": (16, 18, 19),
    "6": (16, 17, 18, 19),
}

PHONE = re.compile(
    r"(?<![\w.,/#№-])(?<!\d )(?:\+\s?)?\(?\d"
    r"(?:[ \u00a0().\-\u2010-\u2013/]{0,3}\d){6,16}(?!\w)"
)
NUMBERED = re.compile(
    r"(?:order|invoice|ticket|case|id|ref|no|number|nr|serial|sku|isbn|inn|"
    r"заказ\w*|счет\w*|счёт\w*|тикет\w*|номер\w*|инн|огрн|артикул|tilaus\w*|lasku\w*|viite\w*)"
    r"\W{0,3}(?:no|number|id|№|nr|#)?\W{0,3}\Z",
    re.IGNORECASE,
)
CALLED = re.compile(
    r"(?:phone|call|tel|mobile|whatsapp|viber|тел|звон\w*|телефон\w*|puh|puhelin\w*|soita\w*)"
    r"[^\d\n]{0,20}\Z",
    re.IGNORECASE,
)
DATED = re.compile(
    r"(?<!\d)(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2})(?!\d)"
)
FEWEST, MOST = 9, 15


def find_cards(text: str) -> list[Span]:
    """Numbers of 13 to 19 digits that a card could have, whose last digit checks (Luhn)."""
    found = []
    for match in CARD.finditer(text):
        digits = "".join(filter(str.isdecimal, match.group()))
        if len(digits) in CARD_LENGTHS.get(digits[0], ()) and passes_luhn(digits):
            found.append(Span(match.start(), match.end(), f"{digits[:4]} … {digits[-4:]}"))
    return found


def passes_luhn(digits: str) -> bool:
    if not digits.isascii() or len(set(digits)) == 1:
        return False
    total = 0
    for n, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if n % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def find_phones(text: str) -> list[Span]:
    """Numbers that somebody could call, of 9 to 15 digits, written as phone numbers are."""
    cards = find_cards(text)
    found = []
    for match in PHONE.finditer(text):
        span = Span(match.start(), match.end())
        if not any(span.meets(card) for card in cards) and _is_phone(text, match):
            found.append(span)
    return found


def _is_phone(text: str, match: re.Match[str]) -> bool:
    written = match.group()
    groups = re.findall(r"\d+", written)
    digits = "".join(groups)
    before = text[max(0, match.start() - 40) : match.start()]
    if not FEWEST <= len(digits) <= MOST or not digits.isascii() or DATED.search(written):
        return False
    if written.startswith("+"):
        return digits[0] != "0"
    if NUMBERED.search(before) and not CALLED.search(before):
        return False
    if digits.startswith("000") or len(set(digits)) == 1:
        return False
    return any(rule(groups, digits) for rule in LOCAL) or bool(
        len(digits) <= 12 and CALLED.search(before)
    )


def _abroad(groups: list[str], digits: str) -> bool:
    """00 and the country: 00358 40 123 4567."""
    return digits.startswith("00") and len(digits) >= 11


def _with_trunk_zero(groups: list[str], digits: str) -> bool:
    """040 123 4567, 020 7946 0958, and 0401234567."""
    if not digits.startswith("0") or not 9 <= len(digits) <= 11 or len(groups[0]) < 2:
        return False
    return len(groups) > 1 or (digits[:2] in ("04", "05", "07") and len(digits) >= 10)


def _russian(groups: list[str], digits: str) -> bool:
    """8 (495) 123-45-67, 8-800-555-35-35, 89161234567."""
    known = len(digits) == 11 and digits[0] in "78" and digits[1] in "3489"
    if len(groups) == 1:
        return known and digits[1] == "9"
    return known and len(groups[0]) in (1, 4)


def _american(groups: list[str], digits: str) -> bool:
    """(212) 555-0100, 212.555.0100, 1-800-555-0100."""
    lengths = [len(group) for group in groups]
    area = groups[-3][0] if len(groups) >= 3 else "0"
    return lengths[-3:] == [3, 3, 4] and area in "23456789" and groups[:-3] in ([], ["1"])


LOCAL = (_abroad, _with_trunk_zero, _russian, _american)
