"""The transparency page: figures for everybody, or why there are none yet."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from arvio import clock
from tests.cast import NOW, member, stage
from tests.moderation.desk import desk

pytestmark = pytest.mark.django_db
PAGE = "/store/transparency/"


@pytest.fixture(autouse=True)
def _time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_before_the_first_report_it_says_that_there_is_nothing_yet(client: Client) -> None:
    stage()
    page = client.get(PAGE).content.decode()
    assert "Nothing yet" in page and "<table" not in page
    assert PAGE in client.get("/store/how-reviews-work/").content.decode()
    assert client.get("/nowhere/transparency/").status_code == 404


def test_it_shows_figures_tables_and_two_charts_of_the_days_that_are_chosen(
    client: Client,
) -> None:
    at = desk()
    review = at.stage.published()
    at.decide(at.report(review, by=member(at.stage)).case, "remove")
    at.report(at.stage.published())
    page = client.get(f"{PAGE}?period=quarter").content.decode()
    assert page.count('role="img"') >= 2
    assert "Too few cases to compare." in page
    assert "Other people’s personal data" in page
    assert "?since=2026-01-01" in page
    assert re.search(r'href="[^"]*period=quarter" aria-current="page"', page)
    assert " style=" not in page
    assert client.get(f"{PAGE}?period=never").status_code == 200
