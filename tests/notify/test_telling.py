"""What is told is written with the action, merged while it waits, and can be forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from arvio.due import actions as due
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify import rules
from arvio.notify.actions import forget, tell
from arvio.notify.models import DigestItem, Message, OutboxNotice
from arvio.notify.preferences import save_defaults
from arvio.notify.spreading import spread
from arvio.people.models import Person
from arvio.work.loop import serve_batch, work_once
from tests import cast
from tests.notify import notices
from tests.racing import race

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_a_notice_has_one_row_and_one_due_row() -> None:
    stage = cast.stage()
    tell(notices=[notices.new(stage), notices.replied(stage)])
    assert OutboxNotice.objects.count() == 2
    assert set(Due.objects.filter(kind="notice").values_list("key", flat=True)) == {
        f"{row.event}:{row.key}" for row in OutboxNotice.objects.all()
    }


@pytest.mark.django_db
def test_what_is_rolled_back_is_told_to_nobody() -> None:
    stage = cast.stage()
    with transaction.atomic():
        tell(notices=[notices.new(stage)])
        transaction.set_rollback(True)
    assert notices.mails_of(stage=stage) == []


@pytest.mark.django_db
def test_quick_edits_become_one_mail_from_the_first_stars_to_the_last_words() -> None:
    stage, review = cast.stage(), uuid7()
    told = [
        notices.edited(stage, review=review, old=5, new=3, at=stage.now),
        notices.edited(stage, review=review, old=3, new=1, at=stage.now + MINUTE),
        notices.edited(
            stage, review=review, old=1, new=2, at=stage.now + 9 * MINUTE, text="The last words."
        ),
    ]
    for notice in told:
        tell(notices=[notice])
    assert notices.mails_of(stage=stage, after=timedelta(minutes=9, seconds=59)) == []
    mails = notices.mails_of(stage=stage, after=10 * MINUTE)
    assert {mail.subject for mail in mails} == {"Edited review of Calls: from 5 to 2 stars"}
    assert len(mails) == 3  # one for each member
    assert "The last words." in mails[0].text


@pytest.mark.django_db
def test_an_edit_after_the_mail_is_told_anew() -> None:
    stage, review = cast.stage(), uuid7()
    notices.mails_of(notices.edited(stage, review=review), stage=stage, after=10 * MINUTE)
    later = stage.now + timedelta(hours=1)
    again = notices.edited(stage, review=review, old=2, new=4, at=later)
    assert len(notices.mails_of(again, stage=stage, after=timedelta(hours=2))) == 6


@pytest.mark.django_db
def test_an_edit_of_a_review_that_nobody_was_told_of_is_told_as_new() -> None:
    stage, review = cast.stage(), uuid7()
    tell(notices=[notices.new(stage, review=review)])
    edit = notices.edited(stage, review=review, old=2, new=4, text="Better now.")
    mails = notices.mails_of(edit, stage=stage)
    assert {mail.subject for mail in mails} == {"New review of Calls: 4 stars"}
    assert "Better now." in mails[0].text
    assert not Due.objects.filter(kind="notice").exists()


@pytest.mark.django_db
def test_a_public_review_and_an_edit_that_waits_are_both_told() -> None:
    stage, review = cast.stage(), uuid7()
    tell(notices=[notices.new(stage, review=review)])
    until = (stage.now + timedelta(days=3)).isoformat()
    edit = notices.edited(stage, review=review, publishes_at=until)
    mails = notices.mails_of(edit, stage=stage, after=10 * MINUTE)
    assert {mail.subject for mail in mails} == {
        "New review of Calls: 2 stars",
        "Edited review of Calls: from 5 to 2 stars",
    }


def test_a_held_review_keeps_the_later_of_two_moments() -> None:
    early, late = "2026-03-05T09:30:00Z", "2026-03-05T09:30:00.500000Z"
    edit = {"old_stars": 4, "new_stars": 1, "publishes_at": early}
    told = rules.merge_into_new({"stars": 4, "publishes_at": late}, edit)
    assert told and told["publishes_at"] == late and told["stars"] == 1


@pytest.mark.django_db
def test_telling_takes_as_many_statements_for_many(
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    stage = cast.stage()
    counts = []
    for number in (1, 20):
        many = [make(stage) for _ in range(number) for make in (notices.new, notices.edited)]
        with count_sql() as statements:
            tell(notices=many)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6
    with count_sql() as statements:
        tell(notices=[notices.new(stage)])
    assert len(statements) == 2


@pytest.mark.django_db
def test_what_is_forgotten_is_told_to_nobody() -> None:
    stage, review, other = cast.stage(), uuid7(), uuid7()
    tell(notices=[notices.new(stage, review=review), notices.replied(stage, review=review)])
    tell(notices=[notices.new(stage, review=other)])
    forget(review_ids=[review])
    assert [mail.review_id for mail in notices.mails_of(stage=stage)] == [other] * 3


@pytest.mark.django_db
def test_a_mail_that_left_keeps_no_words_of_what_is_forgotten() -> None:
    stage, review, other = cast.stage(), uuid7(), uuid7()
    notices.mails_of(
        notices.new(stage, review=review), notices.new(stage, review=other), stage=stage
    )
    Message.objects.update(sent_at=stage.now)
    forget(review_ids=[review])
    blank = Message.objects.filter(review_id=review)
    assert set(blank.values_list("subject", "text", "html")) == {("", "", "")}
    assert blank.count() == 3
    assert not Message.objects.filter(review_id=other, text="").exists()


@pytest.mark.django_db
def test_a_mail_that_waits_does_not_leave_once_it_is_forgotten() -> None:
    stage, review = cast.stage(), uuid7()
    notices.mails_of(notices.new(stage, review=review), stage=stage)
    forget(review_ids=[review])
    assert notices.mails() == []


@pytest.mark.django_db
def test_a_digest_loses_what_is_forgotten_before_it_leaves_and_after() -> None:
    stage, review, other = cast.stage(), uuid7(), uuid7()
    petra = Person.objects.get(email="petra@pixel.example")
    daily = dict.fromkeys(("review_new", "review_edited"), "daily")
    save_defaults(reader_id=petra.pk, partner=stage.partner, how=daily)
    tell(notices=[notices.new(stage, review=one, text=str(one)) for one in (review, other)])
    work_once(now=stage.now, kinds=["notice"])
    Message.objects.all().delete()
    tomorrow = stage.now + timedelta(days=1)
    work_once(now=tomorrow, kinds=["digest"])
    assert str(review) in Message.objects.get().text
    forget(review_ids=[review])
    assert notices.mails() == []
    work_once(now=tomorrow, kinds=["digest"])
    mail = Message.objects.get()
    assert str(other) in mail.text and str(review) not in mail.text
    Message.objects.update(sent_at=tomorrow)
    forget(review_ids=[other])
    assert Message.objects.get().text == ""
    assert not DigestItem.objects.exists()


@pytest.mark.django_db
def test_who_is_erased_leaves_no_mails_and_no_wishes() -> None:
    stage = cast.stage()
    assert stage.anna.user
    notices.mails_of(notices.replied(stage), notices.new(stage), stage=stage)
    forget(review_ids=[], reader_id=stage.anna.user.pk)
    assert len(notices.mails()) == 3
    assert not Message.objects.filter(to_email="anna@customer.example").exists()


@pytest.mark.django_db(transaction=True)
def test_edits_and_the_worker_at_once_lose_and_double_nothing() -> None:
    """Whatever order they come in: the first stars of one mail are the last of the one before."""
    stage = cast.stage()
    reviews = [uuid7() for _ in range(5)]
    later = stage.now + timedelta(hours=1)

    def edit_all(old: int) -> None:
        for review in reviews:
            tell(notices=[notices.edited(stage, review=review, old=old, new=old - 1)])

    def work() -> Any:
        return work_once(now=later, kinds=["notice"])

    for old in (5, 4, 3, 2):
        answers = race([partial(edit_all, old), work, work])
        assert not [one for one in answers if isinstance(one, BaseException)]
    work()
    assert not OutboxNotice.objects.exists()
    for review in reviews:
        mails = Message.objects.filter(review_id=review, to_email="petra@pixel.example")
        steps = [words(mail.subject) for mail in mails.order_by("id")]
        assert steps[0][0] == 5 and steps[-1][1] == 1
        assert all(one[1] == two[0] for one, two in pairwise(steps))


@pytest.mark.django_db(transaction=True)
def test_what_is_told_again_while_the_worker_tells_waits_for_it() -> None:
    stage, review = cast.stage(), uuid7()
    tell(notices=[notices.replied(stage, review=review)])
    taken = Event()

    def work() -> None:
        with transaction.atomic():
            rows = due.claim(kind="notice", now=stage.now, limit=10)
            due.done(rows=rows)
            taken.set()
            time.sleep(0.5)
            spread(keys=[row.key for row in rows], now=stage.now)

    def again() -> None:
        assert taken.wait(10)
        tell(notices=[notices.replied(stage, review=review, reply="Other words.")])

    assert race([work, again]) == [None, None]
    work_once(now=stage.now, kinds=["notice"])
    texts = [mail.text for mail in notices.mails()]
    assert ["Other words." in text for text in texts] == [False, True]


@pytest.mark.django_db(transaction=True)
def test_a_digest_that_is_being_written_loses_what_is_forgotten_meanwhile() -> None:
    stage, review = cast.stage(), uuid7()
    petra = Person.objects.get(email="petra@pixel.example")
    daily = dict.fromkeys(("review_new", "review_edited"), "daily")
    save_defaults(reader_id=petra.pk, partner=stage.partner, how=daily)
    tell(notices=[notices.new(stage, review=review)])
    work_once(now=stage.now, kinds=["notice"])
    tomorrow, written = stage.now + timedelta(days=1), Event()

    def write() -> None:
        with transaction.atomic():
            assert serve_batch(kind="digest", now=tomorrow) == [True]
            written.set()
            time.sleep(0.5)

    def erase() -> None:
        assert written.wait(10)
        forget(review_ids=[review])

    assert race([write, erase]) == [None, None]
    assert notices.mails() == [] and not DigestItem.objects.exists()


def words(subject: str) -> tuple[int, int]:
    """The old and the new stars of "… from 5 to 2 stars"."""
    rest = subject.rpartition("from ")[2].split()
    return int(rest[0]), int(rest[2])
