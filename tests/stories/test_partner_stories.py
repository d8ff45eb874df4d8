"""The partner answers: from the mail to the reply that everybody reads, told by a real browser
and a real mail server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from arvio.reviews import actions
from arvio.reviews.verifying import verify
from arvio.work.loop import work_once
from tests import cast
from tests.notify.sink import Sink, open_sink

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]
PASSWORD = "a long and lasting password"
REPLY = (
    "Thank you for writing, Anna. You are right, the call log lost its order, and we are sorry: "
    "I understand how much time that cost you. Version 3.3, out on Friday, keeps the order. "
    "Write to us at help@pixel.example if anything is left. We are glad to help!"
)


@pytest.fixture
def store(settings: Any, live_server: Any) -> cast.Stage:
    """Petra can sign in, and the links in mails lead to the server of the story."""
    settings.BASE_URL = live_server.url
    stage = cast.stage()
    person = cast.member(stage).person
    person.set_password(PASSWORD)
    person.save()
    return stage


def sign_in(page: Page, email: str = "petra@pixel.example") -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def mail_to(sink: Sink, address: str) -> EmailMessage:
    (found,) = [mail for mail in sink.mails if mail["To"] == address]
    return found


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_held_review_is_answered_from_its_mail_and_both_are_published_together(
    store: cast.Stage, open_browser: Open, settings: Any, time: Any
) -> None:
    with open_sink() as (sink, server):
        settings.SMTP = server
        store.review(
            by=store.anna, stars=2, text="The call log loses its order and support is silent."
        )
        work_once(now=time.now)
        mail = mail_to(sink, "petra@pixel.example")
        assert "2" in str(mail["Subject"])
        told = words(mail)
        assert "The call log loses its order" in told
        assert "Thu 5 Mar" in told or "5 Mar" in told
        assert "Korhonen" not in told
        (link,) = set(re.findall(r"https?://\S+/partner/reviews/\S+/", told))

        page = open_browser()
        page.goto(link)
        sign_in(page)
        expect(page.get_by_text("Publishes on Thu 5 Mar, 09:30, in 3 days.")).to_be_visible()
        expect(page).to_have_title(re.compile(r"^\(1\) "))
        tips = page.locator("#tips")
        expect(tips).to_contain_text("0 of 7")
        page.get_by_label("Your reply").press_sequentially("Thank you for writing, Anna. ")
        expect(tips.locator("li.done")).not_to_have_count(0)
        page.get_by_label("Your reply").fill(REPLY)
        expect(tips).to_contain_text("7 of 7")
        page.get_by_role("button", name="Preview and send").click()
        expect(page.locator("p.words").get_by_text(REPLY)).to_be_visible()
        page.get_by_role("button", name="Send reply").click()
        expect(page).not_to_have_title(re.compile(r"^\("))
        expect(page.get_by_label("Your reply")).to_have_count(0)

        visitor = open_browser()
        visitor.goto("/store/apps/calls/")
        expect(visitor.get_by_text("No reviews yet").first).to_be_visible()
        time.now += timedelta(days=3)
        work_once(now=time.now)
        visitor.reload()
        expect(visitor.get_by_text("The call log loses its order")).to_be_visible()
        expect(visitor.get_by_text(REPLY)).to_be_visible()
        expect(visitor.get_by_text("Reply from Pixel")).to_be_visible()

        answer = mail_to(sink, "anna@customer.example")
        assert REPLY in " ".join(words(answer).split())
        assert "Petra" not in words(answer)
    assert list(verify(now=time.now)) == []


def test_a_reply_that_a_colleague_sent_first_costs_nobody_their_words(
    store: cast.Stage, open_browser: Open, time: Any
) -> None:
    review = store.published(by=store.anna, stars=2)
    page = open_browser()
    page.goto(f"/partner/reviews/{review.pk}/")
    sign_in(page)
    page.get_by_label("Your reply").fill("My own words.")
    pavel = cast.member(store, "pavel@mail.example")
    actions.send_reply(member=pavel, review_id=review.pk, text="Pavel's words.", now=time.now)
    page.get_by_role("button", name="Preview and send").click()
    expect(page.get_by_text("Pavel's words.")).to_be_visible()
    expect(page.get_by_text("My own words.")).to_be_visible()


def test_without_scripts_the_tips_come_with_the_preview(
    store: cast.Stage, open_browser: Open
) -> None:
    review = store.published(by=store.anna, stars=2)
    page = open_browser(java_script_enabled=False)
    page.goto(f"/partner/reviews/{review.pk}/")
    sign_in(page)
    page.get_by_label("Your reply").fill("Thank you for writing, Anna.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_label("Your reply")).to_have_value("Thank you for writing, Anna.")
    expect(page.locator("#tips li.done")).not_to_have_count(0)
    page.get_by_role("button", name="Preview and send").click()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Thank you for writing, Anna.")).to_be_visible()
