from __future__ import annotations

import time
import uuid

import pytest

from arvio.ids import uuid7

pytestmark = pytest.mark.once


def test_an_id_says_its_version_and_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_later_ids_are_larger_and_none_comes_twice() -> None:
    made = []
    for _ in range(50):
        made.append(uuid7())
        time.sleep(0.0005)
    assert made == sorted(made)
    many = {uuid7() for _ in range(20_000)}
    assert len(many) == 20_000


def test_the_rest_is_random() -> None:
    tails = {uuid7().int & (2**62 - 1) for _ in range(1000)}
    assert len(tails) == 1000
    assert 25 < sum(bin(tail).count("1") for tail in tails) / 1000 < 37
