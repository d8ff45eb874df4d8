"""A store with a staff: Mika and Maija moderate and Olli operates it; Ona operates another one."""

from __future__ import annotations

from arvio.catalog.marketplaces import create_marketplace, put_staff
from arvio.catalog.staff import desks
from arvio.catalog.staff_keys import create_own_key
from arvio.people.actions import create_key
from arvio.people.models import Key, Person
from tests import cast
from tests.cast import LONG_AGO, NOW, Stage
from tests.repeating import repeated

MIKA, OLLI, MAIJA = "mika@store.example", "olli@store.example", "maija@store.example"
ONA = "ona@market.example"


def own_key(email: str = MIKA, *, name: str = "Mine") -> Key:
    """A key of somebody on the staff, made at their desk."""
    who = desks(person=Person.objects.get(email=email))[0]
    create_own_key(by=who, name=name, now=NOW)
    return Key.objects.get(name=name, person=who.person)


def server_key(stage: Stage, *, name: str = "Backend") -> Key:
    create_key(kind="server", marketplace_id=stage.marketplace.pk, name=name, now=NOW)
    return Key.objects.get(name=name)


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
