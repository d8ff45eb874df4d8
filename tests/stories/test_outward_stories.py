"""What a marketplace shows on other people's pages, and the partner's guide to it, told by a real
browser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import expect

from arvio.catalog.models import Marketplace
from arvio.web import script
from tests import cast
from tests.browser_words import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Any]
LANGS = ("en", "ru", "fi")
PASSWORD = "a long and lasting password"
LONG = "Маркетплейс приложений для команд и отделов продаж"
FONTS = ("Arial", "DejaVu Sans", "DejaVu Serif", "Liberation Sans Narrow", "monospace")


@pytest.fixture
def store(settings: Any, live_server: Any) -> Iterator[cast.Stage]:
    """Petra can sign in, and whatever is copied names the server of the story."""
    settings.BASE_URL = live_server.url
    script.published.cache_clear()
    stage = cast.stage(preset="hubspot-2022")
    for _ in range(9):
        stage.published(stars=5)
    person = cast.member(stage).person
    person.set_password(PASSWORD)
    person.save()
    yield stage
    script.published.cache_clear()


def guide(page: Page, query: str = "") -> None:
    page.goto(f"/partner/guide/{query}")
    page.get_by_label("E-mail").fill("petra@pixel.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Guide for partners")).to_be_visible()


@pytest.mark.parametrize("shown", [9, 10])
def test_a_badge_keeps_its_words_apart_in_any_font_and_language(
    shown: int, store: cast.Stage, open_browser: Open
) -> None:
    for _ in range(shown - 9):
        store.published(stars=5)
    Marketplace.objects.update(name=LONG)
    page = open_browser()
    for query in (f"style={style}&lang={lang}" for style in ("line", "card") for lang in LANGS):
        svg = page.request.get(f"/store/apps/calls/badge.svg?{query}").text()
        page.set_content(f"<!doctype html><body>{svg}")
        for font in FONTS:
            found = boxes(page, font)
            assert found["words"] and not found["overlaps"], (query, font)
            assert not found["outside"], (query, font, found["outside"])


def test_a_badge_opened_by_itself_has_its_colours_and_nothing_to_complain_of(
    store: cast.Stage, open_browser: Open
) -> None:
    for scheme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(23, 23, 27)")):
        page = open_browser(color_scheme=scheme)
        page.goto("/store/apps/calls/badge.svg")
        assert page.locator(".ground").evaluate("one => getComputedStyle(one).fill") == ground


def test_the_badge_shows_on_a_strict_page_of_another_site(
    store: cast.Stage, open_browser: Open, portal: Callable[[str], str]
) -> None:
    page = open_browser()
    guide(page)
    code = page.get_by_label("Code of the badge on one line").input_value()
    rule = f"default-src 'none'; img-src {store_url(page)}"
    head = f'<meta http-equiv="Content-Security-Policy" content="{rule}">'
    page.goto(portal(f"<!doctype html>{head}{code}"))
    picture = page.get_by_role("img", name="Reviews of Calls on The Store")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") > 200
    picture.click()
    expect(page.get_by_role("heading", name="Calls")).to_be_visible()


def store_url(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def for_all(route: Any) -> None:
    """The server of stories leaves out the header with which ours gives static files to all."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "access-control-allow-origin": "*"})


def test_the_popups_code_runs_the_published_script_and_no_other(
    store: cast.Stage, open_browser: Open, portal: Callable[[str], str]
) -> None:
    """The import map's integrity holds for the module, however it is imported."""
    page = open_browser()
    guide(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download arvio-prompt.html").click()
    assert download.value.suggested_filename == "arvio-prompt.html"
    code = download.value.path().read_text(encoding="utf-8")
    assert code.strip() == page.get_by_label("Code of the popup for Calls").input_value().strip()
    head = code.partition("</head>")[0]
    run = (
        '<script type="module">import { version } from "arvio"; document.title = version;</script>'
    )
    late = '<script>import("arvio").then(({ version }) => { document.title = version; })</script>'
    published = script.published()
    other = f"sha384-{'A' * 64}"
    tampered = head.replace(published.integrity, other)
    assert tampered != head
    static = Client().get(urlsplit(published.url).path)
    assert static.headers["Access-Control-Allow-Origin"] == "*"
    assert static.content == script.SCRIPT.read_bytes()
    for way in (run, late):
        page = open_browser(strict=False)
        page.route(published.url, for_all)
        page.goto(portal(f"{head}</head>{way}"))
        expect(page).to_have_title(published.version)
        said: list[str] = []
        page.on("console", lambda line, said=said: said.append(line.text))
        page.goto(portal(f"{tampered}</head>{way}"))
        page.wait_for_timeout(300)
        expect(page).to_have_title("Calls")
        assert any("integrity" in line for line in said), said


def test_code_is_copied_and_the_clip_plays_or_stands_still(
    store: cast.Stage, open_browser: Open
) -> None:
    for motion, file in (("no-preference", "how-to.svg"), ("reduce", "how-to.svg#still")):
        page = open_browser(reduced_motion=motion)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        guide(page)
        page.get_by_role("button", name="Copy the code").first.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert "import { Arvio }" in page.evaluate("navigator.clipboard.readText()")
        clip = page.get_by_role("img", name="A hand opens an app’s page")
        expect(clip).to_be_hidden()
        page.get_by_text("Play the drawn clip").click()
        expect(clip).to_be_visible()
        assert clip.evaluate("one => one.currentSrc").endswith(file)
        assert clip.evaluate("one => one.complete && one.naturalWidth") == 640
