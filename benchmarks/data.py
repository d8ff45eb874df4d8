"""Marketplaces of a wished size, made by the real actions in batches."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from arvio.catalog import batches
from arvio.catalog.marketplaces import create_marketplace
from arvio.catalog.models import App, Marketplace, Partner
from arvio.catalog.queries import Asker
from arvio.policy.load import load_policy
from arvio.reviews.actions import Submission, submit_reviews

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FOUNDED = NOW - timedelta(days=900)
BATCH = 1000
WORDS = [
    "it",
    "saves",
    "us",
    "an",
    "hour",
    "a",
    "day",
    "and",
    "the",
    "support",
    "answers",
    "before",
    "lunch",
    "which",
    "nobody",
    "expected",
]


def make(
    *, slug: str, preset: str, apps: int, reviews: int, largest: int
) -> tuple[Marketplace, list[App]]:
    """A marketplace with that many submitted reviews: `largest` on the first app, the others
    spread evenly. Where the policy holds reviews, all of them are still held.
    """
    marketplace = create_marketplace(slug=slug, name=slug, preset=preset, now=FOUNDED)
    hold = load_policy(preset=preset).publication.hold
    spread = hold.seconds - 3600 if hold else 700 * 86_400
    partner = Partner.objects.create(marketplace=marketplace, ref="partner", name="Partner")
    facts = [
        batches.AppFact(
            ref=f"app-{n}", name=f"App {n}", partner=partner, category="All", version="1"
        )
        for n in range(apps)
    ]
    made = list(batches.add_apps(marketplace=marketplace, facts=facts, now=FOUNDED).values())
    dice = random.Random(1)  # noqa: S311  # the same data every time
    wanted = [made[0]] * largest + [made[1 + n % (apps - 1)] for n in range(reviews - largest)]
    for start in range(0, len(wanted), BATCH):
        part = list(_submissions(marketplace, wanted[start : start + BATCH], start, spread, dice))
        submit_reviews(marketplace=marketplace, submissions=part, now=NOW)
    return marketplace, made


def _submissions(
    marketplace: Marketplace, apps: list[App], start: int, spread: int, dice: random.Random
) -> Iterator[Submission]:
    accounts = batches.put_accounts(
        marketplace=marketplace,
        facts=[
            batches.AccountFact(ref=f"a{start + n}", name=f"Account {start + n}", plan="commercial")
            for n in range(len(apps))
        ],
        now=FOUNDED,
    )
    users = batches.put_users(
        facts=[
            batches.UserFact(account=a, ref=f"u-{a.ref}", name="Anna Korhonen")
            for a in accounts.values()
        ],
        now=FOUNDED,
    )
    batches.put_installations(
        facts=[
            batches.InstallationFact(app=app, account=account, installed_at=FOUNDED, version="1")
            for app, account in zip(apps, accounts.values(), strict=True)
        ],
        now=FOUNDED,
    )
    by_account = {user.account_id: user for user in users.values()}
    for app, account in zip(apps, accounts.values(), strict=True):
        at = NOW - timedelta(seconds=dice.randrange(spread))
        yield Submission(
            asker=Asker(app=app, account=account, user=by_account[account.pk]),
            answers=answers(dice, short=spread < 86_400 * 30),
            at=at,
        )


def answers(dice: random.Random, *, short: bool) -> dict[str, object]:
    """What satisfies the short form (stars and text) or the long one of three sections."""
    said: dict[str, object] = {
        "stars": dice.choice((1, 3, 4, 4, 5, 5, 5)),
        "text": " ".join(dice.choices(WORDS, k=30)),
        "consents": ["guidelines", "privacy"],
        "language": "en",
    }
    if short:
        return said
    return said | {
        "title": "In short",
        "qualities": {"ease_of_use": dice.randrange(6), "features": dice.randrange(6)},
        "about": {"role": "Sales lead", "company_size": "2-10"},
        "consents": ["uses_app", "guidelines", "privacy"],
    }
