"""The hand-written part of a demo marketplace: partners, apps and staff."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from arvio.demo.content import (
    DemoApp,
    DemoInvitation,
    DemoPartner,
    DemoPerson,
    Dip,
    Open,
)
from arvio.demo.people import slugify
from arvio.demo.timeline import HISTORY
from arvio.demo.words import bank

SLUGS = ("b24", "hub")
MONTH = timedelta(days=30.4)


@cache
def read_listing(slug: str) -> dict[str, Any]:
    with (Path(__file__).parent / "markets" / f"{slug}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def partners(*, slug: str) -> tuple[DemoPartner, ...]:
    """A member speaks the marketplace's first language, or the one that stands behind the name."""
    made = []
    first = read_listing(slug)["marketplace"]["languages"][0]
    for raw in read_listing(slug)["partners"]:
        domain = f"{raw['ref']}.example"
        members = tuple(
            DemoPerson(
                role=role,
                name=name,
                email=_address(name, f"{slug}.{domain}"),
                partner=raw["ref"],
                language=language[0] if language else first,
            )
            for role, name, *language in raw["members"]
        )
        made.append(
            DemoPartner(
                ref=raw["ref"],
                name=raw["name"],
                domains=(domain,),
                members=members,
                open=Open(**raw.get("open", {})),
            )
        )
    return tuple(made)


def invitations(*, slug: str) -> tuple[DemoInvitation, ...]:
    return tuple(
        DemoInvitation(
            partner=raw["partner"],
            name=raw["name"],
            email=_address(raw["name"], f"{slug}.{raw['partner']}.example"),
            kind=raw["kind"],
            language=raw["language"],
        )
        for raw in read_listing(slug)["invitations"]
    )


def _address(name: str, domain: str) -> str:
    return f"{slugify(name).replace('-', '.')}@{domain}"


def apps(*, slug: str, now: datetime) -> tuple[DemoApp, ...]:
    made = []
    for raw in read_listing(slug)["apps"]:
        age = raw["months"] * MONTH if "months" in raw else HISTORY - timedelta(days=7)
        dip = raw.get("dip")
        language = read_listing(slug)["marketplace"]["languages"][0]
        topics = tuple(raw.get("topics") or bank(language, raw["bank"]).topics)
        made.append(
            DemoApp(
                ref=raw["ref"],
                name=raw["name"],
                partner=raw["partner"],
                category=raw["category"],
                tagline=raw["tagline"],
                version=raw["version"],
                listed_at=now - age,
                bank=raw["bank"],
                topics=topics,
                reviews=raw["reviews"],
                first_mean=raw["mean"][0],
                last_mean=raw["mean"][1],
                installs=raw.get("installs", 0),
                placed=raw.get("placed", False),
                dip=dip and _dip(dip, now),
            )
        )
    return tuple(made)


def _dip(raw: dict[str, Any], now: datetime) -> Dip:
    begins_at = now - timedelta(days=raw["ago"])
    return Dip(
        begins_at=begins_at,
        ends_at=begins_at + timedelta(days=raw["days"]),
        mean=raw["mean"],
        topic=raw["topic"],
    )


def staff(*, slug: str) -> tuple[DemoPerson, ...]:
    raw = read_listing(slug)["staff"]
    people = [("moderator", name) for name in raw["moderators"]] + [("operator", raw["operator"])]
    return tuple(
        DemoPerson(role=role, name=name, email=_address(name, f"{slug}.example"))
        for role, name in people
    )
