"""An operator changes the rules without fear, told by a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from arvio.catalog.marketplaces import put_staff
from arvio.people.models import Person
from arvio.work.loop import work_once
from tests import cast
from tests.cast import Stage, make_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long and lasting password"
OLLI = "olli@store.example"
# Beside the threshold of now, 10, and that of tomorrow, 20.
COUNTS = {"nine": 9, "ten": 10, "nineteen": 19, "twenty": 20}


@pytest.fixture
def store(time: Any) -> Stage:
    """Four apps with so many public reviews, all rated by the rules of now from ten on."""
    made = cast.stage(preset="hubspot-2022")
    put_staff(marketplace=made.marketplace, members=[(OLLI, "Olli Oja", "operator")])
    olli = Person.objects.get(email=OLLI)
    olli.set_password(PASSWORD)
    olli.save()
    for ref, count in COUNTS.items():
        made.app = make_app(made.marketplace, made.partner, ref, name=ref.title())
        for _ in range(count):
            made.review(at=made.now - timedelta(days=5))
    work_once(now=made.now)
    return made


def shown(page: Page) -> dict[str, bool]:
    """Which of the apps have a public rating in the storefront, by their cards there."""
    page.goto("/store/")
    return {
        ref: page.locator(".app", has=page.get_by_role("link", name=ref.title(), exact=True))
        .locator(".stars, .rate")
        .count()
        > 0
        for ref in COUNTS
    }


def test_the_threshold_is_lifted_for_tomorrow_as_foreseen_and_taken_back(
    store: Stage, time: Any, open_browser: Callable[..., Any]
) -> None:
    page, visitor = open_browser(), open_browser()
    assert shown(visitor) == {"nine": False, "ten": True, "nineteen": True, "twenty": True}
    page.goto("/operator/")
    page.get_by_label("E-mail").fill(OLLI)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Rules").first.click()
    page.get_by_role("link", name="Change the rules").click()

    page.locator('[name="aggregates.min_reviews"]').fill("20")
    page.get_by_role("button", name="See what changes").last.click()
    expect(page.get_by_role("heading", name="What changes")).to_be_visible()
    foreseen = page.get_by_role("link", name="2 apps lose their public rating")
    foreseen.click()
    names = page.locator("main").inner_text()
    assert "Ten" in names and "Nineteen" in names
    assert "Twenty" not in names and "Nine\n" not in names
    page.go_back()
    page.get_by_label("Tomorrow at 00:00").check()
    page.get_by_role("button", name="Make the new version").click()
    expect(page.get_by_role("status")).to_contain_text("Version 2")
    assert shown(visitor)["ten"]

    time.now += timedelta(days=1)
    work_once(now=time.now)
    assert shown(visitor) == {"nine": False, "ten": False, "nineteen": False, "twenty": True}

    page.goto("/operator/policy/")
    page.get_by_role("link", name="Go back to").last.click()
    page.get_by_role("button", name="Make the new version").or_(
        page.get_by_role("button", name="Go back")
    ).first.click()
    expect(page.get_by_role("status")).to_contain_text("Version 3")
    work_once(now=time.now)
    assert shown(visitor) == {"nine": False, "ten": True, "nineteen": True, "twenty": True}
