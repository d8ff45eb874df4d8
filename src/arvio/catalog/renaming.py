"""An account has another id on the platform: the row stays, with all that hangs on it, and the old
id leads to it from now on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from arvio.audit import actions as audit
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import Account, Marketplace
from arvio.catalog.queries import storable
from arvio.ids import uuid7


def rename_account(
    *, marketplace: Marketplace, ref: str, to: str, actor: str, now: datetime
) -> Account:
    """`ref` may be a former id. Repeating it changes nothing.

    Raises NotFound, or InvalidFact where `to` is the id of another account, for then the two are to
    be merged, or was one.
    """
    try:
        return _rename(marketplace, ref, to, actor, now)
    except IntegrityError:
        raise _taken(to) from None  # somebody told of an account of this id a moment ago


@transaction.atomic
def _rename(marketplace: Marketplace, ref: str, to: str, actor: str, now: datetime) -> Account:
    rows = {row.ref: row for row in hold_accounts(marketplace=marketplace, refs=[ref, to])}
    named = rows.get(ref)
    if named is None:
        raise NotFound("account", f"There is no account {ref!r} in this marketplace.")
    by_pk = {row.pk: row for row in rows.values()}
    account = by_pk[named.leads_to_id] if named.leads_to_id else named
    if account.ref == to:
        return account
    taken = rows.get(to)
    old = account.ref
    if taken is None:
        Account.objects.filter(pk=account.pk).update(ref=to)
        _leave_behind(account, old)
    elif taken.renamed and taken.leads_to_id == account.pk:
        # Back to an id that was its own: the two change places, one step after the other.
        Account.objects.filter(pk=taken.pk).update(ref=f"/{taken.pk}")
        Account.objects.filter(pk=account.pk).update(ref=to)
        Account.objects.filter(pk=taken.pk).update(ref=old)
    else:
        raise _taken(to)
    account.ref = to
    write_history(account=account, what="renamed", actor=actor, now=now, before={}, after={})
    return account


def hold_accounts(*, marketplace: Marketplace, refs: list[str]) -> list[Account]:
    """The rows of these ids, and those that they lead to, locked in the order that all take: who
    submits a review holds its account likewise.
    """
    wanted = [ref for ref in refs if storable(ref)]
    own = Account.objects.filter(marketplace=marketplace)
    leading = own.filter(ref__in=wanted, leads_to__isnull=False).values("leads_to")
    found = own.filter(Q(ref__in=wanted) | Q(pk__in=leading))
    return list(found.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _leave_behind(account: Account, old: str) -> None:
    Account.objects.create(
        id=uuid7(),
        marketplace_id=account.marketplace_id,
        ref=old,
        name=account.name,
        plan=account.plan,
        kind=account.kind,
        leads_to=account,
        renamed=True,
    )


def _taken(to: str) -> InvalidFact:
    return InvalidFact("id", f"There is an account {to!r} already: merge the two instead.")


def write_history(
    *,
    account: Account,
    what: str,
    actor: str,
    now: datetime,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """In the history of the account, which the caller has locked: ids of ours alone."""
    audit.append(
        entries=[
            audit.Entry(
                subject=f"account:{account.pk}",
                tag=f"account:{what}",
                actor=actor,
                at=now,
                marketplace_id=account.marketplace_id,
                before=before,
                after=after,
            )
        ]
    )
