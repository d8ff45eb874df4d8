"""The paid place is sold once for any time, ends, and leaves its trace."""

from __future__ import annotations

from datetime import timedelta

import pytest

from arvio.audit.models import AuditRow
from arvio.catalog.errors import InvalidFact, PlaceTaken
from arvio.catalog.models import Placement
from arvio.catalog.placing import end_place, sell_place
from tests.cast import NOW, make_app, stage
from tests.racing import race

DAY = timedelta(days=1)


@pytest.mark.django_db
def test_a_place_is_sold_once_for_any_time_and_can_end_early() -> None:
    store = stage()
    other = make_app(store.marketplace, store.partner, "other")
    sold = sell_place(
        app=store.app, since_at=NOW, until_at=NOW + 30 * DAY, actor="person:olli", now=NOW
    )
    with pytest.raises(PlaceTaken) as taken:
        sell_place(
            app=other, since_at=NOW + 29 * DAY, until_at=NOW + 40 * DAY, actor="test", now=NOW
        )
    assert taken.value.until_at == NOW + 30 * DAY
    with pytest.raises(InvalidFact):
        sell_place(app=other, since_at=NOW - 2 * DAY, until_at=NOW - DAY, actor="test", now=NOW)
    later = sell_place(
        app=other, since_at=NOW + 30 * DAY, until_at=NOW + 40 * DAY, actor="test", now=NOW
    )
    assert end_place(placement=sold, actor="test", now=NOW + DAY).until_at == NOW + DAY
    end_place(placement=later, actor="test", now=NOW + DAY)
    assert [row.pk for row in Placement.objects.all()] == [sold.pk]
    told = AuditRow.objects.filter(tag__contains=":place_").order_by("seq")
    tags = [row.tag.partition("_")[2] for row in told]
    assert (tags, told[0].actor) == (["sold", "sold", "ended", "ended"], "person:olli")


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_at_once_one_sells_the_place() -> None:
    store = stage()

    def sell() -> str:
        try:
            sell_place(app=store.app, since_at=NOW, until_at=NOW + DAY, actor="test", now=NOW)
        except PlaceTaken:
            return "taken"
        return "sold"

    assert sorted(race([sell] * 4)) == ["sold", "taken", "taken", "taken"]
