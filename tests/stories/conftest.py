"""A story's stage: the real application on a real database, a browser, and the portal that opens
its frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.cast import Stage

# Arvio is imported in the fixtures: this file is read before the settings are chosen.


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The stories' clock: `time.now` may be moved."""

    from arvio import clock
    from tests import cast

    class Time:
        now = cast.NOW

    monkeypatch.setattr(clock, "now", lambda: Time.now)
    return Time


@pytest.fixture
def open_browser(chromium: Browser, live_server: Any, time: Any) -> Iterator[Callable[..., Page]]:
    """A page of a fresh browser; what the console complains of fails the story."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(*, strict: bool = True, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **{"locale": "en-US", **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        if strict:
            page.on(
                "console",
                lambda line: complaints.append(line.text) if line.type == "error" else None,
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    refused = [line for line in complaints if "status of 4" not in line]
    assert not refused, refused


@pytest.fixture
def viewer_token() -> Callable[..., str]:
    from arvio.people import tokens

    def issue(stage: Stage, **claims: str) -> str:
        token, _ = tokens.issue(
            secret=stage.marketplace.jwt_secret,
            claims={
                "iss": "store",
                "sub": "anna",
                "account": "acme",
                "surface": "in_product",
                "name": "Anna Korhonen",
                **claims,
            },
        )
        return token

    return issue


@pytest.fixture
def enter(viewer_token: Callable[..., str]) -> Callable[..., Any]:
    """The portal posts a viewer token, as its page does when it opens the app's card."""

    def post_token(page: Page, stage: Stage, *, app: str = "calls", **claims: str) -> Page:
        token = viewer_token(stage, **claims)
        page.goto("/")
        page.evaluate(
            """([action, token]) => {
                const make = (tag, fields) => Object.assign(document.createElement(tag), fields);
                const form = make("form", { method: "post", action });
                form.append(make("input", { name: "token", value: token }));
                document.body.append(form);
                form.submit();
            }""",
            [f"/store/in/{app}/", token],
        )
        page.wait_for_url(f"**/store/in/{app}/")
        return page

    return post_token


@pytest.fixture
def portal() -> Iterator[Callable[[str], str]]:
    """Another site: `portal(html)` answers the address where that page is served."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path.partition("?")[0], "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()

    def serve(html: str) -> str:
        pages["/portal"] = html
        return f"http://127.0.0.1:{server.server_port}/portal"

    yield serve
    server.shutdown()
    server.server_close()
