"""A moderator at work, mostly by the keyboard, told by a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from arvio.moderation.models import Decision
from tests.moderation.desk import Desk, desk

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long and lasting password"


@pytest.fixture
def at(time: Any) -> Desk:
    at = desk()
    at.mika.person.set_password(PASSWORD)
    at.mika.person.save()
    return at


def arrive(page: Page) -> None:
    page.goto("/desk/")
    page.get_by_label("E-mail").fill("mika@store.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("(2) Cases · The Store")


def test_a_case_is_found_previewed_and_decided_by_single_keys(
    at: Desk, open_browser: Callable[..., Any]
) -> None:
    at.report(at.stage.published(), now=at.now - timedelta(days=20), reason="spam")
    second = at.report(at.stage.published(by=at.stage.anna)).case
    page = open_browser()
    arrive(page)
    page.keyboard.press("j")
    expect(page.get_by_role("region", name="The open case")).to_contain_text(second.number)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Give it back")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Remove the review")).to_be_checked()
    page.get_by_label("Rule it rests on").select_option("personal_data")
    page.get_by_label("Statement of reasons").press_sequentially("j, k, 1 and p are letters here.")
    page.get_by_label("Statement of reasons").blur()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Look at it once more")).to_be_focused()
    expect(page.get_by_text("1 reviews become").or_(page.get_by_text("become 1"))).to_be_visible()
    page.get_by_role("button", name="Remove the review").click()
    expect(page.get_by_role("status")).to_contain_text("It is decided")
    assert Decision.objects.get().statement == "j, k, 1 and p are letters here."


def test_single_keys_can_be_switched_off_and_stay_so(
    at: Desk, open_browser: Callable[..., Any]
) -> None:
    for reason in ("spam", "fake"):
        at.report(at.stage.published(), reason=reason)
    page = open_browser()
    arrive(page)
    page.keyboard.press("?")
    page.get_by_label("Single keys work").uncheck()
    page.reload()
    page.keyboard.press("2")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys of the desk")).to_be_hidden()
    expect(page.get_by_role("radio", name="Remove the review")).not_to_be_checked()


def test_on_a_phone_a_case_replaces_the_queue_without_javascript(
    at: Desk, open_browser: Callable[..., Any]
) -> None:
    for reason in ("spam", "fake"):
        at.report(at.stage.published(), reason=reason)
    page = open_browser(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    arrive(page)
    page.get_by_role("link", name="Advertising or spam").click()
    expect(page.get_by_role("link", name="The author hasn’t used the app")).to_be_hidden()
    expect(page.get_by_role("heading", name="Context")).to_be_visible()
    page.get_by_role("radio", name="Keep the review").check()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Keep the review").click()
    expect(page.get_by_role("status")).to_contain_text("It is decided")
    page.get_by_role("link", name="All cases").click()
    expect(page.get_by_role("link", name="The author hasn’t used the app")).to_be_visible()
