"""Many facts at once, for imports and histories.

What is new goes in by batches, what is known by its own action. The refs of a batch differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import F

from arvio.catalog import actions, planning, pseudonyms, queries
from arvio.catalog.models import Account, App, Installation, Marketplace, Partner, User
from arvio.catalog.rules import search_text

BATCH = 500
T = TypeVar("T")


@dataclass(frozen=True)
class PartnerFact:
    ref: str
    name: str


@dataclass(frozen=True)
class AppFact:
    ref: str
    name: str
    partner: Partner
    category: str
    tagline: str = ""
    version: str = ""
    listing_url: str = ""
    retired: bool = False
    listed_at: datetime | None = None


@dataclass(frozen=True)
class AccountFact:
    ref: str
    name: str
    plan: str
    kind: str = "production"
    industry: str = ""
    size: str = ""
    domain: str = ""


@dataclass(frozen=True)
class UserFact:
    account: Account
    ref: str
    name: str
    email: str = ""
    locale: str = ""


@dataclass(frozen=True)
class InstallationFact:
    app: App
    account: Account
    installed_at: datetime
    installed_by: str = ""
    version: str = ""
    uninstalled_at: datetime | None = None
    source: str = "server_key"


@transaction.atomic
def add_partners(*, marketplace: Marketplace, facts: Sequence[PartnerFact]) -> dict[str, Partner]:
    """Those that aren't known yet; answers all of them by ref. What is known stays as it is."""
    rows = Partner.objects.filter(marketplace=marketplace, ref__in=[fact.ref for fact in facts])
    found = {row.ref: row for row in rows}
    new = [
        Partner(marketplace=marketplace, ref=fact.ref, name=fact.name)
        for fact in facts
        if fact.ref not in found
    ]
    return found | {row.ref: row for row in Partner.objects.bulk_create(new, batch_size=BATCH)}


@transaction.atomic
def add_apps(
    *, marketplace: Marketplace, facts: Sequence[AppFact], now: datetime
) -> dict[str, App]:
    """Those that aren't known yet; answers all of them by ref. What is known stays as it is."""
    rows = App.objects.filter(marketplace=marketplace, ref__in=[fact.ref for fact in facts])
    found = {row.ref: row for row in rows}
    new = []
    for fact in facts:
        if fact.ref not in found:
            words = search_text(fact.name, fact.tagline, fact.partner.name, fact.category)
            values = {**vars(fact), "listed_at": fact.listed_at or now}
            new.append(App(marketplace=marketplace, search_text=words, **values))
    return found | {row.ref: row for row in App.objects.bulk_create(new, batch_size=BATCH)}


@transaction.atomic
def put_accounts(
    *, marketplace: Marketplace, facts: Sequence[AccountFact], now: datetime
) -> dict[str, Account]:
    """Answers the accounts by ref."""
    found: dict[str, Account] = {}
    for part in _parts(facts):
        refs = [fact.ref for fact in part]
        known = queries.known_accounts(marketplace_id=marketplace.pk, refs=refs)
        new = [
            Account(marketplace=marketplace, **vars(fact)) for fact in part if fact.ref not in known
        ]
        found |= {account.ref: account for account in Account.objects.bulk_create(new)}
        for fact in part:
            if fact.ref in known:
                found[fact.ref], _ = actions.put_account(
                    marketplace=marketplace, **vars(fact), now=now
                )
    return found


@transaction.atomic
def put_users(*, facts: Sequence[UserFact], now: datetime) -> dict[tuple[UUID, str], User]:
    """Answers the users by account id and ref."""
    found: dict[tuple[UUID, str], User] = {}
    for part in _parts(facts):
        names = {
            (fact.account.pk, fact.ref): pseudonyms.names_of(
                marketplace_id=fact.account.marketplace_id, ref=fact.ref
            )
            for fact in part
        }
        wanted = User.objects.filter(
            account__in={fact.account for fact in part},
            ref__in={name for both in names.values() for name in both},
        )
        rows = set(wanted.values_list("account_id", "ref"))
        known = {who for who, both in names.items() if any((who[0], one) in rows for one in both)}
        new = [
            User(
                account=fact.account,
                ref=fact.ref,
                name=fact.name,
                email=fact.email.strip().lower(),
                locale=fact.locale,
            )
            for fact in part
            if (fact.account.pk, fact.ref) not in known
        ]
        found |= {(user.account_id, user.ref): user for user in User.objects.bulk_create(new)}
        for fact in part:
            if (fact.account.pk, fact.ref) in known:
                user, _ = actions.put_user(**vars(fact), now=now)
                found[fact.account.pk, fact.ref] = user
    return found


@transaction.atomic
def put_installations(*, facts: Sequence[InstallationFact], now: datetime) -> None:
    """Installs with the uninstalls that ended them, if they have ended."""
    live: Counter[UUID] = Counter()
    for part in _parts(facts):
        wanted = Installation.objects.filter(
            app__in={fact.app for fact in part}, account__in={fact.account for fact in part}
        )
        known = set(wanted.values_list("app_id", "account_id"))
        new = []
        for fact in part:
            if (fact.app.pk, fact.account.pk) in known:
                _put_known(fact, now)
            else:
                known.add((fact.app.pk, fact.account.pk))
                new.append(Installation(**vars(fact), heard_at=now))
        Installation.objects.bulk_create(new)
        planning.plan(installations=[(row.app, row) for row in new], now=now)
        live.update(row.app_id for row in new if row.is_live)
    for app, count in sorted(live.items()):
        App.objects.filter(pk=app).update(install_count=F("install_count") + count)


def _put_known(fact: InstallationFact, now: datetime) -> None:
    actions.put_installation(
        app=fact.app,
        account=fact.account,
        installed_at=fact.installed_at,
        installed_by=fact.installed_by,
        version=fact.version,
        source=fact.source,
        now=now,
    )
    if fact.uninstalled_at:
        actions.end_installation(
            app=fact.app, account=fact.account, uninstalled_at=fact.uninstalled_at, now=now
        )


def _parts(rows: Sequence[T]) -> list[Sequence[T]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
