"""`var/demo.json` (CONTRACT 1): what a program needs to use the demo.

Keys are made once and written here only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from arvio import clock
from arvio.catalog.models import Account, App, Marketplace, Partner
from arvio.demo.content import PASSWORD
from arvio.demo.ground import DESCRIPTION
from arvio.people import actions as people
from arvio.people.models import Key, Person, Role

MARKETPLACES = ("b24", "hub")


def write(*, base_url: str) -> None:
    """Write the file, or only its `base_url` anew when it is there: the keys in it can't be read
    from the database.
    """
    if DESCRIPTION.exists():
        description = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
        description["base_url"] = base_url
    else:
        description = _describe(base_url)
    DESCRIPTION.touch(mode=0o600)
    DESCRIPTION.write_text(
        json.dumps(description, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def lines(*, base_url: str) -> Iterator[str]:
    for marketplace in Marketplace.objects.filter(slug__in=MARKETPLACES).order_by("slug"):
        yield f"  {marketplace.name:<16} {base_url}/{marketplace.slug}/"
    yield f"  {'API':<16} {base_url}/api/v1/docs"


def _describe(base_url: str) -> dict[str, Any]:
    marketplaces = Marketplace.objects.filter(slug__in=MARKETPLACES).order_by("slug")
    return {
        "base_url": base_url,
        "marketplaces": [_marketplace(marketplace) for marketplace in marketplaces],
        "people": [entry for marketplace in marketplaces for entry in _people(marketplace)],
    }


def _marketplace(marketplace: Marketplace) -> dict[str, Any]:
    return {
        "slug": marketplace.slug,
        "policy": marketplace.policy_versions.order_by("-number").values_list("preset", flat=True)[
            0
        ],
        "server_key": people.create_key(
            kind=Key.Kind.SERVER, marketplace_id=marketplace.pk, name="demo", now=clock.now()
        ),
        "jwt_secret": marketplace.jwt_secret,
        "apps": list(
            App.objects.filter(marketplace=marketplace)
            .order_by("ref")
            .values_list("ref", flat=True)
        ),
        "accounts": list(
            Account.objects.filter(marketplace=marketplace)
            .order_by("ref")
            .values_list("ref", flat=True)
        ),
    }


def _people(marketplace: Marketplace) -> Iterator[dict[str, Any]]:
    partners = {partner.pk: partner for partner in Partner.objects.filter(marketplace=marketplace)}
    roles = Role.objects.filter(marketplace_id=marketplace.pk).select_related("person")
    for role in roles.order_by("place_id", "kind", "person__email"):
        partner = partners.get(role.place_id)
        yield {
            "role": f"partner_{role.kind}" if partner else role.kind,
            "marketplace": marketplace.slug,
            "partner": partner.ref if partner else None,
            "email": role.person.email,
            "password": PASSWORD,
            "key": _key(marketplace, partner, role.person),
        }


def _key(marketplace: Marketplace, partner: Partner | None, person: Person) -> str:
    return people.create_key(
        kind=Key.Kind.PARTNER if partner else Key.Kind.MODERATOR,
        marketplace_id=marketplace.pk,
        partner_id=partner.pk if partner else None,
        person=person,
        name="demo",
        scopes=(),
        now=clock.now(),
    )
