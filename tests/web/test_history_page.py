"""A review's history in words, for everybody, with the way to check it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from arvio.reviews import actions as reviews
from tests.audit.stage import sealed, story
from tests.cast import NOW, stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def read(path: str) -> Any:
    return Client().get(path, headers={"Accept-Language": "en"})


def page_of(review: Any) -> str:
    answer = read(f"/store/reviews/{review.pk}/history/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_history_is_told_in_words_with_seal_and_links() -> None:
    _, review = story()
    text = page_of(review)
    for words in (
        "Submitted",
        "Published: 3 stars",
        "Reply sent",
        "The edit went public: from 3 to 4 stars",
        "The whole history is in seal 2",
        f"arvio verify --proof proof-{review.pk}.json",
        f"/api/v1/reviews/{review.pk}/proof",
        "/api/v1/marketplaces/store/seals",
    ):
        assert words in text, words
    assert "Korhonen" not in text and "Thank you" not in text


def test_the_review_and_its_tombstone_lead_there() -> None:
    made, review = story()
    url = f"/store/reviews/{review.pk}/"
    assert f"{url}history/" in read(url).content.decode()
    reviews.withdraw_review(viewer=made.anna, review_id=review.pk, now=NOW)
    tombstone = read(url)
    assert tombstone.status_code == 410 and f"{url}history/" in tombstone.content.decode()
    text = page_of(review)
    assert "Withdrawn by its author" in text
    assert "An earlier part of the history is in seal 2" in text
    sealed(made)
    assert "The whole history is in seal 3" in page_of(review)


def test_what_never_was_public_or_is_elsewhere_has_no_such_page() -> None:
    made, other = stage(), stage(slug="elsewhere")
    held, theirs = made.review(by=made.anna), other.published(by=other.anna)
    for review in (held, theirs):
        assert read(f"/store/reviews/{review.pk}/history/").status_code == 404


def test_the_statements_are_constant(count_sql: Callable[[], Any]) -> None:
    made, review = story()
    page_of(review)
    with count_sql() as few:
        page_of(review)
    for _ in range(3):
        made.review()
        sealed(made)
    with count_sql() as many:
        page_of(review)
    assert len(many) == len(few)
