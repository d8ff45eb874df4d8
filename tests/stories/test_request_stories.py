"""Stories of mails that ask, told by a real browser: from the mail to the sent review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from arvio.asking.models import SignInLink
from arvio.notify.models import Message
from arvio.reviews import actions as reviews
from arvio.reviews.models import Review
from tests import cast
from tests.asking.mailing import mails, someone, stage, work
from tests.cast import NOW

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]
Read = Callable[[Any, Message], None]


@pytest.fixture
def read(portal: Callable[[str], str], live_server: Any) -> Read:
    """The mail as a program on another site shows it; its links lead to the story's server."""

    def show(page: Page, mail: Message) -> None:
        page.goto(portal(mail.html.replace("http://testserver", live_server.url)))

    return show


def scan(mail: Message, page: Page, live_server: Any) -> None:
    """A scanner of mail opens every link before anybody reads it."""
    for line in mail.text.splitlines():
        if line.startswith("http://testserver/store/in/me/asked/"):
            answer = page.request.get(line.replace("http://testserver", live_server.url))
            assert answer.status == 200


def test_from_the_mail_to_a_review_that_is_sent(
    open_browser: Open, read: Read, live_server: Any
) -> None:
    on = stage()
    someone(on, "nora")
    work(NOW)
    (mail,) = mails()
    page = open_browser()
    scan(mail, page, live_server)
    read(page, mail)
    expect(page.get_by_role("heading", name="Review Calls")).to_be_visible()
    page.get_by_role("link", name="4 · Good").click()
    expect(page.get_by_text("Nothing has happened yet.")).to_be_visible()
    assert not Review.objects.exists() and SignInLink.objects.get().used_at is None
    page.get_by_role("button", name="Continue as Nora K.").press("Enter")
    page.wait_for_url("**/store/in/calls/?stars=4")
    expect(page.locator("input[name=stars][value='4']")).to_be_checked()
    expect(page.get_by_text("Your name is shown as Nora K.")).to_be_visible()
    assert not Review.objects.exists()
    # Another star of the same mail: who is signed in is led on.
    read(page, mail)
    page.get_by_role("link", name="2 · Poor").click()
    page.wait_for_url("**/store/in/calls/?stars=2")
    expect(page.locator("input[name=stars][value='2']")).to_be_checked()
    fill(page)
    page.get_by_role("button", name="Send review").click()
    expect(page.get_by_text("Published.").first).to_be_visible()
    review = Review.objects.get()
    assert review.stars == 2 and review.user and review.user.ref == "nora"


def fill(page: Page) -> None:
    page.locator("input[name=title]").fill("Loses calls on Mondays")
    page.get_by_label("What should others know").fill("Calls get lost on Mondays, every week.")
    for group in ("ease_of_use", "features"):
        page.locator(f"label:has(input[name='qualities.{group}'][value='2'])").click()
    page.locator("[name='about.role']").fill("Sales lead")
    page.locator("[name='about.company_size']").select_option(index=1)
    for consent in page.locator("input[name=consents]").all():
        consent.check()


def test_who_comes_back_later_is_mailed_another_link(open_browser: Open, read: Read) -> None:
    on = stage()
    someone(on, "nora")
    work(NOW)
    first = open_browser()
    read(first, mails()[0])
    first.get_by_role("link", name="Write a review").click()
    first.get_by_role("button", name="Continue as Nora K.").click()
    expect(first.get_by_role("button", name="Send review")).to_be_visible()
    elsewhere = open_browser()
    read(elsewhere, mails()[0])
    elsewhere.get_by_role("link", name="Write a review").click()
    expect(elsewhere.get_by_text("This link was used already.")).to_be_visible()
    elsewhere.get_by_role("button", name="Send a new link").click()
    expect(elsewhere.get_by_text("A new link is on its way.")).to_be_visible()
    (mail,) = Message.objects.filter(urgent=True)
    read(elsewhere, mail)
    elsewhere.get_by_role("link", name="Open the page").click()
    elsewhere.get_by_role("button", name="Continue as Nora K.").click()
    expect(elsewhere.get_by_role("button", name="Send review")).to_be_visible()


def test_an_author_updates_the_review_after_the_fix(
    open_browser: Open, read: Read, time: Any
) -> None:
    on = stage("hubspot-2024")
    review = on.published(by=on.anna, stars=2)
    reviews.send_reply(
        member=cast.member(on),
        review_id=review.pk,
        text="Version 3.2 keeps the order of your calls.",
        fixed_in="3.2",
        now=NOW,
    )
    work(NOW)
    mail = Message.objects.get(subject__startswith="Fixed in")
    page = open_browser()
    read(page, mail)
    expect(page.get_by_text("Version 3.2 keeps the order of your calls.")).to_be_visible()
    page.get_by_role("link", name="Update your review").click()
    page.get_by_role("button", name="Continue as Anna K.").click()
    page.wait_for_url(f"**/store/in/me/{review.pk}/edit/")
    page.locator("label:has(input[name=stars][value='5'])").click()
    time.now = NOW + timedelta(minutes=5)
    page.get_by_role("button", name="Send the edit").click()
    page.wait_for_url("**/store/in/me/**")
    review.refresh_from_db()
    assert review.pending_version and review.pending_version.stars == 5
