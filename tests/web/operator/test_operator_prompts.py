"""The operator's page of prompts, and the partner's part of the links page."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from arvio import clock
from arvio.asking.prompt_actions import say_outcome, take_moment
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.queries import Viewer
from tests.cast import NOW, Stage, install, make_app
from tests.web.desk.staffed import OLLI
from tests.web.test_product_pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, LINKS = "/operator/prompts/", "/partner/links/"
PETRA = "petra@pixel.example"
Counted = Callable[[], AbstractContextManager[list[str]]]
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def asks_at_once(store: Stage) -> None:
    set_policy(
        marketplace=store.marketplace,
        preset="bitrix24-2024",
        overrides={"prompts": {"min_successes": 0, "min_age": "PT0S"}},
        effective_at=NOW - timedelta(days=90),
        actor="test",
        now=NOW - timedelta(days=90),
    )


def moment(store: Stage, who: Viewer, outcome: Any = "", **ago: Any) -> None:
    at = NOW - timedelta(**ago)
    prompt = take_moment(viewer=who, app=store.app, moment="x", now=at).prompt
    if outcome:
        assert prompt
        say_outcome(viewer=who, prompt_id=prompt.pk, outcome=outcome, now=at)


def rows(page: str, table: str) -> dict[str, list[str]]:
    """The cells of a table by their first one."""
    found = re.search(rf'id="t-{table}".*?</section>', page, re.DOTALL)
    assert found
    plain = found[0].replace("\u00a0", " ")
    lines = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", plain, re.DOTALL)
    return {name: re.findall(r'<td class="num">(.*?)</td>', cells) for name, cells in lines}


def test_before_the_first_moment_the_page_says_what_would_be_there(
    store: Stage, sign_in: SignIn
) -> None:
    page = text(sign_in(OLLI).get(PAGE))
    assert "No app has asked" in page
    assert "<table" not in page and "figures" not in page
    assert "None of your apps has asked" in text(sign_in(PETRA).get(LINKS))


def test_an_operator_sees_how_often_apps_ask(store: Stage, sign_in: SignIn) -> None:
    asks_at_once(store)
    moment(store, store.anna, "opened", days=5)
    moment(store, store.arvo, "later", days=5)
    moment(store, store.viewer(account=store.acme), days=1)
    moment(store, store.anna)
    moment(store, store.zed)
    moment(store, store.viewer(account=store.acme), days=40)
    page = text(sign_in(OLLI).get(PAGE))
    assert rows(page, "answers") == {
        "The person may not review the app": ["1", "50 %"],
        "The app asked the person not long ago": ["1", "50 %"],
    }
    assert rows(page, "outcomes") == {
        "Opened the form or the listing": ["1", "33 %"],
        "Not now": ["1", "33 %"],
        "Not told by the app": ["1", "33 %"],
    }
    assert rows(page, "apps") == {"Calls": ["3", "100 %"]}
    figures = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    assert figures == [
        ("Asks", "3"),
        ("People asked", "3"),
        ("Most asks to one person", "1"),
        ("Reviews that followed", "0"),
    ]
    assert page.count('<tr><th scope="row">') == 30 + 2 + 3 + 1
    for name in ("Anna", "Arvo", "Zed", "Acme", "acme"):
        assert name not in page


def test_many_asks_take_no_more_statements_than_one(
    store: Stage, sign_in: SignIn, count_sql: Counted
) -> None:
    asks_at_once(store)
    olli, petra = sign_in(OLLI), sign_in(PETRA)
    petra.get(LINKS)
    moment(store, store.anna)
    taken = []
    for ref in ("one", "two"):
        with count_sql() as desk:
            olli.get(PAGE)
        with count_sql() as links:
            petra.get(LINKS)
        taken.append((len(desk), len(links)))
        store.app = make_app(store.marketplace, store.partner, ref)
        install(store.app, store.acme)
        petra.get(LINKS)
        for n in range(5):
            moment(store, store.viewer(account=store.acme), days=n)
    assert taken[0] == taken[1]


def test_only_who_may_manage_is_led_there(store: Stage, sign_in: SignIn) -> None:
    assert PAGE in text(sign_in(OLLI).get("/operator/"))
    assert PAGE not in text(sign_in("mika@store.example").get("/desk/"))


def test_a_partner_reads_no_number_that_tells_of_people(store: Stage, sign_in: SignIn) -> None:
    asks_at_once(store)
    for number in range(4):
        moment(store, store.viewer(account=store.acme), "opened" if number else "later")
    page = text(sign_in(PETRA).get(LINKS)).partition('id="prompts"')[2]
    cells = re.findall(r'<td class="num" data-label=".*?">(.*?)</td>', page, re.DOTALL)
    words = [re.sub(r"<.*?>", "", cell).strip() for cell in cells]
    few = "fewer than 3"
    assert words == ["4", "4", "3", few, few, few]
