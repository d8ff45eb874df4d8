"""Disputes and corrections: asked, answered, closed; nothing is hidden by them."""

from __future__ import annotations

import pytest

from arvio.moderation import appealing, correcting, threads
from arvio.moderation.errors import Declined, NoSuchThread
from arvio.moderation.models import CorrectionRequest, Thread, ThreadRead
from arvio.notify.models import Message
from arvio.policy.form import FormError
from arvio.reviews import actions as reviews
from arvio.reviews.errors import NotYourApp, NotYours, RightMissing
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.queries import public_review
from arvio.reviews.verifying import verify
from tests.cast import member, rival
from tests.moderation.desk import Desk, desk

pytestmark = pytest.mark.django_db
NOT_US = "It speaks of an import that our app doesn’t have."
RITA = "rita@mail.example"


@pytest.fixture
def at() -> Desk:
    return desk()


def dispute(at: Desk, review: Review) -> Thread:
    return threads.open_dispute(
        member=member(at.stage), review_id=review.pk, text=NOT_US, now=at.now
    )


def mailed_to(text: str) -> set[str]:
    return {mail.to_email for mail in Message.objects.all() if text in mail.subject}


def test_a_dispute_hides_nothing_and_tells_the_moderators(at: Desk) -> None:
    review = at.stage.published()
    dispute(at, review)
    review.refresh_from_db()
    assert review.state == "published"
    assert mailed_to("disputes a review") == {"mika@store.example", "maija@store.example"}
    # The words stay on the page.
    assert not [mail for mail in Message.objects.all() if "an import" in mail.text]


def test_a_thread_goes_back_and_forth_until_it_is_closed(at: Desk) -> None:
    review = at.stage.published()
    thread = dispute(at, review)
    threads.write_as_moderator(
        moderator=at.mika, thread_id=thread.pk, text="We ask the author.", now=at.now
    )
    assert mailed_to("answered you") >= {"petra@pixel.example"}
    threads.write_as_member(
        member=member(at.stage), thread_id=thread.pk, text="Thank you.", now=at.now
    )
    closed = threads.close_dispute(
        moderator=at.maija, thread_id=thread.pk, outcome="stays", text="It is fair.", now=at.now
    )
    assert (closed.state, closed.outcome, closed.message_count) == ("closed", "stays", 4)
    numbers = [message.number for message in closed.messages.order_by("number")]
    assert numbers == [1, 2, 3, 4]
    with pytest.raises(Declined) as refusal:
        threads.write_as_member(
            member=member(at.stage), thread_id=thread.pk, text="But", now=at.now
        )
    assert refusal.value.code == "closed"
    dispute(at, review)  # a new one may be opened


def test_one_dispute_at_a_time_about_a_review(at: Desk) -> None:
    review = at.stage.published()
    dispute(at, review)
    with pytest.raises(Declined) as refusal:
        dispute(at, review)
    assert refusal.value.code == "already_open"
    dispute(at, at.stage.published())


def test_who_has_read_how_far_is_kept_by_person(at: Desk) -> None:
    thread = dispute(at, at.stage.published())
    assert ThreadRead.objects.get().reader_key == member(at.stage).actor
    threads.write_as_moderator(moderator=at.mika, thread_id=thread.pk, text="Yes.", now=at.now)
    read = dict(ThreadRead.objects.values_list("reader_key", "number"))
    assert read == {member(at.stage).actor: 1, at.mika.actor: 2}


def test_only_the_partner_whose_app_it_is_and_who_may_reply(at: Desk) -> None:
    review = at.stage.published()
    vera, _ = rival(at.stage)
    with pytest.raises(NotYourApp):
        threads.open_dispute(member=vera, review_id=review.pk, text=NOT_US, now=at.now)
    with pytest.raises(RightMissing):
        threads.open_dispute(
            member=member(at.stage, RITA), review_id=review.pk, text=NOT_US, now=at.now
        )
    thread = dispute(at, review)
    with pytest.raises(NoSuchThread):
        threads.dispute_of_member(member=vera, thread_id=thread.pk)
    hub = desk(slug="hub")
    with pytest.raises(NoSuchThread):
        threads.thread_of_moderator(moderator=hub.mika, thread_id=thread.pk)


def test_a_correction_makes_a_version_and_keeps_the_old_one(at: Desk) -> None:
    store = at.stage
    review = store.published(by=store.anna, stars=2)
    asked = correcting.ask_as_author(
        viewer=store.anna, review_id=review.pk, text="It was my mistake.", reason="Typo", now=at.now
    )
    correcting.correct_review(
        moderator=at.mika,
        review_id=review.pk,
        words={"text": "It was my mistake."},
        reason="The author asked for it.",
        now=at.now,
    )
    shown, _ = public_review(review_id=review.pk, now=at.now)
    assert (shown.text, shown.stars, shown.edited_at) == ("It was my mistake.", 2, at.now)
    versions = ReviewVersion.objects.filter(review=review).order_by("number")
    assert [version.origin for version in versions] == ["author", "correction"]
    assert versions[0].text != versions[1].text
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("done", "The author asked for it.")
    assert mailed_to("was corrected") >= {"anna@customer.example", "petra@pixel.example"}
    assert list(verify(now=at.now)) == []


def test_a_held_review_is_corrected_and_keeps_its_time(at: Desk) -> None:
    review = at.stage.review(by=at.stage.anna)
    due = review.publishes_at
    correcting.correct_review(
        moderator=at.mika, review_id=review.pk, words={"text": "Fine."}, reason="Asked", now=at.now
    )
    review.refresh_from_db()
    assert (review.state, review.publishes_at, review.edited_at) == ("held", due, None)
    assert list(verify(now=at.now)) == []


def test_a_correction_is_declined_with_a_reason(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    asked = correcting.ask_as_partner(
        member=member(at.stage), review_id=review.pk, text="All is well.", reason="No", now=at.now
    )
    correcting.decline_correction(
        moderator=at.mika, request_id=asked.pk, reason="The author didn’t ask.", now=at.now
    )
    asked.refresh_from_db()
    assert asked.state == CorrectionRequest.State.DECLINED
    assert mailed_to("stays") == {"petra@pixel.example"}
    with pytest.raises(Declined):
        correcting.decline_correction(
            moderator=at.mika, request_id=asked.pk, reason="Again", now=at.now
        )


def test_no_correction_where_the_policy_does_not_let_it(at: Desk) -> None:
    hub = desk(preset="hubspot-2022", slug="hub")
    review = hub.stage.published(by=hub.stage.anna)
    with pytest.raises(Declined) as refusal:
        correcting.ask_as_author(
            viewer=hub.stage.anna, review_id=review.pk, text="No", reason="No", now=hub.now
        )
    assert refusal.value.code == "correction_not_allowed"
    with pytest.raises(Declined):
        correcting.correct_review(
            moderator=hub.mika, review_id=review.pk, words={"text": "No"}, reason="No", now=hub.now
        )


def test_an_edit_that_waits_comes_first() -> None:
    at = desk(preset="bitrix24-2025")
    store = at.stage
    review = store.published(by=store.anna, stars=5)
    reviews.edit_review(viewer=store.anna, review_id=review.pk, changes={"stars": 2}, now=at.now)
    with pytest.raises(Declined) as refusal:
        correcting.correct_review(
            moderator=at.mika, review_id=review.pk, words={"text": "X"}, reason="X", now=at.now
        )
    assert refusal.value.code == "edit_waits"


def test_corrected_words_keep_to_the_form(at: Desk) -> None:
    review = at.stage.published()
    for words in ({"text": ""}, {"text": "<b>Bold</b>"}, {"title": "There is no title here"}):
        with pytest.raises(FormError) as refusal:
            correcting.correct_review(
                moderator=at.mika, review_id=review.pk, words=words, reason="Asked", now=at.now
            )
        assert refusal.value.errors[0].field == next(iter(words))


def test_whose_review_it_is_not_asks_in_vain(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    with pytest.raises(NotYours):
        correcting.ask_as_author(
            viewer=at.stage.arvo, review_id=review.pk, text="X", reason="X", now=at.now
        )
    vera, _ = rival(at.stage)
    with pytest.raises(NotYourApp):
        correcting.ask_as_partner(
            member=vera, review_id=review.pk, text="X", reason="X", now=at.now
        )


def test_an_appeal_is_answered_by_its_decision_and_not_in_writing(at: Desk) -> None:
    review = at.stage.published(by=at.stage.anna)
    case = at.report(review).case
    at.decide(case, "remove")
    found, appellant = appealing.as_author(viewer=at.stage.anna, case_id=case.pk)
    thread = appealing.appeal(case=found, appellant=appellant, text="It is true.", now=at.now)
    with pytest.raises(Declined) as refusal:
        threads.write_as_moderator(moderator=at.maija, thread_id=thread.pk, text="No.", now=at.now)
    assert refusal.value.code == "one_text"
