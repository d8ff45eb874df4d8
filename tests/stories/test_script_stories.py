"""`arvio.js` in pages of other origins, under policies as strict as they come: the widgets on the
real API, the dialog with a broker that the test plays, the form in its frame.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

from arvio.web import script
from tests import cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]
# What the page about the widgets tells a host to put into its style sheet.
RULES = render_to_string("web/snippets/sizes.txt")
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


@dataclass
class Elsewhere:
    """Another origin: the host's page under its policy, and the broker that the dialog asks."""

    arvio: str
    server: ThreadingHTTPServer
    policy: str = ""
    body: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def outcomes(self) -> list[str]:
        return [sent["outcome"] for path, sent in self.asked if "/prompts/" in path]

    @property
    def page(self) -> str:
        published = script.published()
        return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title>
            <link rel="icon" href="data:">
            <link rel="stylesheet" href="/own.css"><script type="module" crossorigin
            src="{self.arvio}/widgets/{published.version}/arvio.js"
            integrity="{published.integrity}"></script>
            <button id="before">Before</button>{self.body}<p>After</p>"""

    def allow(self, **more: str) -> None:
        directives = {
            "default-src": "'none'",
            "script-src": self.arvio,
            "connect-src": f"{self.arvio} {self.origin}",
            "style-src": "'self'",
            "img-src": "data:",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        self.policy = "; ".join(f"{name} {value}" for name, value in directives.items())

    def ask(self, *, form_url: str = "https://nowhere.invalid/", **more: Any) -> None:
        prompt = {
            "id": "p1",
            "app": {"app": "ringfern-calls", "name": "Ringfern Calls"},
            "clip": None,
            "form_url": form_url,
            "listing_url": f"{self.origin}/listing",
            **more,
        }
        self.answer = {"ask": True, "code": "ask", "prompt": prompt}


@pytest.fixture
def elsewhere(live_server: Any) -> Iterator[Elsewhere]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listing, rules = ("html", "-"), ("css", RULES)
            kept = {"/": ("html", there.page), "/listing": listing, "/own.css": rules}
            kind, body = kept.get(self.path, ("plain", ""))
            policy = {"Content-Security-Policy": there.policy}
            self._answer(200 if body else 404, policy | {"Content-Type": f"text/{kind}"}, body)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Authorization"].startswith("Bearer ")
            there.asked.append((self.path, json.loads(sent)))
            self._answer(200, {"Content-Type": "application/json"}, json.dumps(there.answer))

        def _answer(self, status: int, headers: dict[str, str], body: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Elsewhere(live_server.url, server)
    there.allow()
    Thread(target=server.serve_forever, daemon=True).start()
    yield there
    server.shutdown()
    server.server_close()


def arrive(page: Page, there: Elsewhere, **settings: Any) -> None:
    page.goto(there.origin)
    page.wait_for_function("window.Arvio")
    given = {"token": "t", "marketplace": "store", "app": "calls", "base": there.origin} | settings
    page.evaluate("(given) => Arvio.init(given)", given)


def tell(page: Page, did: str = "") -> None:
    """A moment, whose answer `told` waits for."""
    page.evaluate(
        """(did) => {
            window.told = null;
            Arvio.moment("report-sent", did ? { did } : undefined).then((one) => { told = one; });
        }""",
        did,
    )


def told(page: Page) -> Any:
    """Asked again and again, since a promise that never ends would hold the story for ever."""
    for _ in range(50):
        if answer := page.evaluate("window.told"):
            return answer
        page.wait_for_timeout(100)
    raise AssertionError("The moment has no answer.")


def shown(page: Page, selector: str) -> str:
    text: str = page.locator(selector).evaluate(
        "(one) => one.shadowRoot.textContent.replace(/\\s+/g, ' ')"
    )
    return text


def test_widgets_on_a_foreign_page_under_a_strict_policy(
    open_browser: Open, elsewhere: Elsewhere, live_server: Any
) -> None:
    stage = cast.stage(overrides={"aggregates": {"min_reviews": 2}})
    stage.published(stars=5, text='Fine & "good", 3 < 4, &lt;b&gt; really')
    stage.published(stars=4, text="Calls get lost on Mondays, mostly.")
    few = cast.make_app(stage.marketplace, stage.partner, "few")
    cast.make_app(stage.marketplace, stage.partner, "none")
    author = stage.viewer()
    cast.install(few, author.account)  # type: ignore[arg-type]
    stage.app, calls = few, stage.app
    stage.published(by=author, stars=1, text="Only one of two reviews so far.")
    stage.app = calls
    elsewhere.allow(connect_src=elsewhere.arvio)
    named = 'marketplace="store" app'
    elsewhere.body = "".join(
        f'<p><arvio-{kind} id="{kind}-{app}" {named}="{app}"></arvio-{kind}> behind</p>'
        for kind in ("rating", "badge", "reviews")
        for app in ("calls", "few", "none", "absent")
    )
    page = open_browser()
    page.add_init_script(SHIFTS)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(elsewhere.origin)
    expect(page.locator("#reviews-calls article")).to_have_count(2)
    figures = page.locator("#rating-calls").get_by_role("img", name="4.5 out of 5 stars")
    expect(figures).to_be_visible()
    assert shown(page, "#rating-calls") == "4.52 reviews"
    words = page.locator("#reviews-calls").get_by_text('Fine & "good", 3 < 4, &lt;b&gt; really')
    expect(words).to_have_attribute("dir", "auto")
    for kind in ("rating", "badge", "reviews"):
        assert shown(page, f"#{kind}-few") == "1 of 2 reviews"
        assert page.locator(f"#{kind}-few svg").count() == 0
        assert shown(page, f"#{kind}-none") == "No reviews yet"
        link = page.locator(f"#{kind}-absent").get_by_role("link", name="All reviews")
        expect(link).to_have_attribute("href", f"{live_server.url}/store/apps/absent/")
    assert sum("/ratings?apps=" in url for url in requests) == 1
    assert sum("/few/reviews" in url for url in requests) == 0
    assert page.evaluate("window.shifted") == 0
    page.evaluate("document.querySelector('#rating-calls').setAttribute('app', 'few')")
    expect(page.locator("#rating-calls").get_by_text("1 of 2 reviews")).to_be_visible()
    page.evaluate("document.querySelector('#badge-calls').setAttribute('language', 'ru')")
    expect(page.locator("#badge-calls").get_by_text("2 отзыва")).to_be_visible()


def test_the_dialog_asks_by_keyboard_and_gives_the_focus_back(
    open_browser: Open, elsewhere: Elsewhere
) -> None:
    elsewhere.ask(clip=f"{elsewhere.origin}/missing.png")
    elsewhere.allow(img_src=f"data: {elsewhere.origin}")
    page = open_browser()
    arrive(page, elsewhere)
    page.locator("#before").focus()
    tell(page, "You have made 214 calls with it since March.")
    dialog = page.get_by_role("dialog", name="Review Ringfern Calls")
    expect(page.get_by_role("heading", name="Review Ringfern Calls")).to_be_focused()
    expect(dialog).to_contain_text("You have made 214 calls with it since March. A review takes")
    expect(dialog).to_contain_text("published under the same rules, good or bad")
    expect(dialog.locator("img")).to_have_count(0)
    sizes = [button.bounding_box() for button in dialog.get_by_role("button").all()[:2]]
    assert sizes[0] and sizes[1] and sizes[0]["height"] == sizes[1]["height"] >= 36
    names = ["Write a review", "Not now", "Don’t ask about this app"]
    for name in names:
        page.keyboard.press("Tab")
        expect(dialog.get_by_role("button", name=name, exact=True)).to_be_focused()
    assert dialog.get_by_role("button").count() == len(names)
    assert dialog.locator("[style], input, [role=img]").count() == 0
    again = page.evaluate("Arvio.moment('report-sent')")
    assert again == {"asked": False, "code": "busy"}
    page.keyboard.press("Escape")
    assert told(page) == {"asked": True, "code": "ask", "outcome": "later"}
    expect(dialog).to_have_count(0)
    expect(page.locator("#before")).to_be_focused()
    moments = [sent for path, sent in elsewhere.asked if path.endswith("/apps/calls/prompt")]
    assert moments == [{"moment": "report-sent"}] * 2
    for language, heading, never in (
        ("ru", "Оставьте отзыв о Ringfern Calls", "Не спрашивать об этом приложении"),
        ("fi-FI", "Arvostele Ringfern Calls", "Älä kysy tästä sovelluksesta"),
    ):
        arrive(page, elsewhere, language=language)
        tell(page)
        dialog = page.get_by_role("dialog", name=heading)
        dialog.get_by_role("button", name=never).click()
        assert told(page)["outcome"] == "never"
    page.wait_for_timeout(100)
    assert elsewhere.outcomes == ["later", "never", "never"]


def test_nothing_is_shown_unless_the_broker_says_so(
    open_browser: Open, elsewhere: Elsewhere
) -> None:
    elsewhere.answer = {"ask": False, "code": "cooldown"}
    page = open_browser(strict=False)
    arrive(page, elsewhere)
    page.evaluate("(base) => Arvio.init({ token: async () => 't', base })", elsewhere.origin)
    tell(page)
    assert told(page) == {"asked": False, "code": "cooldown"}
    for broken in (
        "Arvio.init({ token: () => { throw Error() } })",
        "Arvio.init({ token: Promise.reject(1), base: location.origin })",
        "Arvio.init({ token: 't', base: 'http://127.0.0.1:9' })",
        "Arvio.init()",
    ):
        page.evaluate(f"() => {broken}")
        tell(page)
        assert told(page) == {"asked": False, "code": "unreachable"}
    assert page.get_by_role("dialog").count() == 0


CARD, OTHER_CARD = "/marketplace/detail/calls/", "/market/detail/calls/"
# What `BX24.openPath` answers, as its makers describe it (without an answer it throws), the paths
# that it is asked for, and what is open in the end.
PLATFORM = [
    (["close"], [CARD], "card"),
    (["PATH_NOT_AVAILABLE", "close"], [CARD, OTHER_CARD], "card"),
    (["PATH_NOT_AVAILABLE", "PATH_NOT_AVAILABLE"], [CARD, OTHER_CARD], "form"),
    (["METHOD_NOT_SUPPORTED_ON_DEVICE"], [CARD], "form"),
    (["SOMETHING_NEW"], [CARD], "form"),
    ([None], [CARD], "form"),
    ([], [CARD], "form"),
]


def test_the_platforms_own_card_opens_or_else_the_hosted_form(
    open_browser: Open, elsewhere: Elsewhere
) -> None:
    elsewhere.ask()
    page = open_browser(strict=False)
    arrive(page, elsewhere)
    for answers, paths, opened in PLATFORM:
        page.evaluate(
            """(answers) => {
                window.paths = [];
                window.BX24 = { openPath(path, done) {
                    paths.push(path);
                    if (!answers.length) throw Error("broken");
                    const said = answers.shift();
                    const error = said && { result: "error", errorCode: said };
                    setTimeout(done, 0, said === "close" ? { result: "close" } : error);
                } };
            }""",
            answers,
        )
        tell(page)
        page.get_by_role("button", name="Write a review").click()
        if opened == "form":
            page.get_by_role("button", name="Close").click()
        assert told(page)["outcome"] == ("failed" if opened == "form" else "opened"), answers
        assert page.get_by_role("dialog").count() == 0
        assert page.evaluate("paths") == paths


def test_where_the_platform_calls_the_app_otherwise_both_its_paths_follow(
    open_browser: Open, elsewhere: Elsewhere
) -> None:
    elsewhere.ask()
    page = open_browser(strict=False)
    arrive(page, elsewhere)
    listing = "/marketplace/detail/vendor.app/"
    page.evaluate(
        "([base, listing]) => Arvio.init({ token: 't', base, app: 'calls', listing })",
        [elsewhere.origin, listing],
    )
    page.evaluate(
        """() => {
            window.paths = [];
            window.BX24 = { openPath(path, done) {
                const error = { result: "error", errorCode: "PATH_NOT_AVAILABLE" };
                done(paths.push(path) === 1 ? error : { result: "close" });
            } };
        }"""
    )
    tell(page)
    page.get_by_role("button", name="Write a review").click()
    assert told(page)["outcome"] == "opened"
    assert page.evaluate("paths") == [listing, "/market/detail/vendor.app/"]


def test_elsewhere_the_real_form_opens_in_a_dialog(
    open_browser: Open,
    elsewhere: Elsewhere,
    viewer_token: Callable[..., str],
) -> None:
    stage = cast.stage()
    stage.marketplace.frame_hosts = ["http://127.0.0.1:*"]
    stage.marketplace.save()
    elsewhere.ask(form_url=f"{elsewhere.arvio}/store/in/calls/")
    elsewhere.allow(frame_src=elsewhere.arvio, form_action=elsewhere.arvio)
    page = open_browser()
    arrive(page, elsewhere, token=viewer_token(stage))
    # A frame of the page's own, which mustn't get the form.
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('iframe'), {name: 'arvio'}))"
    )
    page.locator("#before").focus()
    tell(page)
    page.get_by_role("button", name="Write a review").click()
    frame = page.frame_locator("iframe[title='Review Ringfern Calls']")
    expect(frame.get_by_role("button", name="Send review")).to_be_visible()
    assert frame.locator("input[name=stars]:checked").count() == 0
    expect(page.get_by_role("heading", name="Review Ringfern Calls")).to_be_focused()
    for _ in range(200):  # The form shows a moment before its word comes.
        if elsewhere.outcomes:
            break
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Close").click()
    assert told(page)["outcome"] == "opened"
    assert elsewhere.outcomes == ["opened"]
    expect(page.locator("#before")).to_be_focused()


def test_a_form_that_may_not_be_framed_leaves_a_link(
    open_browser: Open, elsewhere: Elsewhere, viewer_token: Callable[..., str]
) -> None:
    stage = cast.stage()
    elsewhere.ask(form_url=f"{elsewhere.arvio}/store/in/calls/")
    elsewhere.allow(frame_src=elsewhere.arvio, form_action=elsewhere.arvio)
    page = open_browser(strict=False)
    page.clock.install()
    arrive(page, elsewhere, token=viewer_token(stage))
    tell(page)
    page.get_by_role("button", name="Write a review").click()
    expect(page.locator("iframe")).to_be_visible()
    page.clock.fast_forward(11_000)
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open the app’s page").click()
    assert popup.value.url == f"{elsewhere.origin}/listing"
    page.keyboard.press("Escape")
    assert told(page)["outcome"] == "opened"


def test_an_address_that_is_a_script_is_never_followed(
    open_browser: Open, elsewhere: Elsewhere
) -> None:
    """Neither a page's attribute nor the broker's answer gets to run in the host's page."""
    evil = "javascript:document.title='taken'//"
    elsewhere.body = f'<arvio-badge marketplace="m" app="a" base="{evil}"></arvio-badge>'
    page = open_browser(strict=False)
    for answer in ({"form_url": evil, "listing_url": None}, {"listing_url": evil}):
        elsewhere.ask(**answer)
        arrive(page, elsewhere)
        box = page.locator("arvio-badge").get_by_text("All reviews")
        expect(box).to_be_visible()
        assert box.get_attribute("href") is None
        tell(page)
        page.get_by_role("button", name="Write a review").click()
        assert told(page)["outcome"] == "failed"
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.title() == "Host"


def test_only_the_forms_own_origin_says_that_it_shows(
    open_browser: Open, elsewhere: Elsewhere
) -> None:
    elsewhere.ask(form_url=f"{elsewhere.arvio}/nothing/")
    elsewhere.allow(frame_src=elsewhere.arvio, form_action=elsewhere.arvio)
    page = open_browser(strict=False)
    arrive(page, elsewhere)
    tell(page)
    page.get_by_role("button", name="Write a review").click()
    frame = page.locator("iframe")
    expect(frame).to_be_visible()
    frame.evaluate(
        """(frame) => dispatchEvent(new MessageEvent("message", {
            data: "arvio:shown", origin: "https://other.example", source: frame.contentWindow,
        }))"""
    )
    page.get_by_role("button", name="Close").click()
    assert told(page)["outcome"] == "failed"
