"""What search engines are told: the public aggregate and the reviews on the page, no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from arvio import clock
from arvio.reviews.models import Review, ReviewVersion
from tests import cast
from tests.cast import Stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


def page(query: str = "") -> str:
    return Client().get(f"/store/apps/calls/{query}").content.decode()


def told(query: str = "") -> dict[str, Any]:
    found = BLOCK.findall(page(query))
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def test_each_review_on_the_page_is_told_with_its_author_date_and_stars() -> None:
    store = cast.stage(preset="hubspot-2022")
    for _ in range(9):
        store.published()
    answers = {"stars": 2, "title": "Lost calls", "text": "Mondays are bad.", "language": "en"}
    store.published(by=store.anna, **answers)
    data = told()
    assert data["@type"] == "SoftwareApplication"
    assert (data["aggregateRating"]["reviewCount"], len(data["review"])) == (10, 10)
    one = next(one for one in data["review"] if one["author"]["name"] == "Anna K.")
    assert one == {
        "@type": "Review",
        "author": {"@type": "Person", "name": "Anna K."},
        "datePublished": "2026-02-20",
        "reviewRating": {"@type": "Rating", "ratingValue": 2, "bestRating": 5, "worstRating": 1},
        "name": "Lost calls",
        "reviewBody": "Mondays are bad.",
        "inLanguage": "en",
    }
    assert [one["reviewRating"]["ratingValue"] for one in told("?stars=2")["review"]] == [2]
    assert "review" not in told("?stars=1")


@pytest.mark.parametrize("number", [0, 9])
def test_below_the_threshold_nothing_is_told(number: int) -> None:
    store = cast.stage(preset="hubspot-2022")
    for _ in range(number):
        store.published()
    assert not BLOCK.search(page()) and "schema.org" not in page()


def test_without_reviews_nothing_is_told_where_there_is_no_threshold() -> None:
    cast.stage()
    assert not BLOCK.search(page())


BREAKING = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "]]>&lt;/script&gt;\u2028\u2029",
    '"},{"@type":"Offer"',
]


@pytest.mark.parametrize("text", BREAKING)
def test_no_words_break_out_of_it(text: str) -> None:
    store = cast.stage()
    review = store.published()
    written(review, text)
    store.app.name = store.app.tagline = text
    store.app.save()
    data = told()
    assert data["review"][0]["reviewBody"] == data["name"] == data["description"] == text
    block = BLOCK.findall(page())[0]
    assert not re.search("[<>&\u2028\u2029]", block)


def written(review: Review, text: str) -> None:
    """Words that no form would take, as they may come in a file."""
    live = ReviewVersion.objects.get(review=review)
    live.pk, live.number, live.text = ReviewVersion._meta.pk.get_default(), 2, text
    live._state.adding = True
    live.save()
    Review.objects.filter(pk=review.pk).update(live_version=live)


def test_an_unfinished_review_is_told_by_its_stars_alone() -> None:
    store: Stage = cast.stage()
    review = store.published(language="")
    written(review, "")
    one = told()["review"][0]
    assert {"name", "reviewBody"}.isdisjoint(one)
    assert one["reviewRating"]["ratingValue"] == 4
