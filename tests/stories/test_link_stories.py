"""Stories of review links, told by a real browser: copying one, following one, and the frame that
the listing opens on another site.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from arvio.asking import actions
from arvio.asking.models import LinkDay
from arvio.people.models import Person
from tests import cast
from tests.cast import NOW

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]


def numbers() -> tuple[int, int]:
    rows = LinkDay.objects.all()
    return sum(row.arrivals for row in rows), sum(row.reviews for row in rows)


def write(page: Page | Frame) -> None:
    page.locator("label:has(input[name=stars][value='2'])").click()
    page.get_by_label("What should others know").fill("Calls get lost on Mondays.")
    page.locator("input[name=consents][value=guidelines]").check()
    page.locator("input[name=consents][value=privacy]").check()
    page.get_by_role("button", name="Send review").click()
    expect(page.get_by_text("Sent to the developer.").first).to_be_visible()


def test_who_follows_a_link_and_then_opens_the_app_is_counted(
    open_browser: Open, enter: Callable[..., Any]
) -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    page = open_browser()
    for _ in range(2):
        page.goto(f"/store/in/go/{link.code}/")
        expect(page.get_by_text("Reviews are written inside your account")).to_be_visible()
    write(enter(page, stage))
    assert numbers() == (1, 1)


@pytest.mark.parametrize("passed_on", [True, False])
def test_the_listings_frame_on_another_site_counts_where_it_passes_the_code_on(
    passed_on: bool,
    open_browser: Open,
    viewer_token: Callable[..., str],
    portal: Callable[[str], str],
    live_server: Any,
) -> None:
    """The browser sends into a frame no cookie that was set at the top, so the listing's query is
    the only way there.
    """
    stage = cast.stage()
    stage.marketplace.frame_hosts = ["http://127.0.0.1:*"]
    stage.marketplace.save()
    action = f"{live_server.url}/store/in/calls/"
    assert "//localhost" in action
    script = "form.action += location.search" if passed_on else ""
    listing = portal(
        f"""<iframe name="card" width="1000" height="2000"></iframe>
        <form name="form" method="post" target="card" action="{action}">
        <input name="token" value="{viewer_token(stage)}"><button>Open</button></form>
        <script>{script}</script>"""
    )
    cast.make_app(stage.marketplace, stage.partner, "calls", listing_url=listing)
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    page = open_browser()
    page.goto(f"/store/in/go/{link.code}/")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open Calls in your account").click()
    there = opened.value
    there.get_by_role("button", name="Open").click()
    card = there.frame("card")
    assert card is not None
    write(card)
    assert numbers() == (1, int(passed_on))


def test_a_partner_copies_a_link(open_browser: Open, client: Any, live_server: Any) -> None:
    stage = cast.stage()
    link = actions.default_link(app=stage.app, actor="x", now=NOW)
    client.force_login(Person.objects.get(email="petra@pixel.example"))
    page = open_browser(permissions=["clipboard-read", "clipboard-write"])
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto("/partner/links/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/store/in/go/{link.code}/")
