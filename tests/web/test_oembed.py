"""oEmbed: the answer for a card and for a review, and the refusals of the specification."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from arvio import clock
from arvio.catalog.models import App
from arvio.reviews import actions as reviews
from tests import cast
from tests.cast import NOW, Stage
from tests.repeating import repeated

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CARD = f"{settings.BASE_URL}/store/apps/calls/"


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
@repeated
def store() -> Stage:
    made = cast.stage(preset="hubspot-2022")
    for _ in range(10):
        made.published(stars=5)
    return made


def ask(url: str = CARD, query: str = "", **headers: str) -> Any:
    return Client().get(f"/oembed?url={quote(url, safe='')}{query}", headers=headers)


def answer(url: str = CARD, query: str = "", **headers: str) -> dict[str, Any]:
    response = ask(url, query, **headers)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = json.loads(response.content)
    return found


def test_a_card_is_a_picture_with_a_link_and_all_that_the_type_asks_for(store: Stage) -> None:
    response = ask()
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    found = json.loads(response.content)
    markup = found.pop("html")
    width, height = found["width"], found["height"]
    assert found == {
        "type": "rich",
        "version": "1.0",
        "title": "Calls on The Store: 5.0 out of 5 stars, 10 reviews",
        "author_name": "Pixel",
        "provider_name": "The Store",
        "provider_url": f"{settings.BASE_URL}/store/",
        "cache_age": 300,
        "width": width,
        "height": 74,
    }
    assert markup == (
        f'<a href="{CARD}?lang=en">'
        f'<img src="{CARD}badge.svg?style=card&amp;lang=en" width="{width}" height="{height}" '
        'alt="Calls on The Store: 5.0 out of 5 stars, 10 reviews"></a>'
    )
    picture = Client().get(f"{urlsplit(CARD).path}badge.svg?style=card&lang=en").content.decode()
    assert f'width="{width}" height="{height}"' in picture


def test_a_review_is_named_and_its_words_stay_here(store: Stage) -> None:
    review = store.published(by=store.anna, stars=2, text="Calls get lost on Mondays.")
    url = f"{settings.BASE_URL}/store/reviews/{review.pk}/"
    found = answer(url)
    assert found["title"] == "Review of Calls by Anna K. · 2 out of 5 stars"
    assert found["author_name"] == "Anna K."
    assert f'<a href="{url}?lang=en">' in found["html"]
    assert "Mondays" not in json.dumps(found)


def test_xml_says_the_same(store: Stage) -> None:
    store.app.name = "Calls & <Mail> \x07"
    store.app.save()
    response = ask(query="&format=xml")
    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314  # our own answer
    found = {one.tag: one.text for one in root}
    asked = {key: str(value) for key, value in answer(query="&format=json").items()}
    assert root.tag == "oembed" and found == asked
    assert "Calls & <Mail>" in str(found["title"])


def test_the_answer_speaks_the_language_of_the_address_else_the_readers(store: Stage) -> None:
    assert "10 отзывов" in answer(f"{CARD}?lang=ru")["title"]
    assert "10 arvostelua" in answer(**{"accept-language": "fi"})["title"]
    found = answer(f"{CARD}?lang=fi#reviews", **{"accept-language": "ru"})
    assert "10 arvostelua" in found["title"] and "lang=fi" in found["html"]


@pytest.mark.parametrize(
    ("query", "style", "most"),
    [
        ("", "card", (600, 74)),
        ("&maxwidth=600&maxheight=400", "card", (600, 400)),
        ("&maxheight=60", "line", (600, 60)),
        ("&maxwidth=120", "card", (120, 74)),
        ("&maxwidth=1&maxheight=1", "card", (1, 1)),
        ("&maxwidth=400&maxheight=20", "line", (400, 20)),
    ],
)
def test_it_fits_the_room_that_there_is(
    store: Stage, query: str, style: str, most: tuple[int, int]
) -> None:
    found = answer(query=query)
    assert found["width"] <= most[0] and found["height"] <= most[1]
    assert f"style={style}" in found["html"]
    assert f'width="{found["width"]}" height="{found["height"]}"' in found["html"]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://elsewhere.example/store/apps/calls/", 404),
        ("javascript:alert(1)", 404),
        ("//[", 404),
        ("http://[::1", 404),
        ("/store/apps/calls/", 404),
        (f"{settings.BASE_URL}/store/", 404),
        (f"{settings.BASE_URL}/store/apps/none/", 404),
        (f"{settings.BASE_URL}/none/apps/calls/", 404),
        (f"{settings.BASE_URL}/store/apps/%00/", 404),
        (f"{settings.BASE_URL}/store/apps/%ff/", 404),
        (f"{settings.BASE_URL}/store/apps/calls/badge.svg", 404),
        (f"{settings.BASE_URL}/store/reviews/0190aaaa-0000-7000-8000-000000000000/", 404),
        (f"{settings.BASE_URL}/api/v1/docs", 404),
        (f"{settings.BASE_URL}/store/in/calls/", 401),
        (f"{settings.BASE_URL}/store/in/me/", 401),
        (f"{settings.BASE_URL}/partner/", 401),
        (f"{settings.BASE_URL}/desk/", 401),
        ("", 400),
    ],
)
def test_what_has_no_answer_is_refused_with_words(store: Stage, url: str, status: int) -> None:
    response = ask(url)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.content.decode().strip().endswith(".")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("&format=yaml", 501),
        ("&format=", 501),
        ("&format=%00", 501),
        ("&maxwidth=wide", 400),
        ("&maxwidth=0", 400),
        ("&maxheight=-5", 400),
        ("&maxheight=4.5", 400),
        ("&maxheight=9999999999", 400),
        ("&maxheight=%D9%A3", 400),
        ("&callback=x&dnt=1", 200),
    ],
)
def test_a_wrong_wish_is_refused_and_an_unknown_one_left_alone(
    store: Stage, query: str, status: int
) -> None:
    assert ask(query=query).status_code == status


def test_held_removed_and_retired_are_not_found(store: Stage) -> None:
    removed = store.published(by=store.anna)
    reviews.withdraw_review(viewer=store.anna, review_id=removed.pk, now=NOW)
    assert ask(f"{settings.BASE_URL}/store/reviews/{removed.pk}/").status_code == 404
    held = cast.stage(slug="slow").review()
    assert ask(f"{settings.BASE_URL}/slow/reviews/{held.pk}/").status_code == 404
    other = f"{settings.BASE_URL}/store/reviews/{held.pk}/"
    assert ask(other).status_code == 404
    App.objects.filter(marketplace=store.marketplace).update(retired=True)
    assert ask().status_code == 404


def test_below_the_threshold_no_mean_is_given_away() -> None:
    store = cast.stage(preset="hubspot-2022")
    store.published(stars=1)
    found = answer()
    assert found["title"] == "Calls on The Store: 1 of 10 reviews"
    assert "stars" not in found["title"] + found["html"]


def test_pages_name_the_answer_for_them(store: Stage) -> None:
    review = store.published(by=store.anna)
    for path in ("/store/apps/calls/", f"/store/reviews/{review.pk}/"):
        page = Client().get(path, HTTP_HOST="testserver").content.decode()
        links = re.findall(r'type="((?:application/json|text/xml)\+oembed)" href="([^"]+)"', page)
        assert [kind for kind, _ in links] == ["application/json+oembed", "text/xml+oembed"]
        for kind, link in links:
            asked = urlsplit(html.unescape(link))
            response = Client().get(f"{asked.path}?{asked.query}")
            assert response.status_code == 200, parse_qs(asked.query)
            assert response.headers["Content-Type"].split(";")[0] == kind.removesuffix("+oembed")


def test_as_few_statements_however_many_reviews(
    store: Stage, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    answer()
    with count_sql() as few:
        answer()
    for _ in range(5):
        store.published()
    with count_sql() as many:
        answer()
    assert len(few) == len(many) <= 2


def test_no_marketplace_takes_the_address(store: Stage) -> None:
    assert Client().get("/oembed/").status_code == 404
    assert Client().post("/oembed").status_code == 405
