"""Stories told by a real browser: submitting, being refused, reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from arvio.reviews.models import Draft, Review
from arvio.work.loop import work_once
from tests import cast

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Enter = Callable[..., Any]
Open = Callable[..., Any]


def fill_simple(page: Page | Frame) -> None:
    page.get_by_text("How many stars does it earn?").wait_for()
    page.locator("label:has(input[name=stars][value='4'])").click()
    expect(page.get_by_text("4 · Good")).to_be_visible()
    page.get_by_label("What should others know").fill("Calls land on the right deal at last.")
    page.locator("input[name=consents][value=guidelines]").check()
    page.locator("input[name=consents][value=privacy]").check()


def test_a_customer_submits_and_three_days_later_everybody_reads_it(
    open_browser: Open, enter: Enter, time: Any
) -> None:
    stage = cast.stage()
    page = enter(open_browser(), stage)
    expect(page.get_by_text("0 of 5,000")).to_be_visible()
    fill_simple(page)
    expect(page.get_by_text("37 of 5,000")).to_be_visible()
    page.get_by_role("button", name="Send review").click()
    expect(page.get_by_role("status").get_by_text("Sent to the developer.")).to_be_visible()
    expect(page.get_by_text("Publishes on Thu 5 Mar, 09:30, in 3 days.").first).to_be_visible()

    visitor = open_browser()
    visitor.goto("/store/apps/calls/")
    expect(visitor.get_by_text("No reviews yet").first).to_be_visible()
    time.now += timedelta(days=3)
    work_once(now=time.now)
    visitor.reload()
    expect(visitor.get_by_text("Calls land on the right deal at last.")).to_be_visible()
    expect(visitor.get_by_text("Anna K.")).to_be_visible()
    expect(visitor.get_by_text("Verified install")).to_be_visible()


def test_where_nothing_is_held_the_review_is_published_at_once(
    open_browser: Open, enter: Enter
) -> None:
    stage = cast.stage(preset="hubspot-2022")
    page = enter(open_browser(), stage)
    page.locator("label:has(input[name=stars][value='5'])").click()
    page.get_by_label("Title").fill("Does what it says")
    page.get_by_label("What should others know").fill("Calls land on the right deal.")
    page.locator("label:has(input[name='qualities.ease_of_use'][value='5'])").click()
    page.locator("label:has(input[name='qualities.features'][value='0'])").click()
    page.get_by_label("Your role").fill("Sales lead")
    page.get_by_label("Company size").select_option("11-50")
    for consent in page.locator("input[name=consents]").all():
        consent.check()
    page.get_by_role("button", name="Send review").click()
    expect(page.get_by_role("status").get_by_text("Published.")).to_be_visible()
    marks = page.locator("#reviews .marks dt")
    expect(marks).to_have_text(["Ease of use", "Features"])


def test_a_refused_customer_reads_why_and_what_would_change_it(
    open_browser: Open, enter: Enter
) -> None:
    page = enter(open_browser(), cast.stage(), sub="zed", account="zed-inc", name="Zed Zimmer")
    expect(page.get_by_role("heading", name="You can’t review Calls yet")).to_be_visible()
    expect(
        page.get_by_role("heading", name="Calls isn’t installed on your account.")
    ).to_be_visible()
    expect(page.get_by_text("Ask an administrator of Zed Inc to install it.")).to_be_visible()
    expect(
        page.get_by_text("Reviews open on the day the account moves to a paid plan.")
    ).to_be_visible()
    expect(page.get_by_text("Already fine")).to_be_visible()
    expect(page.get_by_role("button", name="Send review")).to_have_count(0)


def test_a_visitor_filters_reviews_in_russian(open_browser: Open) -> None:
    stage = cast.stage()
    stage.published(text="Звонки сразу попадают в нужную сделку.", language="ru", stars=5)
    stage.published(text="Отчёт открывается слишком долго.", language="ru", stars=2)
    stage.published(text="Calls land on the right deal.", language="en", stars=5)
    page = open_browser(locale="ru-RU")
    page.goto("/store/apps/calls/")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    expect(page.locator(".figure")).to_have_text("4,0")
    expect(page.locator(".review")).to_have_count(3)
    page.locator("select[name=language]").select_option("ru")
    expect(page.locator(".review")).to_have_count(2)
    assert "language=ru" in page.url
    page.locator("select[name=stars]").select_option("2")
    expect(page.locator(".review .words")).to_have_text(["Отчёт открывается слишком долго."])
    page.go_back()
    expect(page.locator(".review")).to_have_count(2)


def test_a_review_is_sent_with_the_keyboard_alone(open_browser: Open, enter: Enter) -> None:
    page = enter(open_browser(), cast.stage())
    page.locator("input[name=stars]").first.focus()
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=stars][value='4']")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Calls land on the right deal at last.")
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('button')"):
        if page.evaluate("document.activeElement.matches('[type=checkbox]')"):
            page.keyboard.press("Space")
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    confirmation = page.locator("[data-focus]")
    expect(confirmation).to_contain_text("Sent to the developer.")
    expect(confirmation).to_be_focused()


def test_a_review_is_sent_without_javascript(
    open_browser: Open,
    viewer_token: Callable[..., str],
    portal: Callable[[str], str],
    live_server: Any,
) -> None:
    stage = cast.stage()
    page = open_browser(java_script_enabled=False)
    page.goto(
        portal(
            f'''<form method="post" action="{live_server.url}/store/in/calls/">
            <input name="token" value="{viewer_token(stage)}"><button>Open</button></form>'''
        )
    )
    page.get_by_role("button").click()
    fill_simple(page)
    page.get_by_role("button", name="Send review").click()
    expect(page.get_by_text("Sent to the developer.").first).to_be_visible()
    assert Review.objects.count() == 1
    page.goto("/store/apps/calls/?stars=5")
    expect(page.get_by_text("No reviews yet").first).to_be_visible()


def test_it_works_in_the_portals_frame_on_another_site(
    open_browser: Open,
    viewer_token: Callable[..., str],
    portal: Callable[[str], str],
    live_server: Any,
) -> None:
    """127.0.0.1 and localhost are two sites, so the browser sends only the partitioned cookie."""
    stage = cast.stage()
    stage.marketplace.frame_hosts = ["http://127.0.0.1:*"]
    stage.marketplace.save()
    action = f"{live_server.url}/store/in/calls/"
    assert "//localhost" in action
    page = open_browser()
    page.goto(
        portal(
            f'''<iframe name="card" width="1000" height="2000"></iframe>
            <form method="post" target="card" action="{action}">
            <input name="token" value="{viewer_token(stage)}"><button>Open</button></form>'''
        )
    )
    page.get_by_role("button", name="Open").click()
    card = page.frame("card")
    assert card is not None
    fill_simple(card)
    card.get_by_role("button", name="Send review").click()
    expect(card.get_by_text("Sent to the developer.").first).to_be_visible()
    card.get_by_role("link", name="My reviews").click()
    expect(card.get_by_text("Everything you wrote")).to_be_visible()
    expect(card.get_by_text("Calls land on the right deal at last.")).to_be_visible()


def test_a_site_that_is_not_listed_may_not_frame_it(
    open_browser: Open, portal: Callable[[str], str], live_server: Any
) -> None:
    cast.stage()
    page = open_browser(strict=False)
    page.goto(portal(f'<iframe name="card" src="{live_server.url}/store/in/calls/"></iframe>'))
    page.wait_for_timeout(500)
    assert "Calls" not in page.frames[1].content()


def test_a_draft_is_kept_while_typing_and_is_there_again(open_browser: Open, enter: Enter) -> None:
    stage = cast.stage()
    page = enter(open_browser(), stage)
    page.get_by_label("What should others know").press_sequentially("Half a sentence")
    expect(page.get_by_text("Draft saved at 09:30")).to_be_visible()
    assert Draft.objects.get().answers["text"] == "Half a sentence"
    again = enter(open_browser(), stage)
    expect(again.get_by_label("What should others know")).to_have_value("Half a sentence")


def test_errors_take_the_focus_and_lead_to_their_fields(open_browser: Open, enter: Enter) -> None:
    page = enter(open_browser(), cast.stage())
    page.get_by_label("What should others know").fill("x")
    page.get_by_role("button", name="Send review").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("4 fields need a look")
    summary.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_label("What should others know")).to_be_focused()
    expect(page.get_by_label("What should others know")).to_have_value("x")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/store/",
        "/store/apps/calls/",
        "/store/how-reviews-work/",
        "/store/apps/calls/rating/",
        "/store/nothing/at/all/",
    ],
)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_public_page_is_wider_than_the_screen(path: str, width: int, open_browser: Open) -> None:
    stage = cast.stage(preset="hubspot-2022")
    stage.published(text="A" * 300 + " and more", title="B" * 100)
    page = open_browser(viewport={"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
