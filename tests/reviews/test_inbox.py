"""The partner's inbox: what is urgent first, what is asked for, and how many wait."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from arvio.catalog import actions as catalog
from arvio.catalog.errors import InvalidFact
from arvio.catalog.members import Member
from arvio.reviews import actions, inbox
from arvio.reviews.inbox import InboxFilters
from arvio.reviews.models import InboxItem, Reply, Review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import Stage, install, make_app, member, rival, stage

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Counted = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def store() -> Stage:
    return stage()


def ids(store: Stage, who: Member | None = None, sort: str = "urgent", **asked: Any) -> list[UUID]:
    who = who or member(store)
    page = inbox.page(member=who, now=store.now, filters=InboxFilters(**asked), sort=sort)
    return [item.public.id for item in page.items]


def answer(store: Stage, review: Review) -> Reply:
    return actions.send_reply(
        member=member(store), review_id=review.pk, text="Thank you, Anna.", now=store.now
    )


def waiting(store: Stage) -> int:
    return inbox.unanswered(partner_id=store.partner.pk)


def test_held_reviews_come_first_by_the_time_left_then_the_newest_unanswered(store: Stage) -> None:
    answered = store.published(at=store.now - 4 * DAY)
    answer(store, answered)
    old, new = (store.published(at=store.now - days * DAY) for days in (30, 5))
    late, soon = (store.review(at=store.now - hours) for hours in (timedelta(), 2 * DAY))
    assert ids(store) == [soon.pk, late.pk, new.pk, old.pk, answered.pk]
    assert ids(store, sort="newest") == [late.pk, soon.pk, answered.pk, new.pk, old.pk]
    answer(store, soon)
    assert ids(store) == [late.pk, new.pk, old.pk, soon.pk, answered.pk]


def test_the_counter_follows_every_reply_removal_and_new_review(store: Stage) -> None:
    assert waiting(store) == 0
    held = store.review(by=store.anna)
    public = store.published()
    assert waiting(store) == 2
    answer(store, public)
    assert waiting(store) == 1
    work_once(now=store.now + 3 * DAY)
    assert waiting(store) == 1, "a publication answers nothing"
    actions.withdraw_review(viewer=store.anna, review_id=held.pk, now=store.now + 3 * DAY)
    assert waiting(store) == 0
    assert list(verify(now=store.now + 3 * DAY)) == []


def test_an_archived_review_is_shown_and_waits_for_nobody(store: Stage) -> None:
    review = store.published(by=store.anna)
    assert store.anna.account
    catalog.ban(account=store.anna.account, user=store.anna.user, reason="abuse", now=store.now)
    work_once(now=store.now)
    assert waiting(store) == 0
    assert ids(store, answered=False) == []
    one = inbox.one(member=member(store), review_id=review.pk, now=store.now)
    assert (one.state, one.waiting, one.can_reply.allowed) == ("archived", False, False)


def test_what_is_gone_is_not_in_the_inbox(store: Stage) -> None:
    review = store.published(by=store.anna)
    actions.withdraw_review(viewer=store.anna, review_id=review.pk, now=store.now)
    assert ids(store) == []
    with pytest.raises(InvalidFact):
        ids(store, states=["removed"])


def test_each_filter_finds_its_own(store: Stage) -> None:
    install(other := make_app(store.marketplace, store.partner, "mail"), store.acme)
    bad = store.published(stars=2, text="Искала контакт и не нашла", language="ru")
    held = store.review(at=store.now - DAY, stars=5)
    answer(store, held)
    there = replace(store, app=other).published(by=store.anna, stars=2)
    assert ids(store, stars=[2, 3]) == [bad.pk, there.pk]
    assert ids(store, app="mail") == [there.pk]
    assert ids(store, states=["held"]) == [held.pk]
    assert ids(store, answered=True) == [held.pk]
    assert ids(store, answered=False) == [bad.pk, there.pk]
    assert ids(store, language="ru-RU") == [bad.pk]
    assert ids(store, q="ИСКАЛА") == [bad.pk]
    assert ids(store, q="100%") == []
    assert ids(store, has_text=False) == []
    assert ids(store, app="mail", stars=[5]) == []
    with pytest.raises(InvalidFact, match="none of your apps"):
        ids(store, app="nowhere")


def test_days_are_those_of_the_marketplace(store: Stage) -> None:
    store.marketplace.time_zone = "Asia/Tokyo"
    store.marketplace.save()
    review = store.published(at=store.now.replace(hour=20) - 10 * DAY)  # there, the next morning
    day = date(2026, 2, 21)
    assert ids(store, since=day, until=day) == [review.pk]
    assert ids(store, until=day - DAY) == []
    assert ids(store, since=day + DAY) == []
    assert ids(store, until=date.max, since=date.min + 2 * DAY) == [review.pk]


def test_an_edit_shows_old_and_new_stars_and_what_waits() -> None:
    store = stage(preset="bitrix24-2025")
    review = store.published(by=store.anna, stars=2)
    edit = {"stars": 5, "text": "They helped, and it works."}
    actions.edit_review(viewer=store.anna, review_id=review.pk, changes=edit, now=store.now)
    one = inbox.one(member=member(store), review_id=review.pk, now=store.now)
    assert (one.public.stars, one.previous_stars, one.pending) == (5, 2, None)
    edit = {"stars": 1, "text": "It broke again."}
    actions.edit_review(viewer=store.anna, review_id=review.pk, changes=edit, now=store.now)
    (one,) = inbox.page(member=member(store), now=store.now).items
    assert (one.public.stars, one.previous_stars) == (5, 2)
    assert one.pending is not None
    assert (one.pending.stars, one.pending.text) == (1, "It broke again.")
    assert one.pending_at == store.now + 3 * DAY


def test_pages_follow_each_other_without_a_gap(store: Stage) -> None:
    made = {store.published(at=store.now - days * DAY).pk for days in range(4, 16)}
    made |= {store.review(at=store.now - hours * DAY / 24).pk for hours in range(7)}
    for sort in inbox.SORTS:
        found: list[UUID] = []
        cursor = None
        while True:
            page = inbox.page(
                member=member(store), now=store.now, sort=sort, cursor=cursor, limit=4
            )
            found += [item.public.id for item in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert len(found) == 19
        assert set(found) == made


def test_an_app_that_moves_takes_its_reviews_along(store: Stage) -> None:
    review = store.published()
    vera, _ = rival(store)
    catalog.put_app(
        marketplace=store.marketplace,
        ref=store.app.ref,
        partner=vera.partner,
        name=store.app.name,
        category="Calls",
        tagline="",
        version="3.2",
        now=store.now,
    )
    assert ids(store) == [], "from the moment of the move"
    work_once(now=store.now)
    assert (waiting(store), inbox.unanswered(partner_id=vera.partner.pk)) == (0, 1)
    assert ids(store, who=vera) == [review.pk]
    assert list(verify(now=store.now)) == []


@pytest.mark.parametrize("column", ["waiting", "rank", "partner_id", "replied_at"])
def test_verify_finds_an_item_that_differs(store: Stage, column: str) -> None:
    review = store.published()
    vera, _ = rival(store)
    wrong: dict[str, Any] = {
        "waiting": False,
        "rank": 7,
        "partner_id": vera.partner.pk,
        "replied_at": store.now,
    }
    assert list(verify(now=store.now)) == []
    InboxItem.objects.filter(review=review).update(**{column: wrong[column]})
    (found,) = verify(now=store.now)
    assert found.what == f"inbox: {column.removesuffix('_id')}"


def test_verify_finds_a_missing_item(store: Stage) -> None:
    store.published()
    InboxItem.objects.all().delete()
    assert [found.what for found in verify(now=store.now)] == ["inbox item"]


def fill(store: Stage, apps: int, each: int) -> None:
    """Held reviews, every other answered."""
    for number in range(apps):
        app = make_app(store.marketplace, store.partner, f"app-{store.made}-{number}")
        for place in range(each):
            author = store.viewer()
            assert author.account
            install(app, author.account)
            review = replace(store, app=app).review(by=author)
            if place % 2:
                answer(store, review)


def test_statements_grow_with_nothing(count_sql: Counted) -> None:
    store = stage(preset="bitrix24-2025")

    def cost() -> list[int]:
        who, first = member(store), Review.objects.order_by("pk")[0].pk
        some = InboxFilters(q="day", stars=[4])
        costs = []
        for read in (
            lambda: inbox.page(member=who, now=store.now),
            lambda: inbox.page(member=who, now=store.now, filters=some),
            lambda: inbox.counts(member=who),
            lambda: inbox.unanswered(partner_id=store.partner.pk),
            lambda: inbox.one(member=who, review_id=first, now=store.now),
        ):
            with count_sql() as statements:
                read()
            costs.append(len(statements))
        return costs

    edited = store.review(by=store.anna)
    change = {"stars": 5, "text": "It works every day now."}
    actions.edit_review(viewer=store.anna, review_id=edited.pk, changes=change, now=store.now)
    fill(store, 1, 2)
    few = cost()
    fill(store, 5, 3)
    assert cost() == few
    assert few == [5, 4, 3, 1, 5]


def test_the_counter_reads_an_index_of_nothing_else(store: Stage) -> None:
    for _ in range(6):
        answer(store, store.published())
    store.published()
    query = InboxItem.objects.filter(partner_id=store.partner.pk, waiting=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE")
    plan = query.explain()
    assert "inbox_waiting" in plan, plan


def test_the_tabs_count_what_their_lists_hold(store: Stage) -> None:
    answer(store, store.published())
    store.published()
    store.review(by=store.arvo)
    banned = store.published(by=store.anna)
    assert store.anna.account
    catalog.ban(account=store.anna.account, user=store.anna.user, reason="abuse", now=store.now)
    work_once(now=store.now)
    assert banned.pk in ids(store)
    counts = inbox.counts(member=member(store))
    assert counts == inbox.Counts(
        unanswered=len(ids(store, answered=False)),
        held=len(ids(store, states=["held"])),
        total=len(ids(store)),
    )
    assert (counts.unanswered, counts.held, counts.total) == (2, 1, 4)
