"""Who is told of what: the notices that actions leave in their own transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio.catalog import actions as catalog
from arvio.notify.models import OutboxNotice
from arvio.reviews import actions
from arvio.reviews.submitting import Submission, asker_of
from arvio.work.loop import work_once
from tests.cast import full_answers, member, stage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told() -> dict[str, Any]:
    """The one notice that waits: its event with its facts."""
    (notice,) = OutboxNotice.objects.all()
    return {"event": notice.event, "user": notice.user_id, **notice.facts}


def test_the_partner_is_told_of_a_held_review_with_its_time_and_the_public_name() -> None:
    store = stage()
    review = store.review(by=store.anna, stars=2)
    assert told() == {
        "event": "review_new",
        "user": None,
        "review": str(review.pk),
        "stars": 2,
        "title": "",
        "text": "We use it every day and it does what it says.",
        "pros": "",
        "cons": "",
        "language": "en",
        "display_name": "Anna K.",
        "publishes_at": "2026-03-05T09:30:00Z",
    }


def test_a_review_that_is_public_at_once_has_no_such_time() -> None:
    store = stage(preset="hubspot-2022")
    store.review(by=store.anna)
    assert told()["publishes_at"] is None


def test_a_history_that_is_written_afterwards_tells_nobody() -> None:
    store = stage()
    asker = asker_of(viewer=store.anna, app=store.app)
    answers = full_answers(store.marketplace, store.now)
    actions.submit_reviews(
        marketplace=store.marketplace,
        submissions=[Submission(asker=asker, answers=answers, at=store.now - DAY)],
        now=store.now,
    )
    assert not OutboxNotice.objects.exists()


def test_a_publication_tells_the_partner_nothing_new() -> None:
    store = stage()
    store.review(by=store.anna)
    OutboxNotice.objects.all().delete()
    work_once(now=store.now + 3 * DAY)
    assert not OutboxNotice.objects.exists()


def test_an_edit_tells_the_stars_from_and_to_and_when() -> None:
    store = stage(preset="bitrix24-2025")
    review = store.published(by=store.anna, stars=5)
    OutboxNotice.objects.all().delete()
    change = {"stars": 2, "text": "It broke."}
    actions.edit_review(viewer=store.anna, review_id=review.pk, changes=change, now=store.now)
    known = told()
    assert (known["event"], known["old_stars"], known["new_stars"]) == ("review_edited", 5, 2)
    assert (known["text"], known["publishes_at"]) == ("It broke.", "2026-03-05T09:30:00Z")


@pytest.mark.parametrize("held", [True, False])
def test_an_edit_tells_whether_anything_is_public_yet(held: bool) -> None:
    store = stage(preset="bitrix24-2025")
    review = store.review(by=store.anna) if held else store.published(by=store.anna, stars=5)
    OutboxNotice.objects.all().delete()
    change = {"stars": 2, "text": "It broke."}
    actions.edit_review(viewer=store.anna, review_id=review.pk, changes=change, now=store.now)
    assert told()["held"] is held


def test_an_author_whose_review_is_archived_is_told_why() -> None:
    store = stage()
    store.review(by=store.anna)
    OutboxNotice.objects.all().delete()
    assert store.anna.account
    assert store.anna.user
    catalog.ban(account=store.anna.account, user=store.anna.user, reason="abuse", now=store.now)
    actions.publish_due(
        review_ids=[review.pk for review in store.anna.user.review_set.all()],
        now=store.now + 3 * DAY,
    )
    known = told()
    assert (known["event"], known["user"]) == ("review_archived", store.anna.user.pk)
    assert known["reason"] == "banned"


def test_of_a_review_that_was_taken_back_nobody_is_told_any_more() -> None:
    store = stage()
    review = store.review(by=store.anna)
    actions.withdraw_review(viewer=store.anna, review_id=review.pk, now=store.now)
    assert not OutboxNotice.objects.exists()


def test_an_erasure_leaves_no_words_to_tell() -> None:
    store = stage()
    store.review(by=store.anna)
    assert store.anna.user
    actions.erase_user(user=store.anna.user, actor="operator", now=store.now)
    assert not OutboxNotice.objects.exists()


def test_an_edit_of_an_answered_review_says_so_and_a_reply_names_its_version() -> None:
    store = stage(preset="bitrix24-2025")
    review = store.review(by=store.anna, stars=4)
    actions.send_reply(
        member=member(store), review_id=review.pk, text="Thanks.", fixed_in="3.3", now=store.now
    )
    assert OutboxNotice.objects.get(event="reply_sent").facts["fixed_in"] == "3.3"
    OutboxNotice.objects.all().delete()
    change = {"stars": 2, "text": "It broke."}
    actions.edit_review(viewer=store.anna, review_id=review.pk, changes=change, now=store.now)
    assert told()["replied"] is True
