"""Stories on the example portal: an app asks for a review when the time is right, and only then.

The portal is the one in examples/, on an origin of its own; broker, script and form are the real
ones. Only BX24 is pretended, by the page, as the platform's documents say that it answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import cast
from tests.clients.example import running

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Locator, Page

    from examples.marketplace.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
TWO_WEEKS = timedelta(days=14)


@dataclass
class Inside:
    """Aino at the portal, with a page of her browser."""

    stage: cast.Stage
    portal: Portal
    page: Page
    url: str
    time: Any

    @property
    def question(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def form(self) -> FrameLocator:
        return self.page.frame_locator("dialog iframe")

    def install(self, app: str, *, ago: timedelta = TWO_WEEKS) -> None:
        from examples.marketplace.portal import PEOPLE

        self.portal.install(app, by=PEOPLE["aino"], at=self.time.now - ago)

    def open(self, app: str = "calls") -> None:
        self.page.goto(f"{self.url}/use/{app}")

    def succeed(self, times: int = 1) -> str:
        """Send reports; answers what the page says that Arvio said to the last one."""
        said = self.page.get_by_role("status")
        for _ in range(times):
            self.page.evaluate("document.getElementById('said').textContent = ''")
            self.page.get_by_role("button", name="Send report").click()
            said.filter(has_text="Arvio").wait_for()
        return said.inner_text().removeprefix("Arvio: ")

    def be_asked(self, app: str = "calls") -> None:
        """The third success, and the question that it brings."""
        self.open(app)
        assert self.succeed(2) == "not_enough_use"
        self.page.get_by_role("button", name="Send report").click()
        self.question.wait_for()

    def hear(self, outcome: str) -> None:
        """The question is gone, and the script has said what became of it."""
        self.question.wait_for(state="detached")
        self.page.get_by_role("status").filter(has_text=f"Arvio: {outcome}").wait_for()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def wait_for_word(self) -> None:
        """Until the form has said that it shows: a moment after it does, as the page sees it."""
        for _ in range(200):
            if self.outcomes() != [""]:
                return
            self.page.wait_for_timeout(50)

    def outcomes(self) -> list[str]:
        from arvio.asking.prompt_models import Prompt

        return list(Prompt.objects.order_by("asked_at").values_list("outcome", flat=True))


@pytest.fixture
def inside(
    open_browser: Callable[..., Page], live_server: Any, time: Any, settings: Any, tmp_path: Path
) -> Iterator[Inside]:
    settings.BASE_URL = live_server.url
    # The portal lives on the real clock, so the story begins there.
    time.now = datetime.now(UTC)  # noqa: TID251
    stage = cast.stage()
    cast.make_app(stage.marketplace, stage.partner, "mail")
    with running(stage, live_server.url, tmp_path) as (url, portal):
        page = open_browser()
        page.context.add_cookies([{"name": "person", "value": "marcus", "url": url}])
        yield Inside(stage, portal, page, url, time)


def test_the_question_comes_with_the_third_success_once_and_in_one_app_a_day(
    inside: Inside,
) -> None:
    page = inside.page
    page.context.clear_cookies()
    page.goto(inside.url)
    page.get_by_role("button", name="Marcus Webb").click()
    page.get_by_role("link", name="Calls", exact=True).click()
    page.get_by_label("Installed").select_option("two weeks ago")
    page.get_by_role("button", name="Install", exact=True).click()
    page.get_by_role("link", name="Open Calls").click()
    for _ in range(2):
        assert inside.succeed() == "not_enough_use"
        assert not inside.question.is_visible()
    page.get_by_role("button", name="Send report").click()
    inside.question.get_by_text("You have sent 3 reports with this app.").wait_for()
    inside.press("Not now")
    inside.hear("later")
    assert inside.succeed(2) == "cooldown"
    page.reload()
    assert inside.succeed() == "cooldown"
    assert not inside.question.is_visible()

    inside.install("mail")
    inside.open("mail")
    assert inside.succeed(3) == "elsewhere_today"
    assert not inside.question.is_visible()
    inside.time.now += timedelta(days=1)
    page.get_by_role("button", name="Send report").click()
    page.get_by_role("dialog", name="Review Mail").wait_for()
    page.keyboard.press("Escape")
    inside.hear("later")
    inside.open("calls")
    assert inside.succeed() == "cooldown"
    assert inside.outcomes() == ["later", "later"]


def test_an_app_that_was_just_installed_waits_a_week(inside: Inside) -> None:
    inside.install("calls", ago=timedelta(0))
    inside.open()
    assert inside.succeed(3) == "recently_installed"
    inside.time.now += timedelta(days=7)
    inside.press("Send report")
    inside.question.wait_for()


def test_escape_is_not_now_and_brings_the_focus_back(inside: Inside) -> None:
    inside.install("calls")
    inside.be_asked()
    page = inside.page
    assert focused(page) == "Review Calls"
    page.keyboard.press("Escape")
    inside.hear("later")
    assert focused(page) == "Send report"
    assert inside.succeed() == "cooldown"
    assert inside.outcomes() == ["later"]


def test_the_question_has_names_for_who_listens_and_keys_for_who_types(inside: Inside) -> None:
    inside.install("calls")
    inside.be_asked()
    page = inside.page
    heard = {(node["role"], node["name"]) for node in spoken(page)}
    assert {
        ("dialog", "Review Calls"),
        ("heading", "Review Calls"),
        ("button", "Write a review"),
        ("button", "Not now"),
        ("button", "Don’t ask about this app"),
    } <= heard
    [dialog] = [node for node in spoken(page) if node["role"] == "dialog"]
    assert dialog["modal"]
    # What is behind a modal dialog is neither heard nor reached.
    assert ("button", "Send report") not in heard
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(focused(page))
    assert reached == ["Write a review", "Not now", "Don’t ask about this app"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    inside.hear("later")
    assert focused(page) == "Send report"


UNKNOWN = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
ON_A_PHONE = {"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"}
CLOSED = {"result": "close"}
FIRST, SECOND = "/marketplace/detail/calls/", "/market/detail/calls/"


@pytest.mark.parametrize(
    ("answers", "paths", "form"),
    [
        ([CLOSED], [FIRST], False),
        ([UNKNOWN, CLOSED], [FIRST, SECOND], False),
        ([UNKNOWN, UNKNOWN], [FIRST, SECOND], True),
        ([ON_A_PHONE], [FIRST], True),
    ],
    ids=["closed", "second path", "no path", "on a phone"],
)
def test_inside_bitrix24_the_listing_is_opened_and_each_error_leads_on(
    inside: Inside, answers: list[dict[str, str]], paths: list[str], form: bool
) -> None:
    inside.page.add_init_script(
        f"""window.BX24 = {{
            paths: [],
            answers: {json.dumps(answers)},
            openPath(path, done) {{
                this.paths.push(path);
                setTimeout(() => done(this.answers.shift()), 20);
            }},
        }};"""
    )
    inside.install("calls")
    inside.be_asked()
    inside.press("Write a review")
    if form:
        inside.form.get_by_role("button", name="Send review").wait_for()
        inside.wait_for_word()
        inside.press("Close")
    inside.hear("opened")
    assert inside.page.evaluate("BX24.paths") == paths
    assert inside.succeed() == "cooldown"
    assert inside.outcomes() == ["opened"]


def test_a_review_is_written_in_the_frame_and_nobody_asks_again(inside: Inside) -> None:
    from arvio.reviews.models import Review

    inside.install("calls")
    inside.be_asked()
    inside.press("Write a review")
    form = inside.form
    form.get_by_role("radio", name="4").press("Space")
    form.get_by_role("textbox").first.fill("It does what it says, every day of the week.")
    for box in form.get_by_role("checkbox").all():
        box.check()
    form.get_by_role("button", name="Send review").click()
    form.get_by_text("Publishes on").first.wait_for()
    review = Review.objects.get()
    assert review.user is not None and review.account is not None
    assert (review.user.ref, review.account.ref, review.state) == ("marcus", "tamarind", "held")
    assert review.live_version.stars == 4
    inside.press("Close")
    inside.hear("opened")
    assert focused(inside.page) == "Send report"
    assert inside.succeed() == "already_reviewed"
    inside.time.now += timedelta(days=61)
    assert inside.succeed() == "already_reviewed"
    assert inside.outcomes() == ["opened"]


def test_who_does_not_want_to_be_asked_is_not_asked(inside: Inside) -> None:
    inside.install("calls")
    inside.be_asked()
    inside.press("Don’t ask about this app")
    inside.hear("never")
    assert inside.succeed() == "opted_out"
    inside.time.now += timedelta(days=61)
    assert inside.succeed() == "opted_out"
    assert inside.outcomes() == ["never"]


def test_a_colleague_is_asked_in_her_own_language(inside: Inside) -> None:
    page = inside.page
    page.context.add_cookies([{"name": "person", "value": "aino", "url": inside.url}])
    inside.install("calls")
    inside.be_asked()
    page.get_by_role("dialog", name="Arvostele Calls").wait_for()
    inside.question.get_by_text("Olet lähettänyt 3 raporttia").wait_for()
    inside.press("Kirjoita arvostelu")
    inside.form.get_by_role("button", name="Lähetä arvostelu").wait_for()
    inside.wait_for_word()
    inside.press("Sulje")
    inside.hear("opened")


def focused(page: Page) -> str:
    """The words of the element that has the focus, wherever it is rooted."""
    words: str = page.evaluate(
        """() => {
            let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return at?.innerText.trim() ?? "";
        }"""
    )
    return words


def spoken(page: Page) -> list[dict[str, Any]]:
    """What Chromium tells a screen reader of the page: role, name and whether it is modal."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        {
            "role": node.get("role", {}).get("value"),
            "name": node.get("name", {}).get("value"),
            "modal": any(
                one["name"] == "modal" and one["value"]["value"]
                for one in node.get("properties", [])
            ),
        }
        for node in nodes
        if not node.get("ignored")
    ]
