"""Imported reviews go through the same tables and constraints as all others (R155)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from arvio.audit.models import AuditRow
from arvio.catalog import queries as catalog
from arvio.catalog.actions import ban
from arvio.catalog.models import Ban
from arvio.policy.form import Cleaned
from arvio.ratings.models import RatingSummary
from arvio.reviews import actions as reviews
from arvio.reviews.importing import (
    Incoming,
    IncomingReply,
    IncomingVersion,
    supersede_reviews,
    take_reviews,
)
from arvio.reviews.models import AboutAnswer, Consent, ImportedRow, Review, ReviewVersion
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import NOW, Stage, stage

pytestmark = pytest.mark.django_db

THEN = NOW - timedelta(days=100)


@pytest.fixture
def store() -> Stage:
    return stage()


def words(stars: int = 4, at: datetime = THEN, **fields: Any) -> IncomingVersion:
    version = IncomingVersion(
        answers=Cleaned(stars=stars, text="Fine."), language="en", submitted_at=at, effective_at=at
    )
    return replace(version, **fields)


def incoming(store: Stage, key: str = "row-1", **fields: Any) -> Incoming:
    item = Incoming(
        key=key,
        app=store.app,
        account=store.acme,
        versions=[words()],
        submitted_at=THEN,
        published_at=THEN,
    )
    return replace(item, **fields)


def take(store: Stage, *items: Incoming) -> list[Review]:
    version = catalog.policy_in_force(marketplace=store.marketplace, now=NOW)
    return take_reviews(marketplace=store.marketplace, incoming=items, version=version, now=NOW)


def test_it_counts_on_the_day_of_its_row(store: Stage) -> None:
    take(store, incoming(store))
    summary = RatingSummary.objects.get()
    assert (summary.count, summary.histogram) == (1, (0, 0, 0, 1, 0))
    assert list(verify(now=NOW)) == []


def test_a_key_is_taken_once(store: Stage) -> None:
    take(store, incoming(store))
    with pytest.raises(IntegrityError), transaction.atomic():
        take(store, incoming(store))
    assert (ImportedRow.objects.count(), RatingSummary.objects.get().count) == (1, 1)


def test_stars_beyond_five_are_refused_by_the_table(store: Stage) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        take(store, incoming(store, versions=[words(stars=6)]))
    assert not Review.objects.exists()


def test_many_versions_a_reply_and_answers_come_with_it(store: Stage) -> None:
    edited = THEN + timedelta(days=3)
    answers = Cleaned(
        stars=2, text="Not any more.", about={"role": "Buyer"}, consents={"privacy": "1"}
    )
    item = incoming(
        store,
        versions=[
            words(),
            words(number=3, at=edited, answers=answers, origin=ReviewVersion.Origin.EDIT),
        ],
        edited_at=edited,
        reply=IncomingReply(text="Sorry.", replied_at=edited),
    )
    review = take(store, item)[0]
    assert (review.stars, review.version_count, review.edits_used) == (2, 3, 1)
    assert review.answered
    assert AboutAnswer.objects.get().public
    assert Consent.objects.get().text_version == "1"
    assert list(AuditRow.objects.filter(subject=review.subject).values_list("tag", flat=True)) == [
        "review:imported",
        "reply:sent",
    ]
    assert list(verify(now=NOW)) == []


def test_a_ban_of_its_account_does_not_archive_it(store: Stage) -> None:
    """The shop of a file is no account of the platform's: nothing is known of its people."""
    take(store, incoming(store))
    ban(account=store.acme, reason="Spam.", now=NOW)
    work_once(now=NOW)
    assert Ban.objects.exists()
    assert Review.objects.get().state == "published"


def test_superseding_takes_it_out_of_the_rating_and_keeps_its_words(store: Stage) -> None:
    review = take(store, incoming(store))[0]
    supersede_reviews(marketplace=store.marketplace, review_ids=[review.pk], now=NOW)
    review.refresh_from_db()
    assert (review.state, review.removed_rule) == ("removed", "superseded")
    assert review.live_version.text == "Fine."
    assert RatingSummary.objects.get().count == 0
    assert list(verify(now=NOW)) == []


def test_an_authors_review_is_never_superseded(store: Stage) -> None:
    review = store.published(by=store.anna)
    supersede_reviews(marketplace=store.marketplace, review_ids=[review.pk], now=NOW)
    review.refresh_from_db()
    assert review.state == "published"


def test_its_words_are_guarded_like_all_others(store: Stage) -> None:
    take(store, incoming(store))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE review_version SET text = 'x'")


def test_authors_places_are_counted_without_it(store: Stage) -> None:
    take(store, incoming(store, key="1"), incoming(store, key="2"))
    assert store.review(by=store.anna).person_place == 1
    reviews.withdraw_review(
        viewer=store.anna, review_id=Review.objects.get(source="author").pk, now=NOW
    )
    assert list(verify(now=NOW)) == []
