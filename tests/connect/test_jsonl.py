"""A line of an export is right or is skipped, with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from arvio.connect.jsonl import Line, ReviewLine, read_review
from arvio.connect.tally import SkippedRow
from tests.cast import NOW

pytestmark = pytest.mark.once

VERSION: dict[str, Any] = {
    "number": 1,
    "origin": "author",
    "stars": 5,
    "title": "",
    "text": "Good",
    "pros": "",
    "cons": "",
    "affiliation": "",
    "qualities": {},
    "about": {},
    "consents": {},
    "language": "en",
    "evidence": {},
    "submitted_at": "2026-01-01T00:00:00Z",
    "effective_at": "2026-01-01T00:00:00Z",
    "erased_at": None,
}


REVIEW: dict[str, Any] = {
    "type": "review",
    "id": "018f-1",
    "app": "calls",
    "account": "acme",
    "author": {"display_name": "Anna K."},
    "app_version": "",
    "submitted_at": "2026-01-01T00:00:00Z",
    "published_at": "2026-01-01T00:00:00Z",
    "edited_at": None,
    "installation": None,
    "versions": [VERSION],
    "reply": None,
}


def with_version(**changes: Any) -> dict[str, Any]:
    return {"versions": [VERSION | changes]}


def read(**changes: Any) -> ReviewLine:
    """The example with changes; a value that is ... goes."""
    values = {key: value for key, value in (REVIEW | changes).items() if value is not ...}
    return read_review(Line(7, "review", values), now=NOW)


def test_the_example_is_right() -> None:
    found = read()
    assert (found.key, found.number, found.author) == ("jsonl:018f-1", 7, "Anna K.")
    assert found.versions[0].qualities == {}


def test_a_quality_of_zero_is_an_answer() -> None:
    assert read(**with_version(qualities={"value": 0})).versions[0].qualities == {"value": 0}


def test_moments_may_have_another_offset() -> None:
    changed = read(
        **with_version(effective_at="2026-01-01T03:00:00+03:00"),
        submitted_at="2026-01-01T02:00:00+02:00",
    )
    assert changed.submitted_at == changed.published_at == changed.versions[0].effective_at


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (with_version(stars=6), "bad_rating"),
        (with_version(stars=True), "bad_rating"),
        (with_version(stars="5"), "bad_rating"),
        (with_version(stars=4.5), "bad_rating"),
        (with_version(qualities={"value": 6}), "bad_quality"),
        (with_version(qualities={"value": None}), "bad_quality"),
        (with_version(text=None), "bad_shape"),
        (with_version(text="a\0b"), "not_text"),
        (with_version(text="a\ud800b"), "not_text"),
        (with_version(text="<b>x</b>"), "markup"),
        (with_version(text="x" * 100_001), "too_long"),
        (with_version(evidence={"a": "\0"}), "not_text"),
        (with_version(evidence={"a": "\ud800"}), "not_text"),
        (with_version(evidence={"a": "x" * 9000}), "too_long"),
        (with_version(evidence=[]), "bad_shape"),
        (with_version(number=0), "bad_shape"),
        (with_version(origin="ghost"), "bad_shape"),
        (with_version(effective_at="2026-01-02T00:00:00Z"), "bad_date"),
        (with_version(effective_at="2026-01-01T00:00:00"), "bad_date"),
        (with_version(submitted_at="0001-01-01T00:00:00+14:00"), "bad_date"),
        ({"versions": []}, "bad_shape"),
        ({"versions": [VERSION, VERSION]}, "bad_shape"),
        ({"versions": ...}, "bad_shape"),
        ({"published_at": "9999-12-31T00:00:00Z"}, "future_date"),
        ({"submitted_at": "yesterday"}, "bad_date"),
        ({"app": None}, "missing_app"),
        ({"account": ""}, "missing_account"),
        ({"author": {"display_name": "\x07"}}, "not_text"),
        ({"author": "Anna"}, "bad_shape"),
        ({"reply": {"text": "x", "version": 2, "replied_at": "2026-01-01T00:00:00Z"}}, "bad_shape"),
        ({"installation": {"installed_at": "soon", "version": ""}}, "bad_date"),
        ({"id": "x" * 61}, "too_long"),
    ],
)
def test_a_broken_line_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkippedRow) as caught:
        read(**changes)
    assert caught.value.reason == reason
