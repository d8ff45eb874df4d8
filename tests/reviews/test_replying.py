"""The partner's answer: once and well, by who may, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog.members import Member
from arvio.notify.models import OutboxNotice
from arvio.policy.form import FormError
from arvio.reviews import actions, inbox, queries
from arvio.reviews.errors import NotYourApp, Refused, RightMissing
from arvio.reviews.models import Reply, ReplyDraft, Review
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests.cast import Stage, member, rival, stage
from tests.racing import race

pytestmark = pytest.mark.django_db
TEXT = "Thank you for writing, Anna. Version 3.3 keeps the order of your calls."
DAY = timedelta(days=1)


@pytest.fixture
def store() -> Stage:
    return stage()


def send(store: Stage, review: Review, who: Member | None = None, text: str = TEXT) -> Reply:
    return actions.send_reply(
        member=who or member(store), review_id=review.pk, text=text, now=store.now
    )


def refused(store: Stage, review: Review) -> str:
    with pytest.raises(Refused) as refusal:
        send(store, review)
    return refusal.value.code


def take_down(reply: Reply) -> None:
    """As a moderator's decision leaves it."""
    Reply.objects.filter(pk=reply.pk).update(state=Reply.ReplyState.REMOVED)
    Review.objects.filter(pk=reply.review_id).update(answered=False)


def test_a_reply_to_a_held_review_is_public_together_with_it(store: Stage) -> None:
    review = store.review(by=store.anna)
    reply = send(store, review)
    assert inbox.one(member=member(store), review_id=review.pk, now=store.now).public.reply
    version = store.marketplace.policy_versions.get()
    assert queries.page(app=store.app, version=version, now=store.now).items == []
    later = store.now + 3 * DAY
    work_once(now=later)
    (shown,) = queries.page(app=store.app, version=version, now=later).items
    assert shown.reply is not None
    assert (shown.reply.id, shown.reply.text) == (reply.pk, TEXT)
    assert list(verify(now=later)) == []


def test_a_second_reply_is_refused_and_the_first_stands(store: Stage) -> None:
    review = store.published()
    send(store, review)
    assert refused(store, review) == "already_replied"
    assert Reply.objects.get().text == TEXT


def test_where_the_policy_lets_it_be_changed_the_earlier_one_is_kept() -> None:
    store = stage(overrides={"replies": {"editable": True}})
    review = store.published()
    first, second = send(store, review), send(store, review, text="Better words.")
    states = dict(Reply.objects.values_list("pk", "state"))
    assert states == {first.pk: "replaced", second.pk: "live"}
    tags = AuditRow.objects.filter(subject=review.subject).order_by("seq")
    assert [row.tag for row in tags][-2:] == ["reply:sent", "reply:changed"]
    assert list(verify(now=store.now)) == []


def test_after_a_removal_there_may_be_a_new_one(store: Stage) -> None:
    review = store.published()
    take_down(send(store, review))
    send(store, review, text="Other words.")
    assert refused(store, review) == "already_replied"
    assert list(Reply.objects.order_by("id").values_list("state", flat=True)) == ["removed", "live"]


def test_where_the_policy_says_so_a_removed_reply_was_the_last() -> None:
    store = stage(overrides={"replies": {"again_after_removal": False}})
    review = store.published()
    take_down(send(store, review))
    assert refused(store, review) == "reply_locked"


def test_where_the_policy_says_so_a_held_review_waits_for_its_publication() -> None:
    store = stage(overrides={"replies": {"during_hold": False}})
    review = store.review(by=store.anna)
    assert refused(store, review) == "review_not_visible"
    work_once(now=store.now + 3 * DAY)
    send(store, review)


def test_a_review_that_its_author_took_back_is_not_answered(store: Stage) -> None:
    review = store.review(by=store.anna)
    actions.withdraw_review(viewer=store.anna, review_id=review.pk, now=store.now)
    assert refused(store, review) == "review_not_visible"


@pytest.mark.parametrize("text", ["", "  \n ", "<b>Hello</b>", "a\x00b", "\ud800", "x" * 5_001])
def test_words_that_no_reply_may_have_are_refused(store: Stage, text: str) -> None:
    review = store.published()
    with pytest.raises(FormError) as error:
        send(store, review, text=text)
    assert {one.field for one in error.value.errors} == {"text"}
    assert not Reply.objects.exists()


def test_the_version_that_solves_it_is_one_line(store: Stage) -> None:
    review = store.published()
    reply = partial(actions.send_reply, member=member(store), review_id=review.pk, now=store.now)
    with pytest.raises(FormError) as error:
        reply(text=TEXT, fixed_in="3.3\n4")
    assert {one.field for one in error.value.errors} == {"fixed_in"}
    assert reply(text=TEXT, fixed_in=" 3.3 ").fixed_in == "3.3"


def test_who_only_reads_sends_and_saves_nothing(store: Stage) -> None:
    review = store.published()
    rita = member(store, "rita@mail.example")
    with pytest.raises(RightMissing):
        send(store, review, rita)
    with pytest.raises(RightMissing):
        actions.save_reply_draft(member=rita, review_id=review.pk, text=TEXT, now=store.now)
    send(store, review, member(store, "pavel@mail.example"))


def test_another_partner_learns_no_more_of_a_review_than_of_one_that_never_was(
    store: Stage,
) -> None:
    vera, _ = rival(store)
    said = []
    for review_id in (store.review(by=store.anna).pk, store.published().pk, uuid4()):
        for act in (
            partial(actions.send_reply, text=TEXT),
            partial(actions.save_reply_draft, text=TEXT),
            inbox.one,
        ):
            with pytest.raises(NotYourApp) as refusal:
                act(member=vera, review_id=review_id, now=store.now)
            said.append((refusal.value.status, refusal.value.code, refusal.value.detail))
    assert len(said) == 9
    assert len(set(said)) == 1


def test_a_draft_is_the_partners_until_the_reply_is_sent(store: Stage) -> None:
    review = store.published()
    save = partial(actions.save_reply_draft, review_id=review.pk, now=store.now)
    save(member=member(store), text="Thank you")
    save(member=member(store, "pavel@mail.example"), text="Thank you, Anna")
    assert inbox.one(member=member(store), review_id=review.pk, now=store.now).draft == (
        "Thank you, Anna"
    )
    save(member=member(store), text=" ")
    assert not ReplyDraft.objects.exists()
    save(member=member(store), text="Thank you")
    send(store, review)
    assert not ReplyDraft.objects.exists()


def test_the_author_is_told_with_the_text_and_partners_are_not(store: Stage) -> None:
    review = store.review(by=store.anna)
    OutboxNotice.objects.all().delete()
    send(store, review)
    notice = OutboxNotice.objects.get()
    assert store.anna.user
    assert (notice.event, notice.user_id) == ("reply_sent", store.anna.user.pk)
    assert notice.facts["reply"] == TEXT
    assert notice.facts["publishes_at"] == "2026-03-05T09:30:00Z"


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_answer_at_once_one_is_heard() -> None:
    store = stage()
    review = store.published()
    who = [member(store), member(store, "pavel@mail.example")]
    ended = race([partial(send, store, review, who[n % 2], f"Words {n}.") for n in range(20)])
    sent = [answer for answer in ended if isinstance(answer, Reply)]
    others = {answer.code for answer in ended if isinstance(answer, Refused)}
    assert len(sent) == 1
    assert others == {"already_replied"}
    assert Reply.objects.get().pk == sent[0].pk
    assert list(verify(now=store.now)) == []


@pytest.mark.django_db(transaction=True)
def test_where_replies_may_be_changed_nobody_overwrites_one_that_they_did_not_see() -> None:
    store = stage(overrides={"replies": {"editable": True}})
    review = store.published()
    who = [member(store), member(store, "pavel@mail.example")]

    def write(number: int) -> Reply:
        return actions.send_reply(
            member=who[number % 2],
            review_id=review.pk,
            text=f"Words {number}.",
            seen="",
            now=store.now,
        )

    ended = race([partial(write, number) for number in range(12)])
    sent = [answer for answer in ended if isinstance(answer, Reply)]
    assert len(sent) == 1
    assert {one.code for one in ended if isinstance(one, Refused)} == {"already_replied"}
    changed = partial(actions.send_reply, member=who[0], review_id=review.pk, now=store.now)
    second = changed(text="Better words.", seen=str(sent[0].pk))
    with pytest.raises(Refused):
        changed(text="Late words.", seen=str(sent[0].pk))
    assert Reply.objects.get(state="live").pk == second.pk
