"""Every flag tells its evidence as a sentence, and nothing of it once it is erased."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from arvio.screening.explain import explain_flag
from arvio.screening.found import KINDS
from arvio.screening.models import Flag

pytestmark = pytest.mark.once

DOMAIN = {"domain": "eu.vector.example", "partner": "vector", "name": "Vector", "own": False}
DETAILS: dict[str, Any] = {
    "duplicates": {"share": 92, "name": "Calls 100%", "same_account": False},
    "bursts": {"recent": 6, "before": 3, "days": 28},
    "partner_domains": DOMAIN,
    "new_account": {"known_since": "2026-03-02T09:30:00+00:00"},
}


def make(kind: str, detail: Any = None, **fields: Any) -> Flag:
    return Flag(kind=kind, detail=json.dumps(detail) if detail else "", **fields)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ru", "fi"])
def test_every_kind_has_a_sentence(kind: str, language: str) -> None:
    with translation.override(language):
        text = explain_flag(make(kind, DETAILS.get(kind)))
    assert text.endswith(".")
    assert "%(" not in text


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        (
            make("duplicates", DETAILS["duplicates"]),
            "92 % alike with a review of Calls 100% by another account.",
        ),
        (
            make("bursts", DETAILS["bursts"]),
            "Number 6 of the app’s reviews in 24 hours. In the 28 days before that it had 3.",
        ),
        (
            make("partner_domains", DOMAIN, field="author"),
            "The author’s e-mail address is at eu.vector.example, which belongs to Vector.",
        ),
        (
            make("duplicates", erased_at=datetime(2026, 3, 2, tzinfo=UTC)),
            "The evidence was erased with the review’s words.",
        ),
    ],
)
def test_the_evidence_is_told(flag: Flag, text: str) -> None:
    with translation.override("en"):
        assert explain_flag(flag) == text
