"""A store with a staff: Mika and Maija moderate and Olli operates it; Ona operates another one."""

from __future__ import annotations

from arvio.catalog.marketplaces import create_marketplace, put_staff
from tests import cast
from tests.cast import LONG_AGO, Stage
from tests.repeating import repeated

MIKA, OLLI, MAIJA = "mika@store.example", "olli@store.example", "maija@store.example"
ONA = "ona@market.example"


@repeated
def staffed() -> Stage:
    stage = cast.stage()
    put_staff(
        marketplace=stage.marketplace,
        members=[
            (MIKA, "Mika Moilanen", "moderator"),
            (MAIJA, "Maija Mäki", "moderator"),
            (OLLI, "Olli Oja", "operator"),
        ],
    )
    market = create_marketplace(
        slug="market", name="The Market", preset="bitrix24-2024", now=LONG_AGO
    )
    put_staff(marketplace=market, members=[(ONA, "Ona", "operator")])
    return stage
