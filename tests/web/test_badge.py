"""The badge as a file: what it shows, what it never shows, and how it is kept."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arvio import clock
from arvio.catalog.models import App, Marketplace
from arvio.reviews import actions as reviews
from arvio.reviews import queries
from arvio.web import text_width
from tests import cast
from tests.cast import Stage
from tests.reviews.test_importing import incoming, take

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SVG = "{http://www.w3.org/2000/svg}"
BADGE = "/store/apps/calls/badge.svg"
STYLES = ("line", "card")


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


def get(query: str = "", path: str = BADGE, **headers: str) -> Any:
    return Client().get(f"{path}?{query}" if query else path, headers=headers)


def drawn(query: str = "", **headers: str) -> ElementTree.Element:
    response = get(query, **headers)
    assert response.status_code == 200, response.status_code
    return ElementTree.fromstring(response.content)  # noqa: S314  # our own answer


def words(query: str = "", **headers: str) -> list[str]:
    return [str(text.text) for text in drawn(query, **headers).iter(f"{SVG}text")]


def classes(query: str = "") -> list[str]:
    return [part.get("class", "") for part in drawn(query).iter()]


def published(number: int, *, preset: str = "hubspot-2022", stars: int = 5) -> Stage:
    store = cast.stage(preset=preset)
    for _ in range(number):
        store.published(stars=stars)
    return store


@pytest.mark.once
def test_it_shows_the_mean_as_the_card_does_with_stars_to_the_half() -> None:
    store = published(9)
    store.published(stars=1)
    assert words() == ["4.6", "10 reviews", "The Store"]
    assert (classes().count("on"), classes().count("off")) == (5, 1)
    assert words("style=card") == ["4.6", "10 reviews", "verified installs"]
    root = drawn()
    title, about = (str(root.findtext(f"{SVG}{name}")) for name in ("title", "desc"))
    assert title == "Calls on The Store: 4.6 out of 5 stars, 10 reviews"
    assert about == "The stars are the plain mean of all published reviews."
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title about")


@pytest.mark.once
@pytest.mark.parametrize("style", STYLES)
def test_below_the_threshold_nothing_hints_at_a_mean(style: str) -> None:
    store = published(9)
    same = get(f"style={style}").content
    assert words(f"style={style}")[0] == "9 of 10 reviews"
    assert (classes().count("pip"), classes().count("empty")) == (9, 1)
    assert not {"on", "off", "mean", "figure"} & set(classes(f"style={style}"))
    other = cast.stage(preset="hubspot-2022", slug="other")
    for _ in range(9):
        other.published(stars=1)
    again = get(f"style={style}", path="/other/apps/calls/badge.svg").content
    assert again == same
    store.published(stars=5)
    assert "5.0" in words(f"style={style}")


@pytest.mark.once
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("preset", ["hubspot-2022", "bitrix24-2024"])
def test_without_reviews_it_says_so_and_claims_nothing(style: str, preset: str) -> None:
    published(0, preset=preset)
    assert words(f"style={style}") == ["No reviews yet", "The Store"]
    assert not {"on", "pip", "empty"} & set(classes(f"style={style}"))


def test_only_installations_that_are_proved_are_called_verified() -> None:
    store = published(1, preset="bitrix24-2024")
    assert queries.all_verified(app=store.app)
    assert words("style=card")[-1] == "verified install"
    take(store, incoming(store))
    assert not queries.all_verified(app=store.app)
    assert words("style=card") == ["4.5", "2 reviews", "The Store"]


@pytest.mark.once
def test_who_is_not_verified_is_looked_for_along_an_index_of_nobody_else() -> None:
    """Here alone: PostgreSQL reads a small table as a whole."""
    store = published(3)
    with CaptureQueriesContext(connection) as asked:
        queries.all_verified(app=store.app)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "review_unverified" in plan


@pytest.mark.once
def test_it_speaks_the_language_asked_for_else_the_readers() -> None:
    published(10)
    assert words("lang=ru") == ["5,0", "10 отзывов", "The Store"]
    assert words("lang=fi&style=card")[1:] == ["10 arvostelua", "varmennetut asennukset"]
    accepted = {"accept-language": "fi"}
    assert words(**accepted)[1] == "10 arvostelua"
    assert words("lang=en", **accepted)[1] == "10 reviews"
    assert drawn("lang=ru").get("lang") == "ru"


@pytest.mark.once
def test_in_other_peoples_pages_it_neither_sets_nor_reads_a_cookie() -> None:
    published(10)
    client = Client()
    client.cookies["language"] = "ru"
    response = client.get(f"{BADGE}?lang=fi")
    assert not response.cookies
    assert response.headers["Vary"] == "Accept-Language"
    assert "10 reviews" in client.get(BADGE).content.decode()
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.once
def test_its_colours_follow_the_page_unless_a_scheme_is_asked_for() -> None:
    published(9)
    Marketplace.objects.update(accent="teal")
    both, light, dark = (
        get(query).content.decode() for query in ("", "scheme=light", "scheme=dark")
    )
    assert "prefers-color-scheme: dark" in both and "#0a6e64" in both and "#5fcfc0" in both
    assert "prefers" not in light and "#0a6e64" in light and "#17171b" not in light
    assert "prefers" not in dark and "#5fcfc0" in dark and "#0a6e64" not in dark


@pytest.mark.once
def test_it_holds_no_script_nor_anything_from_elsewhere() -> None:
    published(10)
    for style in STYLES:
        response = get(f"style={style}")
        svg = response.content.decode()
        assert not re.search(r"<script|<a |<image|<use|href|url\(|@import| style=| on\w+=", svg)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and policy.endswith("sandbox")
        assert "unsafe" not in policy


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("style=round", "“style” takes one of these: line, card."),
        ("style=", "“style” takes one of these: line, card."),
        ("style=line&style=card", "“style” takes one of these: line, card."),
        ("scheme=%00", "“scheme” takes one of these: light, dark."),
        ("scheme=auto", "“scheme” takes one of these: light, dark."),
        ("lang=de", "“lang” takes one of these: en, ru, fi."),
        ("lang=%ff", "“lang” takes one of these: en, ru, fi."),
    ],
)
def test_a_query_that_means_nothing_is_refused_in_words(query: str, said: str) -> None:
    published(0)
    response = get(query)
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    assert response.headers["Cache-Control"] == "no-store"
    root = ElementTree.fromstring(response.content)  # noqa: S314  # our own answer
    assert [text.text for text in root.iter(f"{SVG}text")] == [said]


@pytest.mark.once
def test_what_else_an_address_carries_does_no_harm() -> None:
    published(0)
    assert get("utm_source=mail&v=2").status_code == 200


@pytest.mark.once
def test_a_retired_an_unknown_and_another_marketplaces_app_have_none() -> None:
    store = published(1)
    for path in ("/store/apps/none/badge.svg", "/none/apps/calls/badge.svg"):
        assert get(path=path).status_code == 404
    cast.make_app(store.marketplace, store.partner, "calls", retired=True)
    assert get().status_code == 404
    assert get("style=round").status_code == 404


@pytest.mark.once
def test_a_copy_that_is_still_right_is_not_sent_again() -> None:
    store = published(10)
    first = get()
    assert first.headers["Cache-Control"] == "public, max-age=300"
    etag = first.headers["ETag"]
    same = get(**{"if-none-match": etag})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    assert same.headers["Access-Control-Allow-Origin"] == "*"
    store.published(stars=1)
    assert get(**{"if-none-match": etag}).status_code == 200


@pytest.mark.once
def test_a_withdrawn_review_takes_the_mean_with_it() -> None:
    store = published(9)
    last = store.published(by=store.anna)
    assert words()[0] == "4.9"
    reviews.withdraw_review(viewer=store.anna, review_id=last.pk, now=cast.NOW)
    assert words() == ["9 of 10 reviews", "The Store"]


@pytest.mark.once
@pytest.mark.parametrize("number", [1, 12])
def test_it_asks_as_few_statements_however_many_reviews(number: int, count_sql: Any) -> None:
    published(number, preset="bitrix24-2024")
    get()
    for query, most in (("", 1), ("style=card", 2)):
        with count_sql() as statements:
            get(query)
        assert len(statements) <= most, statements


@pytest.mark.once
@pytest.mark.parametrize(
    "name", ["\x07Bell & <Sons>\x1b]", "  Two \n lines ", "😀" * 60, "W" * 200]
)
def test_any_name_is_drawn_and_a_long_one_ends_in_an_ellipsis(name: str) -> None:
    published(9)
    Marketplace.objects.update(name=name)
    App.objects.update(name=f"{name[:100]}App")
    said = words()
    assert text_width.width(said[-1], 13) <= 320
    assert (said[-1] != " ".join(name.split())) == (len(name) > 50 or "\x07" in name)
    assert str(drawn().findtext(f"{SVG}title")).count("App") == 1


@pytest.mark.once
@pytest.mark.parametrize("reviews_each", [0, 9, 11])
def test_words_stand_side_by_side_in_the_width_that_is_kept_for_them(reviews_each: int) -> None:
    published(reviews_each)
    Marketplace.objects.update(name="Маркетплейс приложений для команд и отделов продаж")
    for query in (f"style={style}&lang={lang}" for style in STYLES for lang in ("en", "ru", "fi")):
        root = drawn(query)
        lines: dict[str, list[tuple[float, float]]] = {}
        for text in root.iter(f"{SVG}text"):
            x, width = float(text.get("x", 0)), float(text.get("textLength", 0))
            lines.setdefault(text.get("y", ""), []).append((x, x + width))
        for line in lines.values():
            assert all(one[1] < other[0] for one, other in pairwise(line))
            assert line[-1][1] < float(root.get("width", 0)) - 10
