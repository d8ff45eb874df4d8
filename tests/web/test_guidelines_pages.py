"""The public page of the guidelines, what links to it, and the same over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from arvio import clock
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import default_document
from tests import cast
from tests.api.caller import anybody
from tests.cast import NOW, Stage

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PAGE = "/store/guidelines/"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    stage = cast.stage()
    for days, gone in ((-1, 1), (1, 2)):
        raw = default_document(languages=stage.marketplace.languages)
        set_guidelines(
            marketplace=stage.marketplace,
            document={**raw, "rules": [raw["rules"][5], *raw["rules"][:5], *raw["rules"][6:8]]},
            effective_at=NOW + timedelta(days=days),
            actor="command",
            now=NOW - timedelta(days=gone),
        )
    return stage


def text(path: str, **headers: str) -> str:
    answer = Client(headers=headers).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Personal data of other people"),
        ("ru", "Чужие персональные данные"),
        ("fi", "Toisten henkilötiedot"),
    ],
)
def test_the_page_says_the_rules_in_each_language(stage: Stage, language: str, title: str) -> None:
    page = text(PAGE, **{"Accept-Language": language})
    assert f"G-1 {title}" in page and 'id="personal_data"' in page and 'id="partners"' in page


def test_earlier_and_coming_versions_say_when_they_are_in_force(stage: Stage) -> None:
    assert "Version 2, in force since 1 Mar 2026." in text(PAGE)
    first = text(f"{PAGE}1/")
    assert "which was in force from 26 Jan 2025 to 1 Mar 2026" in first
    assert "This is an earlier version." in first and "G-6 Personal data" in first
    assert "This version isn’t in force yet." in text(f"{PAGE}3/")
    for number in ("4", "0", "99999999999999999999"):
        assert Client().get(f"{PAGE}{number}/").status_code == 404
    assert Client().get("/nowhere/guidelines/").status_code == 404


@pytest.mark.parametrize("path", ["/store/", "/store/how-reviews-work/", "/store/apps/calls/"])
def test_public_pages_lead_to_the_guidelines(stage: Stage, path: str) -> None:
    assert f'href="{PAGE}"' in text(path)


def test_the_api_tells_the_version_in_force_and_any_other(stage: Stage) -> None:
    route = "/marketplaces/store/guidelines"
    answer = anybody.get(route).json
    assert (answer["version"], len(answer["rules"])) == (2, 8)
    assert answer["rules"][0]["code"] == "G-1" and answer["rules"][0]["key"] == "personal_data"
    assert set(answer["rules"][0]["title"]) == {"en", "ru", "fi"} == set(answer["partners"])
    assert anybody.get(f"{route}?version=1").json["rules"][5]["key"] == "personal_data"
    assert anybody.get(f"{route}?version=4").status == 404
    for bad in ("0", "x", "-1", "1.0", "9" * 20):
        assert anybody.get(f"{route}?version={bad}").status == 422
