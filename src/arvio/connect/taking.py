"""What every kind of file needs to be taken: a batch is one transaction and either in or not.

Whatever the marketplace knows already stays as it is: the platform's own facts beat a file's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeAlias, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from arvio.catalog import batches
from arvio.catalog import queries as catalog
from arvio.catalog.batches import AccountFact, InstallationFact, PartnerFact
from arvio.catalog.models import Account, App, Installation, Marketplace
from arvio.connect.tally import Tally
from arvio.reviews.models import ImportedRow

BATCH = 500
MOST_ATTEMPTS = 5
IMPORTED = PartnerFact(ref="imported", name="Imported")
T = TypeVar("T")
R = TypeVar("R")
Pair: TypeAlias = tuple[UUID, UUID]


@dataclass
class Outcome:
    """What became of a batch, told to the tally once it is committed. `skipped` is by line."""

    taken: int = 0
    skipped: dict[int, str] = field(default_factory=dict)

    def tell(self, tally: Tally) -> None:
        tally.taken += self.taken
        for line, reason in self.skipped.items():
            tally.skip(reason, line)


def in_batches(rows: Iterable[T]) -> Iterator[list[T]]:
    source = iter(rows)
    while part := list(islice(source, BATCH)):
        yield part


def again(act: Callable[[], R]) -> R:
    """Somebody else may write the same fact at the same moment; then the batch looks again."""
    for _ in range(MOST_ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            continue
    with transaction.atomic():
        return act()


def lock(marketplace: Marketplace) -> None:
    """One import at a time in a marketplace; those who write reviews meanwhile don't wait."""
    Marketplace.objects.select_for_update(no_key=True).get(pk=marketplace.pk)


def taken_keys(apps: Iterable[App], keys: Sequence[str]) -> set[tuple[UUID, str]]:
    rows = ImportedRow.objects.filter(app__in=list(apps), key__in=keys)
    return set(rows.values_list("app_id", "key"))


def known_accounts(marketplace: Marketplace, refs: Iterable[str]) -> dict[str, Account]:
    return catalog.known_accounts(marketplace_id=marketplace.pk, refs=set(refs))


def add_accounts(
    marketplace: Marketplace, facts: Iterable[AccountFact], now: datetime
) -> dict[str, Account]:
    wanted = {fact.ref: fact for fact in facts}
    known = known_accounts(marketplace, wanted)
    new = [fact for ref, fact in wanted.items() if ref not in known]
    return known | batches.put_accounts(marketplace=marketplace, facts=new, now=now)


def add_installations(facts: Iterable[InstallationFact], now: datetime) -> dict[Pair, Installation]:
    wanted = {(fact.app.pk, fact.account.pk): fact for fact in facts}
    if not wanted:
        return {}
    known = _installations(wanted)
    new = [fact for pair, fact in wanted.items() if pair not in known]
    batches.put_installations(facts=new, now=now)
    return _installations(wanted)


def _installations(pairs: Iterable[Pair]) -> dict[Pair, Installation]:
    apps, accounts = {app for app, _ in pairs}, {account for _, account in pairs}
    rows = Installation.objects.filter(app__in=apps, account__in=accounts)
    return {(row.app_id, row.account_id): row for row in rows}
