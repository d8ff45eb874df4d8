"""The pure rules: modes, evidence, bursts, likeness, new accounts and whose domain it is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arvio.policy.load import load_policy
from arvio.policy.model import Screening
from arvio.screening import likeness
from arvio.screening.bursts import is_burst
from arvio.screening.rules import (
    MOST_OF_A_KIND,
    Owner,
    addresses_of,
    check_words,
    is_new,
    owned,
    refusals,
)

pytestmark = pytest.mark.once

SCREENING: Screening = load_policy(preset="hubspot-2022").screening
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WORDS = {
    "title": "Total bullshit",
    "text": "See www.rival.example or write to me@rival.example, +358 40 123 4567.",
    "pros": "Card 4111 1111 1111 1111",
}
LONG = "The invoices are in the books a minute after the deal is won, and nobody types any more."


def test_each_finding_names_its_field_its_place_and_its_words() -> None:
    found = check_words(fields=WORDS, screening=SCREENING)
    assert [(one.kind, one.field, one.excerpt) for one in found] == [
        ("denied_words", "title", "bullshit"),
        ("links", "text", "www.rival.example"),
        ("emails", "text", "me@rival.example"),
        ("phones", "text", "+358 40 123 4567"),
        ("cards", "pros", "4111 … 1111"),
    ]
    for one in found[:4]:
        assert WORDS[one.field][one.start : one.end] == one.excerpt
    assert refusals(found) == []


def test_a_policy_turns_a_check_off_or_makes_it_a_refusal() -> None:
    policy = replace(SCREENING, links="off", emails="refuse", denied_words="refuse")
    found = check_words(fields=WORDS, screening=policy)
    assert "links" not in {one.kind for one in found}
    assert [(e.field, e.code, dict(e.values)) for e in refusals(found)] == [
        ("title", "denied_word", {"found": "bullshit"}),
        ("text", "email", {"found": "me@rival.example"}),
    ]


def test_a_text_full_of_links_brings_a_handful_of_flags() -> None:
    text = " ".join(f"www.shop{n}.example" for n in range(50))
    assert len(check_words(fields={"text": text}, screening=SCREENING)) == MOST_OF_A_KIND


@pytest.mark.parametrize(
    ("recent", "before", "days", "burst"),
    [
        (4, 0, 28, False),  # four are never a burst
        (5, 0, 28, True),  # five where there were none
        (5, 28, 28, False),  # five times the mean is not more than five times
        (6, 28, 28, True),
        (6, 28, 14, False),  # the same reviews in half the days
        (50, 280, 28, False),
        (51, 280, 28, True),
        (5, 0, 0, True),  # listed today
        (5, 7, 28, True),
    ],
)
def test_a_burst_is_measured_against_the_apps_own_history(
    recent: int, before: int, days: int, burst: bool
) -> None:
    assert is_burst(recent=recent, before=before, days=days) is burst


@given(st.integers(0, 500), st.integers(0, 5000), st.integers(1, 28))
def test_more_reviews_are_never_less_of_a_burst(recent: int, before: int, days: int) -> None:
    if is_burst(recent=recent, before=before, days=days):
        assert is_burst(recent=recent + 1, before=before, days=days)
    else:
        assert not is_burst(recent=recent, before=before + 1, days=days)


def one_signature(text: str) -> bytes:
    return likeness.signatures([likeness.normalise([text])])[0]


def exact(one: str, other: str) -> float:
    def pieces(text: str) -> set[str]:
        whole = likeness.normalise([text])
        return {whole[n : n + 5] for n in range(len(whole) - 4)}

    a, b = pieces(one), pieces(other)
    return len(a & b) / len(a | b)


@given(st.integers(0, len(LONG) - 1), st.text(alphabet="abcdefgh ", max_size=40))
def test_the_share_is_that_of_the_pieces_within_chance(at: int, put: str) -> None:
    other = LONG[:at] + put + LONG[at:]
    estimate = likeness.share(one_signature(LONG), one_signature(other))
    assert abs(estimate - exact(LONG, other)) < 0.2


def test_case_signs_and_spacing_are_no_difference_and_short_texts_have_no_signature() -> None:
    shouted = LONG.upper().replace(" ", " \n-- ")
    assert likeness.share(one_signature(LONG), one_signature(shouted)) == 1
    assert one_signature("Great app, easy to use!") == b""


def test_marketplaces_share_no_bucket() -> None:
    signature = one_signature(LONG)
    here, there = (set(likeness.buckets(signature=signature, place=p)) for p in (b"a", b"b"))
    assert len(here) == likeness.BANDS
    assert not here & there


def test_another_process_and_another_hash_seed_make_the_same_signature() -> None:
    """What is kept in the database must be found again tomorrow."""
    program = (
        "from arvio.screening import likeness as l;"
        f"print(l.signatures([l.normalise([{LONG!r}])])[0].hex())"
    )
    for seed in ("1", "2"):
        made = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.strip() == one_signature(LONG).hex()


@pytest.mark.parametrize(
    ("age", "new"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=59), True),
        (timedelta(days=1), False),
        (timedelta(days=-1), False),  # heard of only later: history
    ],
)
def test_an_account_is_new_for_as_long_as_the_policy_says(age: timedelta, new: bool) -> None:
    assert is_new(known_since=NOW - age, at=NOW, screening=SCREENING) is new
    assert not is_new(known_since=None, at=NOW, screening=SCREENING)
    off = replace(SCREENING, new_account=None)
    assert not is_new(known_since=NOW - age, at=NOW, screening=off)


def test_a_partners_domain_is_found_in_words_and_in_who_writes_subdomains_too() -> None:
    addresses = addresses_of(
        fields={"text": "Ask sales@mail.pixel.example, not www.notpixel.example."},
        author_email="zed@vector.example",
        account_domain="shop.vector.example",
    )
    owners = {
        "pixel.example": Owner("1", "pixel", "Pixel"),
        "vector.example": Owner("2", "vector", "Vector"),
    }
    found = owned(addresses=addresses, owners=owners, own_partner="1")
    assert [(f.field, f.excerpt, f.detail["name"], f.detail["own"]) for f in found] == [
        ("text", "sales@mail.pixel.example", "Pixel", True),
        ("author", "", "Vector", False),
        ("account", "", "Vector", False),
    ]
