"""Conversations with the moderators: the list, one of them, what is new, what isn't taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from arvio.moderation import partner_reads, threads
from arvio.moderation.errors import Declined
from arvio.moderation.models import Thread, ThreadMessage
from arvio.notify.models import Message
from arvio.paging import CursorError, write_cursor
from arvio.people.models import Role
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from tests.cast import member, rival
from tests.moderation.desk import Desk, desk

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SignIn = Callable[..., Client]
HOUR = timedelta(hours=1)
TEXT = "This customer has mixed us up with another app."


@pytest.fixture
def at() -> Desk:
    return desk()


@pytest.fixture
def review(at: Desk) -> Review:
    return at.stage.published(by=at.stage.anna)


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return " ".join(response.content.decode().split())


def page_of(thread: Thread) -> str:
    return f"/partner/disputes/{thread.pk}/"


def counter(client: Client) -> str:
    page = html(client.get("/partner/settings/notifications/"))
    found = re.search(r'Disputes <span class="counter waits">(\d+)<', page)
    return found[1] if found else ""


def opened(at: Desk, review: Review, *, hours: int = 0) -> Thread:
    now = at.now + hours * HOUR
    return threads.open_dispute(member=member(at.stage), review_id=review.pk, text=TEXT, now=now)


def answered(at: Desk, thread: Thread, text: str = "Which app do you mean?") -> None:
    threads.write_as_moderator(moderator=at.mika, thread_id=thread.pk, text=text, now=at.now)


def closed(at: Desk, thread: Thread, outcome: str = "stays") -> None:
    threads.close_dispute(
        moderator=at.mika, thread_id=thread.pk, outcome=outcome, text="We looked.", now=at.now
    )


def test_a_dispute_goes_to_and_fro_and_closes_with_an_outcome(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    client = sign_in()
    sent = client.post(f"/partner/reviews/{review.pk}/dispute/", {"text": TEXT})
    thread = Thread.objects.get()
    assert (sent.status_code, sent.headers["Location"]) == (303, page_of(thread) + "?done=sent")
    page = html(client.get(sent.headers["Location"]))
    assert TEXT in page and "Petra Peltonen" in page and "<b>Sent.</b>" in page
    answered(at, thread)
    said = html(client.get(page_of(thread)))
    assert "Which app do you mean?" in said and "The moderators" in said and "Mika" not in said
    assert client.post(page_of(thread), {"text": "Mail."}).status_code == 303
    closed(at, thread)
    page = html(client.get(page_of(thread)))
    assert "The moderators have looked at it. The review stays as it is." in page
    assert "We looked." in page and "<textarea" not in page
    late = html(client.post(page_of(thread), {"text": "Wait."}), 409)
    assert "It is closed: nothing can be added any more." in late and "Wait." in late
    numbers = ThreadMessage.objects.filter(thread=thread).order_by("number")
    assert list(numbers.values_list("party", flat=True)) == [
        "partner", "moderator", "partner", "moderator",
    ]  # fmt: skip
    review.refresh_from_db()
    assert review.state == "published"
    page = html(client.get(f"/partner/reviews/{review.pk}/"))
    assert "Your dispute was closed on 2 Mar 2026." in page
    assert f"/partner/reviews/{review.pk}/dispute/" in page  # another can be opened


def test_an_answer_is_new_to_each_member_until_they_read_it(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    petra, rita = sign_in(), sign_in("rita@mail.example")
    thread = opened(at, review)
    assert (counter(petra), counter(rita)) == ("", "")
    answered(at, thread)
    assert (counter(petra), counter(rita)) == ("1", "1")
    assert "New answer" in html(petra.get("/partner/disputes/"))
    open_review = html(petra.get(f"/partner/reviews/{review.pk}/"))
    assert "The moderators answered you on 2 Mar 2026." in open_review
    petra.head(page_of(thread))
    assert counter(petra) == "1"
    page = html(petra.get(page_of(thread)))
    assert page.count('<span class="tag accent">New</span>') == 1
    assert (counter(petra), counter(rita)) == ("", "1")
    assert '<span class="tag accent">New</span>' not in html(petra.get(page_of(thread)))
    assert "New answer" not in html(petra.get("/partner/disputes/"))
    answered(at, thread, "One thing more.")
    assert counter(petra) == "1"
    petra.post(page_of(thread), {"text": "Mail."})
    assert (counter(petra), counter(rita)) == ("", "")  # nothing waits for us any more


def test_the_list_has_open_ones_first_and_goes_on_by_pages(at: Desk, sign_in: SignIn) -> None:
    petra, made = member(at.stage), []
    for hours in range(5):
        made.append(opened(at, at.stage.published(), hours=hours))
    closed(at, made[4])
    closed(at, made[0], "case")
    wanted = [made[number].pk for number in (3, 2, 1)]
    found, cursor = [], None
    for _ in range(3):
        part = partner_reads.threads(member=petra, cursor=cursor, limit=2)
        found += [thread.pk for thread in part.items]
        cursor = part.next
    assert found[:3] == wanted and set(found[3:]) == {made[0].pk, made[4].pk} and cursor is None
    page = html(sign_in().get("/partner/disputes/"))
    assert re.findall(r'<a class="btn small" href="/partner/disputes/([\w-]+)/', page) == [
        str(pk) for pk in found
    ]
    assert "Closed: a case was opened" in page and "Closed: the review stays" in page
    for bad in ("x", write_cursor("disputes", ["\0", at.now.isoformat(), uuid4()])):
        with pytest.raises(CursorError):
            partner_reads.threads(member=petra, cursor=bad)
        assert "Dispute about Calls" in html(
            sign_in().get("/partner/disputes/", {"cursor": bad}), 400
        )


def test_more_disputes_cost_no_statement_more(at: Desk, sign_in: SignIn, count_sql: Any) -> None:
    client, costs = sign_in(), []
    for more in (2, 10):
        for _ in range(more):
            thread = opened(at, at.stage.published())
            answered(at, thread)
            answered(at, thread)
        client.get(page_of(thread))
        for where in ("/partner/disputes/", page_of(thread)):
            with count_sql() as statements:
                html(client.get(where))
            costs.append(len(statements))
    assert costs[:2] == costs[2:], costs


def test_another_partners_is_as_one_that_never_was(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    thread = opened(at, review)
    vera, _ = rival(at.stage)
    client = sign_in(vera.person.email)
    for ask in (client.get, lambda where: client.post(where, {"text": "Hello."})):
        theirs = html(ask(page_of(thread)), 404)
        nobodys = html(ask(f"/partner/disputes/{(never := uuid4())}/"), 404)
        hidden = re.compile(r'value="\w{64}"')
        assert hidden.sub("", theirs.replace(str(thread.pk), "…")) == hidden.sub(
            "", nobodys.replace(str(never), "…")
        )
    assert "No disputes" in html(client.get("/partner/disputes/")) and counter(client) == ""
    assert ThreadMessage.objects.count() == 1


def test_a_link_in_a_mail_opens_it_for_the_right_partner(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    thread = opened(at, review)
    answered(at, thread)
    mail = Message.objects.filter(to_email="petra@pixel.example").latest("id")
    assert page_of(thread) in mail.text and "Which app" not in mail.text
    vera, _ = rival(at.stage, ref="aardvark")  # by its name the first of hers
    Role.objects.create(
        person=vera.person,
        marketplace_id=at.stage.marketplace.pk,
        place_id=at.stage.partner.pk,
        kind="replier",
        source="invitation",
    )
    client = sign_in(vera.person.email)
    assert '<span class="acting">Aardvark</span>' in html(client.get("/partner/"))
    assert '<span class="acting">Pixel</span>' in html(client.get(page_of(thread)))


def test_readers_read_and_write_nothing(at: Desk, review: Review, sign_in: SignIn) -> None:
    thread, rita = opened(at, review), sign_in("rita@mail.example")
    page = html(rita.get(page_of(thread)))
    assert TEXT in page and "Your role here is reader" in page and "<textarea" not in page
    html(rita.post(page_of(thread), {"text": "Me too."}), 403)
    assert ThreadMessage.objects.count() == 1


def test_files_and_nothing_are_no_message(at: Desk, review: Review, sign_in: SignIn) -> None:
    thread, client = opened(at, review), sign_in()
    file = SimpleUploadedFile("proof.png", b"\x89PNG", "image/png")
    page = html(client.post(page_of(thread), {"text": "See this.", "file": file}), 422)
    assert "Attachments aren’t taken." in page and "See this." in page
    assert "Write something here." in html(client.post(page_of(thread), {"text": " "}), 422)
    assert ThreadMessage.objects.count() == 1


def test_whoever_is_signed_out_while_writing_keeps_the_words(at: Desk, review: Review) -> None:
    page = html(Client().post(page_of(opened(at, review)), {"text": "My words."}), 403)
    assert "My words." in page


def test_a_dispute_outlives_its_review_and_an_appeal_takes_one_text(
    at: Desk, review: Review, sign_in: SignIn
) -> None:
    thread = opened(at, review)
    reviews.withdraw_review(viewer=at.stage.anna, review_id=review.pk, now=at.now)
    page = html(sign_in().get(page_of(thread)))
    assert "Its author has taken the review back." in page
    assert f"/partner/reviews/{review.pk}/" not in page
    Thread.objects.filter(pk=thread.pk).update(kind="appeal")
    with pytest.raises(Declined) as refusal:
        threads.write_as_member(
            member=member(at.stage), thread_id=thread.pk, text="More.", now=at.now
        )
    assert refusal.value.code == "one_text"


def test_the_settings_say_that_decisions_are_always_mailed(at: Desk, sign_in: SignIn) -> None:
    page = html(sign_in().get("/partner/settings/notifications/"))
    assert "Decisions of the moderators are always mailed." in page
