"""Selling the paid place, ending it, and its label (FEATURES R93)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from arvio.audit.models import AuditRow
from arvio.catalog import placements
from arvio.catalog.errors import InvalidFact, NotFound, PlacementRefused
from arvio.catalog.models import App, Placement
from tests import cast
from tests.cast import NOW, Stage
from tests.racing import race

DAY = timedelta(days=1)


def sell(app: App, first: int, last: int) -> Placement:
    return placements.sell_place(
        app=app, since_at=NOW + first * DAY, until_at=NOW + last * DAY, actor="person:1", now=NOW
    )


def end(stage: Stage, place: Placement, days: int) -> None:
    placements.end_place(
        marketplace=stage.marketplace,
        placement_id=place.pk,
        actor="person:1",
        now=NOW + days * DAY,
    )


@pytest.mark.django_db
def test_places_of_one_app_never_overlap_and_the_storefront_prefers_the_earlier_of_two() -> None:
    stage = cast.stage()
    other = cast.make_app(stage.marketplace, stage.partner, "mail")
    first = sell(stage.app, 0, 10)
    for since, until in ((0, 10), (9, 12), (2, 3), (-5, 1)):
        with pytest.raises(PlacementRefused, match="overlaps"):
            sell(stage.app, since, until)
    with pytest.raises(InvalidFact):
        sell(other, 3, 3)
    sell(stage.app, 10, 11)
    behind = sell(other, 5, 20)
    found = placements.places(marketplace=stage.marketplace, now=NOW + 6 * DAY)
    assert [(one.row, one.state, one.behind) for one in found[:2]] == [
        (first, "running", None),
        (behind, "running", first),
    ]
    assert found[2].state == "coming" and found[2].behind == behind


@pytest.mark.django_db
def test_a_place_ends_early_or_is_called_off_and_the_history_keeps_both() -> None:
    stage = cast.stage()
    running, coming = sell(stage.app, 0, 10), sell(stage.app, 20, 30)
    end(stage, running, 4)
    end(stage, coming, 4)
    (left,) = Placement.objects.all()
    assert (left, left.until_at) == (running, NOW + 4 * DAY)
    with pytest.raises(PlacementRefused, match="over"):
        end(stage, running, 5)
    with pytest.raises(NotFound):
        end(stage, coming, 5)
    rows = AuditRow.objects.filter(tag__startswith="marketplace:place_").order_by("seq")
    assert [row.tag.partition("_")[2] for row in rows] == ["sold", "sold", "ended", "called_off"]
    assert {row.app_id for row in rows} == {stage.app.pk}


@pytest.mark.django_db(transaction=True)
def test_of_two_sales_of_the_same_time_at_once_one_is_made() -> None:
    stage = cast.stage()
    answers = race([lambda: sell(stage.app, 0, 9), lambda: sell(stage.app, 3, 12)])
    assert sorted(type(answer).__name__ for answer in answers) == ["Placement", "PlacementRefused"]
    assert Placement.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.once
def test_the_label_is_never_empty_in_any_language() -> None:
    stage = cast.stage()
    store = stage.marketplace

    def label(given: dict[str, Any]) -> list[str]:
        made = placements.set_label(marketplace=store, label=given, actor="person:1", now=NOW)
        said = []
        for code in ("en", "ru", "fi"):
            with translation.override(code):
                said.append(placements.label(made))
        return said

    assert placements.label(store) == "Paid placement"
    assert label({"wording": "sponsored"})[0] == "Sponsored"
    assert label({"own": {"en": " Ad ", "ru": "Реклама", "fi": "Mainos"}}) == [
        "Ad",
        "Реклама",
        "Mainos",
    ]
    # The marketplace speaks another language later: there the usual label stands.
    made = placements.set_label(
        marketplace=store, label={"wording": "paid"}, actor="person:1", now=NOW
    )
    made.paid_label = {"own": {"en": "Ad"}}
    with translation.override("fi"):
        assert placements.label(made) == str(placements.WORDINGS["paid"])
    for wrong, field in (
        ({"own": {"en": "Ad", "ru": "Р", "fi": "\u200b"}}, "own-fi"),
        ({"own": {"en": "…", "ru": "Р", "fi": "M"}}, "own-en"),
        ({"own": {"en": "A" * 41}}, "own-en"),
        ({"own": {}}, "own-en"),
        ({"wording": "none"}, "wording"),
        ({}, "wording"),
    ):
        with pytest.raises(InvalidFact) as refusal:
            placements.set_label(marketplace=store, label=wrong, actor="person:1", now=NOW)
        assert refusal.value.field == field
