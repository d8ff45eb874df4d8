"""Phone and card numbers are told from versions, prices, dates and order numbers."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.screening.numbers import find_cards, find_phones, passes_luhn

pytestmark = pytest.mark.once

PHONES = [
    "+358 40 123 4567", "+358401234567", "+7 (495) 123-45-67", "+7 916 123 45 67",
    "+1 212 555 0100",
    "+1-212-555-0100", "+44 20 7946 0958", "+49 (0)30 123456", "00358 40 123 4567", "040 123 4567",
    "040-1234567", "0401234567", "09 1234 5678", "(09) 1234 5678", "020 7946 0958",
    "8 (495) 123-45-67", "8-800-555-35-35", "8 800 555 35 35", "89161234567", "8(916)1234567",
    "7 495 123-45-67", "(212) 555-0100", "212-555-0100", "212.555.0100", "1-800-555-0100",
    "1 (800) 555-0100", "+380 44 123 45 67", "+375 29 123-45-67", "050 5123456", "+91 98765 43210",
]  # fmt: skip

NO_PHONES = [
    "version 10.0.19045.3803", "v3.2.1.0000001", "0.12.345.6789", "192.168.100.200",
    "1 000 000 000 rubles", "1.000.000.000", "$1,234,567,890", "89 000 000 000", "12 345 678 901",
    "2024-03-02 10:30:15", "02.03.2024 10:30", "01.02.2023 - 05.06.2023", "2023.01.02-2023.05.06",
    "order 1234567890", "Order no. 0401234567", "заказ № 89161234567", "order #8 800 555 35 35",
    "ticket 212-555-0100", "тикет 89161234567", "tilausnumero 0401234567", "ID: 0441234567",
    "123456789012", "1234567890", "0000000000", "000 123 45 67", "111111111", "20240302103015",
    "ISBN 978-0-306-40615-7", "00:11:22:33:44:55", "550e8400-e29b-41d4-a716-446655440000",
    "from 100 to 200 in 300 days 400 times", "1-2-3-4-5-6-7-8-9", "10/10 and 9/10", "12345678",
    "3 000 000 000", "+10%", "+5 stars", "in 2023 2024 2025",
]  # fmt: skip

CARDS = [
    "4111 1111 1111 1111", "4111111111111111", "4111-1111-1111-1111", "5555 5555 5555 4444",
    "5105105105105100", "378282246310005", "3782 822463 10005", "6011111111111117",
    "2200 0000 0000 0053", "4222222222222", "30569309025904", "3530111333300000",
]  # fmt: skip

NO_CARDS = [
    "4111 1111 1111 1112", "1234 5678 9012 3456", "0000 0000 0000 0000", "4444444444444444444444",
    "1111111111111111", "9111111111111111", "411111111111", "FI21 1234 5600 0007 85",
    "order-4111111111111111", "4.111.111.111.111.111", "20240302103015123", "x4111111111111111",
    "18 446 744 073 709 551 616",
]  # fmt: skip


@pytest.mark.parametrize("number", PHONES)
def test_a_phone_number_is_found_whole(number: str) -> None:
    text = f"Call us: {number}, please."
    assert [text[s.start : s.end].lstrip("(") for s in find_phones(text)] == [number.lstrip("(")]
    assert len(find_phones(f"Or {number}.")) == 1


@pytest.mark.parametrize("text", NO_PHONES)
def test_other_numbers_are_no_phones(text: str) -> None:
    assert [text[span.start : span.end] for span in find_phones(f"It says {text} there")] == []


@pytest.mark.parametrize("number", CARDS)
def test_a_card_is_found_and_is_no_phone(number: str) -> None:
    text = f"My card {number} was charged"
    assert [text[span.start : span.end] for span in find_cards(text)] == [number]
    assert find_phones(text) == []


@pytest.mark.parametrize("text", NO_CARDS)
def test_other_long_numbers_are_no_cards(text: str) -> None:
    assert find_cards(f"It says {text} there") == []


def test_a_card_is_named_by_its_ends_alone() -> None:
    assert find_cards("4111 1111 1111 1111")[0].value == "4111 … 1111"


@given(st.integers(10**11, 10**17))
def test_of_ten_last_digits_one_passes(number: int) -> None:
    """Luhn's law: any digits but those all alike have exactly one last digit."""
    passing = [last for last in range(10) if passes_luhn(f"{number}{last}")]
    assert len(passing) == 1 or len(set(str(number))) == 1


@given(st.text(alphabet="0123456789 -+().,/a", max_size=200))
def test_any_text_is_read(text: str) -> None:
    for span in (*find_phones(text), *find_cards(text)):
        assert 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize("piece", ["1", "1 ", "1-", "(", "+", "0 (", "12.", "4111 ", "1   ", "#1"])
def test_a_long_text_is_read_in_no_time(piece: str) -> None:
    text = (piece * 5_000)[:5_000]
    start = time.process_time()
    find_phones(text)
    assert time.process_time() - start < 0.25
