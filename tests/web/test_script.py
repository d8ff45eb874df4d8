"""The script that goes into other people's pages: its size, promises, versions, and its page."""

from __future__ import annotations

import gzip
import html
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from arvio import clock
from arvio.web import script
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

WORDS = script.SCRIPT.read_text(encoding="utf-8")
TYPES = script.SCRIPT.with_suffix(".d.ts").read_text(encoding="utf-8")
EXPORT = re.compile(r"^export (?:declare )?(?:const|function|class) (\w+)", re.MULTILINE)
# What turns text into markup or code, or needs a host to allow inline styles.
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|srcdoc|DOMParser|document\.write"
    r"|\beval\b|\bFunction\(|\.style\b|cssText|[\"']style[\"']|<style|javascript:"
)


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


def page(path: str, **headers: str) -> str:
    response = Client().get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_script_takes_less_than_six_kilobytes_on_the_way() -> None:
    assert len(gzip.compress(WORDS.encode(), 9)) < 6_000


def test_it_stands_alone() -> None:
    imports = re.findall(r"^import .*|\bimport\((?!\"\./arvio\.d\.ts\"\))", WORDS, re.MULTILINE)
    assert imports == []


def test_its_types_name_what_it_exports() -> None:
    assert set(EXPORT.findall(WORDS)) == set(EXPORT.findall(TYPES)) == {"version", "Arvio"}


def test_words_never_become_markup_and_styles_never_stand_inline() -> None:
    assert FORBIDDEN.findall(WORDS) == []


def test_it_says_the_same_in_each_language() -> None:
    spoken = re.findall(r"^  (en|ru|fi): \{\n(.*?)^  \},", WORDS, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in spoken] == ["en", "ru", "fi"]
    keys = [re.findall(r"^    (\w+):", texts, re.MULTILINE) for _, texts in spoken]
    assert len(keys[0]) > 10
    assert keys[0] == keys[1] == keys[2]
    russian = [line for line in spoken[1][1].splitlines() if "{" not in line.split(":")[0]]
    assert all(re.search("[а-яё]", line) for line in russian)


@pytest.mark.parametrize("version", script.RELEASED)
def test_a_released_version_keeps_its_bytes(version: str) -> None:
    """Pages out there name them by their hash. Changed `arvio.js`? docs/widgets.md says how a new
    version is made.
    """
    words = script.bytes_of(version)
    assert words is not None
    assert script.integrity(words) == script.RELEASED[version]


def test_the_version_published_is_a_released_one() -> None:
    published = script.published()
    assert published.integrity == script.RELEASED[published.version]
    assert published.url == f"{settings.BASE_URL}/widgets/{published.version}/arvio.js"


def test_a_version_is_served_to_every_origin_and_may_be_kept_for_ever() -> None:
    published = script.published()
    path = f"/widgets/{published.version}/arvio.js"
    response = Client().get(path, headers={"Origin": "https://a.example", "Cookie": "language=ru"})
    assert response.content == script.SCRIPT.read_bytes()
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert not response.cookies
    packed = Client().get(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.content) == script.SCRIPT.read_bytes()


@pytest.mark.parametrize("version", ["0.9.9", "1.0", "latest", "..", "%00", "1.0.0.0"])
def test_what_was_never_released_is_not_there(version: str) -> None:
    assert Client().get(f"/widgets/{version}/arvio.js").status_code == 404


def test_the_page_shows_the_marketplaces_own_apps_in_each_state() -> None:
    stage = cast.stage(overrides={"aggregates": {"min_reviews": 2}})
    for name in ("few", "none"):
        cast.make_app(stage.marketplace, stage.partner, name)
    stage.published()
    stage.published()
    few = stage.viewer()
    app = cast.make_app(stage.marketplace, stage.partner, "few")
    assert few.account
    cast.install(app, few.account)
    stage.app = app
    stage.published(by=few)
    live = re.sub(r"<textarea.*?</textarea>", "", page("/widgets/"), flags=re.DOTALL)
    shown = re.findall(r'<arvio-(\w+)[^>]* app="(\w+)"', live)
    assert shown[::2][:3] == [("rating", "calls"), ("rating", "few"), ("rating", "none")]
    assert ("reviews", "calls") in shown


def test_the_page_gives_the_line_to_copy() -> None:
    cast.stage()
    published = script.published()
    boxes = re.findall(r"<textarea.*?>(.*?)</textarea>", page("/widgets/"), re.DOTALL)
    copied = [html.unescape(box) for box in boxes]
    assert f'integrity="{published.integrity}"' in copied[0]
    assert f'src="{published.url}"' in copied[0] and "crossorigin" in copied[0]
    assert any('marketplace: "store"' in box and 'app: "calls"' in box for box in copied)


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Colours and sizes"), ("ru", "Цвета и размеры"), ("fi", "Värit ja koot")],
)
def test_the_page_speaks_three_languages(language: str, heading: str) -> None:
    assert heading in page(f"/widgets/?lang={language}")


def test_the_page_names_every_attribute_variable_and_part() -> None:
    text = page("/widgets/")
    observed = re.search(r"observedAttributes = \[(.*?)\]", WORDS)
    assert observed
    attributes = {*re.findall(r"\"(\w+)\"", observed[1]), *re.findall(r":host\(\[(\w+)=", WORDS)}
    for name in attributes | set(re.findall(r"--arvio-\w+", WORDS)):
        assert f"<code>{name}</code>" in text, name
    for part in set(re.findall(r'part: "(\w+)"', WORDS)):
        assert f"<code>{part}</code>" in text, part


def test_a_marketplace_that_is_not_there_changes_nothing() -> None:
    cast.stage()
    for asked in ("nowhere", "%00", "store%00", "<b>"):
        assert "The Store" in page(f"/widgets/?marketplace={asked}")


@pytest.mark.parametrize("number", [1, 12])
def test_the_page_asks_as_few_statements_whatever_there_is(number: int, count_sql: Any) -> None:
    stage = cast.stage()
    for n in range(number):
        cast.make_app(stage.marketplace, stage.partner, f"app-{n}")
        if n % 4 == 3:
            cast.stage(slug=f"store-{n}")
    page("/widgets/")
    with count_sql() as statements:
        page("/widgets/?marketplace=store")
    assert len(statements) <= 3, statements
