"""The pages that anybody may read."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arvio import clock
from arvio.catalog.placements import sell_place
from arvio.catalog.queries import Viewer
from arvio.reviews import actions as reviews
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.NOW)


def page(path: str, **headers: str) -> str:
    response = Client().get(path, headers=headers)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_an_app_without_reviews_says_so(count_sql: Any) -> None:
    cast.stage()
    html = page("/store/")
    assert "Calls" in html and "No reviews yet" in html
    assert "No reviews yet" in page("/store/apps/calls/")


@pytest.mark.parametrize("number", [1, 12])
def test_storefront_and_card_ask_as_few_statements_whatever_there_is(
    number: int, count_sql: Any
) -> None:
    """The card asks two more than the list: for what was removed of reviews, and of replies."""
    stage = cast.stage(preset="hubspot-2022")
    for _ in range(number):
        stage.published(qualities={"ease_of_use": 4, "features": 0})
    for path, most in (("/store/", 3), ("/store/apps/calls/", 5)):
        page(path)
        with count_sql() as statements:
            page(path)
        assert len(statements) <= most, statements


def test_no_figure_shows_below_the_threshold_and_all_show_from_it() -> None:
    stage = cast.stage(preset="hubspot-2022")
    for _ in range(9):
        stage.published(stars=5)
    html = page("/store/apps/calls/")
    assert "9 of 10 reviews" in html
    assert "ld+json" not in html and "hist" not in html and 'class="figure"' not in html
    last = stage.published(stars=4)
    html = page("/store/apps/calls/")
    assert '<span class="figure">4.9</span>' in html
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])  # type: ignore[index]
    assert data["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": "4.90",
        "reviewCount": 10,
        "bestRating": 5,
        "worstRating": 1,
    }
    author = Viewer(
        marketplace=stage.marketplace,
        surface="web",
        name="",
        email="",
        locale="",
        account=last.account,
        user=last.user,
    )
    reviews.withdraw_review(viewer=author, review_id=last.pk, now=cast.NOW)
    assert "9 of 10 reviews" in page("/store/apps/calls/")


def test_a_quality_of_zero_shows_and_one_not_answered_does_not() -> None:
    stage = cast.stage(preset="hubspot-2022")
    stage.published(qualities={"ease_of_use": 0, "features": 3})
    marks = re.search(r'<dl class="marks">(.*?)</dl>', page("/store/apps/calls/"), re.S)[1]  # type: ignore[index]
    assert re.findall(r"<dt>(.*?)</dt>", marks) == ["Ease of use", "Features"]
    assert "</svg>0</dd>" in marks


def test_words_are_escaped_and_never_markup() -> None:
    stage = cast.stage()
    stage.published(text='Fine & "good", 3 < 4, really')
    html = page("/store/apps/calls/")
    assert "Fine &amp; &quot;good&quot;, 3 &lt; 4, really" in html


def test_filters_are_plain_links_and_forms() -> None:
    stage = cast.stage()
    stage.published(stars=5, text="The best of all the apps here.")
    stage.published(stars=1, text="The worst of all the apps here.")
    html = page("/store/apps/calls/?stars=1")
    assert "The worst" in html and "The best" not in html
    empty = page("/store/apps/calls/?stars=3")
    assert "No reviews with these filters" in empty and "Clear filters" in empty


@pytest.mark.parametrize(
    "query",
    [
        "stars=9",
        "stars=five",
        "sort=random",
        "cursor=%00",
        "cursor=abc",
        "language=xx",
        "version=%00",
        "answered=maybe",
        "q=%00",
        "category=%00",
        "lang=%00",
    ],
)
def test_a_damaged_address_gives_the_page_it_can(query: str) -> None:
    cast.stage().published()
    for path in ("/store/", "/store/apps/calls/"):
        assert Client().get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/",
        "/store/apps/nothing/",
        "/store/apps/%00/",
        "/store/how-reviews-work/9/",
        "/store/x/y/",
        "/store/reviews/0190aaaa-0000-7000-8000-000000000000/",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(path: str) -> None:
    cast.stage()
    response = Client().get(path)
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_the_page_of_rules_is_the_policy_in_words() -> None:
    cast.stage(preset="bitrix24-2024")
    html = page("/store/how-reviews-work/")
    assert "3 days" in html and "How reviews work here" in html


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "spoken"),
    [
        ("?lang=fi", "ru", "ru", "fi"),
        ("", "ru", "fi", "ru"),
        ("", "", "fi-FI,fi;q=0.9,en;q=0.5", "fi"),
        ("", "", "de", "en"),
        ("?lang=de", "", "ru", "ru"),
    ],
)
def test_the_language_is_the_one_asked_for_first(
    query: str, cookie: str, accepted: str, spoken: str
) -> None:
    cast.stage()
    client = Client()
    if cookie:
        client.cookies["language"] = cookie
    response = client.get(f"/store/{query}", headers={"Accept-Language": accepted})
    assert response.headers["Content-Language"] == spoken
    assert f'<html lang="{spoken}"' in response.content.decode()


def test_the_switch_keeps_the_query() -> None:
    cast.stage()
    assert 'href="?q=calls&amp;lang=fi"' in page("/store/?q=calls")


def test_a_published_review_has_its_own_page_and_a_withdrawn_one_a_tombstone() -> None:
    stage = cast.stage()
    review = stage.published(by=stage.anna, text="Calls land where they belong.")
    path = f"/store/reviews/{review.pk}/"
    assert "Calls land where they belong." in page(path)
    reviews.withdraw_review(viewer=stage.anna, review_id=review.pk, now=cast.NOW)
    response = Client().get(path)
    assert response.status_code == 410
    html = response.content.decode()
    assert "Its author withdrew it on 2 Mar 2026." in html and "Calls land where" not in html
    cast.stage(slug="elsewhere")
    assert Client().get(f"/elsewhere/reviews/{review.pk}/").status_code == 404


def test_a_held_review_is_on_no_public_page() -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna, text="Nobody may read this yet.")
    assert "Nobody may read" not in page("/store/apps/calls/")
    assert Client().get(f"/store/reviews/{review.pk}/").status_code == 404


def test_the_rating_can_be_recomputed_from_its_page() -> None:
    stage = cast.stage()
    stage.published(stars=5)
    stage.published(stars=2)
    html = page("/store/apps/calls/rating/")
    assert "7 ÷ 2 = 3.50" in html
    assert "= (7 × 3.5 + 7) ÷ (7 + 2) = 3.500000" in html


def test_public_pages_may_not_be_framed_and_run_no_inline_script() -> None:
    cast.stage().published()
    response = Client().get("/store/apps/calls/")
    policy = response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    html = response.content.decode()
    assert " style=" not in html and " onclick" not in html
    assert not re.findall(r"<script(?![^>]*(?:src=|ld\+json))", html)
    assert "sessionid" not in response.cookies


def test_addresses_of_pages_are_those_that_browsers_see(settings: Any) -> None:
    """A proxy that ends TLS speaks plain HTTP to us."""
    cast.stage().published(stars=5)
    settings.BASE_URL = "https://reviews.example"
    for path in ("/store/", "/store/apps/calls/"):
        assert f'<link rel="canonical" href="https://reviews.example{path}"' in page(path)


def test_a_paid_placement_stands_apart_without_a_place_and_changes_no_order() -> None:
    stage = cast.stage()
    other = cast.make_app(stage.marketplace, stage.partner, "paid-for")
    stage.published(stars=5)
    since, until = cast.LONG_AGO, cast.NOW + timedelta(days=1)
    sell_place(app=other, since_at=since, until_at=until, actor="command", now=since)
    html = page("/store/")
    paid, listed = html.split('id="app-list"')
    assert "Paid placement" in paid and "Paid-For" in paid and 'class="place"' not in paid
    assert "Paid placement" not in listed
    assert re.findall(r'class="place">.*?</span>(\d+)<', listed) == ["1", "2"]
    assert listed.index("Calls") < listed.index("Paid-For")
