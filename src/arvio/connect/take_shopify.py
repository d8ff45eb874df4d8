"""From rows of `shopify-csv` to apps, accounts, installations and imported reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from arvio.catalog import batches
from arvio.catalog import queries as catalog
from arvio.catalog.batches import AccountFact, AppFact, InstallationFact
from arvio.catalog.models import Account, App, Marketplace
from arvio.connect import shopify
from arvio.connect.taking import (
    IMPORTED,
    Outcome,
    Pair,
    add_accounts,
    add_installations,
    again,
    in_batches,
    known_accounts,
    lock,
    taken_keys,
)
from arvio.connect.tally import Tally
from arvio.policy.form import Cleaned
from arvio.reviews.importing import (
    Incoming,
    IncomingVersion,
    supersede_reviews,
    take_reviews,
)
from arvio.reviews.models import Review, Source
from arvio.reviews.rows import guess_language
from arvio.reviews.states import State

UNKNOWN = "unknown"


def take_shopify(
    *,
    file: shopify.ShopifyFile,
    marketplace: Marketplace,
    now: datetime,
    progress: Callable[[int], None],
) -> Tally:
    """Take the rows that stand. Killed between two batches, it is started again and goes on."""
    tally, seen = Tally(), 0
    for rows in in_batches(file.standing(tally)):
        again(partial(_take, marketplace, rows, now)).tell(tally)
        progress(tally.read - seen)
        seen = tally.read
    return tally


def _take(marketplace: Marketplace, rows: Sequence[shopify.Row], now: datetime) -> Outcome:
    lock(marketplace)
    version = catalog.policy_in_force(marketplace=marketplace, now=now)
    apps = _apps(marketplace, rows, now)
    facts = [AccountFact(ref=row.account_ref, name=row.store, plan=UNKNOWN) for row in rows]
    known = known_accounts(marketplace, [fact.ref for fact in facts])
    taken = taken_keys(apps.values(), [row.key for row in rows])
    standing = _standing(apps.values(), known.values())
    outcome, fresh, gone = Outcome(), [], []
    for row in rows:
        app, account = apps[row.app_ref], known.get(row.account_ref)
        earlier = standing.get((app.pk, account.pk)) if account else None
        if (app.pk, row.key) in taken:
            outcome.skipped[row.line] = "already_taken"
        elif earlier and (earlier.submitted_at, earlier.edited_at is not None) >= row.rank[:2]:
            outcome.skipped[row.line] = "superseded"
        else:
            fresh.append(row)
            gone += [earlier.pk] if earlier else []
    wanted = {row.account_ref for row in fresh}
    accounts = add_accounts(marketplace, [fact for fact in facts if fact.ref in wanted], now)
    supersede_reviews(marketplace=marketplace, review_ids=gone, now=now)
    incoming = _incoming(marketplace, fresh, apps, accounts, now)
    take_reviews(marketplace=marketplace, incoming=incoming, version=version, now=now)
    outcome.taken = len(fresh)
    return outcome


def _apps(marketplace: Marketplace, rows: Sequence[shopify.Row], now: datetime) -> dict[str, App]:
    """The apps that the file names; who made them it doesn't say."""
    names = {row.app_ref: row.app for row in rows}
    known = {app.ref: app for app in App.objects.filter(marketplace=marketplace, ref__in=names)}
    if len(known) == len(names):
        return known
    partners = batches.add_partners(marketplace=marketplace, facts=[IMPORTED])
    facts = [
        AppFact(ref, name, partner=partners[IMPORTED.ref], category=IMPORTED.name)
        for ref, name in names.items()
    ]
    return batches.add_apps(marketplace=marketplace, facts=facts, now=now)


def _standing(apps: Iterable[App], accounts: Iterable[Account]) -> dict[Pair, Review]:
    """What stands of earlier imports, by app and account; the latest where there are several."""
    rows = Review.objects.filter(
        app__in=list(apps),
        account__in=list(accounts),
        source=Source.IMPORTED,
        state=State.PUBLISHED,
    )
    return {(row.app_id, row.account_id): row for row in rows.order_by("submitted_at", "id")}


def _incoming(
    marketplace: Marketplace,
    rows: Sequence[shopify.Row],
    apps: dict[str, App],
    accounts: dict[str, Account],
    now: datetime,
) -> list[Incoming]:
    installations = add_installations(
        (
            InstallationFact(
                app=apps[row.app_ref],
                account=accounts[row.account_ref],
                installed_at=row.installed_at,
                source=shopify.FORMAT,
            )
            for row in rows
            if row.installed_at
        ),
        now,
    )
    incoming = []
    for row in rows:
        app, account = apps[row.app_ref], accounts[row.account_ref]
        incoming.append(
            Incoming(
                key=row.key,
                app=app,
                account=account,
                installation=installations.get((app.pk, account.pk)),
                versions=[_words(marketplace, row)],
                submitted_at=row.at,
                published_at=row.at,
                edited_at=row.at if row.edited else None,
            )
        )
    return incoming


def _words(marketplace: Marketplace, row: shopify.Row) -> IncomingVersion:
    """The file is an English page; what isn't in Cyrillic is taken for English."""
    installed = row.installed_at
    return IncomingVersion(
        answers=Cleaned(stars=row.stars, text=row.text),
        language=guess_language(words=row.text, locale="en", marketplace=marketplace),
        submitted_at=row.at,
        effective_at=row.at,
        evidence={
            "source": shopify.FORMAT,
            "span": row.span,
            "installed_at": installed.isoformat() if installed else None,
            "plan": None,
        },
    )
