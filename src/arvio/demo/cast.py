"""The customers of the role bar: what they have installed and what they have said, by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from arvio.demo.content import (
    DemoAccount,
    DemoApp,
    DemoCustomer,
    DemoReply,
    DemoReview,
    DemoUser,
)
from arvio.demo.crowd import Crowd
from arvio.demo.listings import partners, read_listing
from arvio.demo.people import slugify


def add_customers(
    *, slug: str, crowd: Crowd, apps: tuple[DemoApp, ...], now: datetime
) -> tuple[tuple[DemoCustomer, ...], list[DemoReview]]:
    """Put them into the crowd. Their refs begin with "c", so that chance leaves them alone."""
    customers, reviews = [], []
    by_ref = {app.ref: app for app in apps}
    for number, raw in enumerate(read_listing(slug)["customers"], start=1):
        account = DemoAccount(
            ref=f"{slug}-{raw['key']}",
            name=raw["account"],
            domain=raw["domain"],
            plan=raw["plan"],
            kind=raw.get("kind", "production"),
            size=raw["size"],
            industry=raw["industry"],
            language=raw["locale"],
        )
        crowd.accounts.append(account)
        crowd.reserved.add(account.ref)
        first = slugify(raw["user"]).split("-")
        user = crowd.add(
            DemoUser(
                account=account.ref,
                ref=f"c{number}",
                name=raw["user"],
                email=f"{first[0]}.{first[1]}@{raw['domain']}",
                locale=raw["locale"],
                female=not raw["user"].startswith("Сергей"),
            )
        )
        for place, ref in enumerate(raw["installs"]):
            age = min(timedelta(days=240 - 23 * place), (now - by_ref[ref].listed_at) * 0.7)
            crowd.installed[ref, account.ref] = now - age
        for said in raw.get("reviews", []):
            about = {
                "role": "Purchasing manager",
                "company_size": account.size,
                "industry": account.industry,
            }
            reviews.append(
                DemoReview(
                    app=said["app"],
                    account=account.ref,
                    user=user.ref,
                    stars=said["stars"],
                    title=said.get("title", ""),
                    text=said["text"],
                    pros=said.get("pros", ""),
                    cons=said.get("cons", ""),
                    qualities=said.get("qualities", {}),
                    about=about if "qualities" in said else {},
                    language=raw["locale"],
                    submitted_at=now - timedelta(days=said["days"]),
                    reply=_reply(slug, by_ref[said["app"]], said, now),
                )
            )
        customers.append(
            DemoCustomer(
                key=raw["key"], account=account.ref, user=user.ref, apps=tuple(raw["installs"])
            )
        )
    return tuple(customers), reviews


def _reply(slug: str, app: DemoApp, said: dict[str, Any], now: datetime) -> DemoReply | None:
    if "reply" not in said:
        return None
    partner = next(one for one in partners(slug=slug) if one.ref == app.partner)
    return DemoReply(
        text=said["reply"],
        replied_at=now - timedelta(days=said["reply_days"]),
        by=partner.who("replier").email,
    )
