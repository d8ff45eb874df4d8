"""A store with a shelf of apps, each with reviews of so many stars, and accounts of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from arvio.catalog import batches
from arvio.catalog.marketplaces import set_policy
from arvio.catalog.models import App
from arvio.catalog.queries import Asker
from arvio.policy.load import load_policy
from arvio.policy.model import Policy
from arvio.preview import queries
from arvio.preview.queries import Figure, Item
from arvio.reviews.actions import Submission, submit_reviews
from arvio.work.kinds import KINDS, OUTSIDE
from arvio.work.loop import work_once
from tests import cast
from tests.cast import LONG_AGO, NOW, Stage

DAY = timedelta(days=1)
TOMORROW = NOW + DAY
PRESET = "bitrix24-2024"
ALL = (*KINDS, *OUTSIDE)
AT_ONCE = {"publication": {"hold": "PT0S"}}


def shelf(stars: Mapping[str, Sequence[int]], **overrides: Any) -> Stage:
    """Reviews are published a day apart, the last of each app a week ago."""
    stage = cast.stage(preset=PRESET, overrides={**AT_ONCE, **overrides})
    for ref, given in stars.items():
        app = cast.make_app(stage.marketplace, stage.partner, ref)
        review_all(stage, app, given, ref)
    return stage


def review_all(stage: Stage, app: App, stars: Sequence[int], ref: str = "x") -> None:
    place = stage.marketplace
    accounts = batches.put_accounts(
        marketplace=place,
        facts=[
            batches.AccountFact(ref=f"{ref}-{n}", name=f"{ref} {n}", plan="commercial")
            for n in range(len(stars))
        ],
        now=LONG_AGO,
    )
    users = batches.put_users(
        facts=[
            batches.UserFact(account=one, ref=f"{who}-{one.ref}", name="Olga Orlova")
            for one in accounts.values()
            for who in ("writer", "colleague")
        ],
        now=LONG_AGO,
    )
    batches.put_installations(
        facts=[
            batches.InstallationFact(app=app, account=one, installed_at=LONG_AGO, version="1")
            for one in accounts.values()
        ],
        now=LONG_AGO,
    )
    by = {user.account_id: user for user in users.values() if user.ref.startswith("writer")}
    sent = [
        Submission(
            Asker(app=app, account=account, user=by[account.pk], email=by[account.pk].email),
            cast.full_answers(place, LONG_AGO) | {"stars": given},
            NOW - timedelta(days=7 + n),
        )
        for n, (account, given) in enumerate(zip(accounts.values(), stars, strict=True))
    ]
    submit_reviews(marketplace=place, submissions=sent, now=NOW)


def rules(stage: Stage, **overrides: Any) -> Policy:
    """The store's own rules with these over them."""
    return load_policy(preset=PRESET, overrides=merged(stage, overrides))


def merged(stage: Stage, overrides: Mapping[str, Any]) -> dict[str, Any]:
    version = stage.marketplace.policy_versions.order_by("-number")[0]
    sections = {**version.overrides}
    for name, keys in overrides.items():
        sections[name] = {**sections.get(name, {}), **keys}
    return sections


def figures(stage: Stage, *, at: datetime = TOMORROW, **overrides: Any) -> dict[str, Figure]:
    policy = rules(stage, **overrides)
    found = queries.figures(marketplace=stage.marketplace, policy=policy, at=at, now=NOW)
    return {one.code: one for one in found}


def items(stage: Stage, code: str, *, at: datetime = TOMORROW, **overrides: Any) -> list[Item]:
    """By pages, as somebody reads them."""
    found: list[Item] = []
    cursor = None
    while True:
        page = queries.listed(
            marketplace=stage.marketplace,
            policy=rules(stage, **overrides),
            at=at,
            now=NOW,
            code=code,
            cursor=cursor,
        )
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def let_it_count(
    stage: Stage, *, at: datetime = TOMORROW, kinds: Sequence[str] = ALL, **overrides: Any
) -> None:
    """The rules are set for `at`, the clock moves there, and the worker does what is due."""
    set_policy(
        marketplace=stage.marketplace,
        preset=PRESET,
        overrides=merged(stage, overrides),
        effective_at=at,
        actor="test",
        now=NOW,
    )
    work_once(now=at, kinds=kinds)
