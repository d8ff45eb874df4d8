from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import App
from arvio.catalog.placements import sell_place
from arvio.paging import CursorError
from arvio.ratings.storefront import SORTS, Storefront, storefront
from arvio.reviews import actions
from tests import cast

pytestmark = pytest.mark.django_db


def look(stage: cast.Stage, **options: Any) -> Storefront:
    return storefront(slug=stage.marketplace.slug, now=stage.now, **options)


def refs(front: Storefront) -> list[str]:
    return [item.app.ref for item in front.items]


def walk(stage: cast.Stage, limit: int, **options: Any) -> list[str]:
    """Every page from the first to the last."""
    seen, cursor = list[str](), None
    while True:
        front = look(stage, limit=limit, cursor=cursor, **options)
        assert front.first_place == len(seen) + 1
        seen += refs(front)
        assert len(seen) == len(set(seen)), "an app came twice"
        cursor = front.next
        if cursor is None:
            return seen


def rate(stage: cast.Stage, app: App, *stars: int) -> None:
    for one in stars:
        viewer = stage.viewer()
        assert viewer.account is not None
        cast.install(app, viewer.account)
        answers = cast.full_answers(stage.marketplace, stage.now) | {"stars": one}
        actions.submit_review(viewer=viewer, app=app, answers=answers, now=stage.now)


def shelf(**overrides: Any) -> tuple[cast.Stage, dict[str, App]]:
    """Four apps without a hold: many good reviews, one perfect, some bad, none."""
    stage = cast.stage(
        preset="hubspot-2022", overrides={"aggregates": {"min_reviews": 1}, **overrides}
    )
    App.objects.filter(pk=stage.app.pk).update(retired=True)
    apps = {
        ref: cast.make_app(stage.marketplace, stage.partner, ref)
        for ref in ("many", "perfect", "bad", "none")
    }
    rate(stage, apps["many"], 5, 5, 5, 4, 5, 5)
    rate(stage, apps["perfect"], 5)
    rate(stage, apps["bad"], 1, 2)
    return stage, apps


def test_the_better_rated_stands_higher_and_the_unrated_in_the_middle() -> None:
    stage, _ = shelf()
    assert refs(look(stage)) == ["many", "perfect", "none", "bad"]


def test_ties_of_score_and_count_go_by_id() -> None:
    stage, _ = shelf()
    cast.make_app(stage.marketplace, stage.partner, "empty")
    assert refs(look(stage))[2:4] == ["none", "empty"]


def test_below_the_threshold_the_place_gives_nothing_away() -> None:
    stage, _ = shelf(aggregates={"min_reviews": 5})
    front = look(stage)
    assert refs(front)[0] == "many"
    assert set(refs(front)[1:]) == {"perfect", "none", "bad"}
    assert refs(front)[1:] == ["bad", "perfect", "none"]
    assert [item.rating.shown for item in front.items] == [True, False, False, False]


@pytest.mark.parametrize(
    ("sort", "first"), [("newest", "none"), ("reviews", "many"), ("installs", "many")]
)
def test_other_orders(sort: str, first: str) -> None:
    stage, apps = shelf()
    for days, app in enumerate(apps.values()):
        App.objects.filter(pk=app.pk).update(listed_at=stage.now + timedelta(days=days))
    assert refs(look(stage, sort=sort))[0] == first


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_together_are_the_whole_list_once(sort: str, limit: int) -> None:
    stage, _ = shelf()
    for number in range(4):
        cast.make_app(stage.marketplace, stage.partner, f"same-{number}")
    whole = refs(look(stage, sort=sort, limit=100))
    assert walk(stage, limit, sort=sort) == whole
    assert len(whole) == 8


def test_retired_apps_are_not_listed() -> None:
    stage, _ = shelf()
    assert "calls" not in refs(look(stage))


def test_search_and_category() -> None:
    stage, _ = shelf()
    cast.make_app(
        stage.marketplace, stage.partner, "zvonki", name="ЗВОНКИ 100%", category="Телефония"
    )
    assert refs(look(stage, q="звонки")) == ["zvonki"]
    assert refs(look(stage, q="  100%  звонки ")) == ["zvonki"]
    assert refs(look(stage, q="pixel MANY")) == ["many"]
    assert refs(look(stage, q="%")) == ["zvonki"]
    assert refs(look(stage, category="Телефония")) == ["zvonki"]
    for nothing in ({"q": "a\0b"}, {"category": "\ud800"}, {"category": "calls"}, {"q": "nobody"}):
        assert refs(look(stage, **nothing)) == []
    front = look(stage, categories=True)
    assert [(one.name, one.apps) for one in front.categories] == [("Calls", 4), ("Телефония", 1)]
    assert front.categories[0].reviews == 9


def sell(app: App, stage: cast.Stage, *, days: int) -> None:
    until = stage.now + timedelta(days=days)
    sell_place(app=app, since_at=stage.now, until_at=until, actor="command", now=stage.now)


def test_the_paid_place_stands_apart_and_changes_no_order() -> None:
    stage, apps = shelf()
    before = refs(look(stage))
    sell(apps["bad"], stage, days=1)
    front = look(stage, qualities=True)
    assert front.placed is not None
    assert (front.placed.app.ref, refs(front)) == ("bad", before)
    assert front.placed.rating.qualities is not None
    # A search shows it only where it is found.
    assert look(stage, q="many").placed is None
    assert look(stage, q="bad").placed is not None
    assert refs(look(stage, q="many")) == ["many"]
    second = look(stage, limit=2, cursor=look(stage, limit=2).next)
    assert (second.placed, refs(second)) == (None, ["none", "bad"])
    over = storefront(slug="store", now=stage.now + timedelta(days=1))
    assert over.placed is None
    with pytest.raises(InvalidFact):
        sell(apps["bad"], stage, days=0)


def test_a_retired_app_is_placed_no_more_and_leaves_the_place_to_the_next() -> None:
    stage, apps = shelf()
    for ref in ("bad", "none"):
        sell(apps[ref], stage, days=1)
    for ref, following in (("bad", "none"), ("none", None)):
        placed = look(stage).placed
        assert placed is not None
        assert placed.app.ref == ref
        cast.make_app(stage.marketplace, stage.partner, ref, retired=True)
        placed = look(stage).placed
        assert (placed.app.ref if placed else None) == following


def test_what_is_not_known_is_refused() -> None:
    stage, _ = shelf()
    with pytest.raises(InvalidFact):
        look(stage, sort="price")
    with pytest.raises(CursorError):
        look(stage, sort="newest", cursor=look(stage, limit=1).next)
    for slug in ("nobody", "a\0b"):
        with pytest.raises(NotFound):
            storefront(slug=slug, now=stage.now)
    with pytest.raises(NotFound):
        storefront(slug="store", now=cast.LONG_AGO - timedelta(days=1))


def test_a_marketplace_shows_its_own_apps_alone() -> None:
    stage, _ = shelf()
    other = cast.stage(slug="other")
    assert refs(look(other)) == ["calls"]
    assert len(refs(look(stage))) == 4
