"""Two accounts become one: the catalog's part. The old one stays as a row that leads to the other,
and so does each of its users who is in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from arvio.audit import actions as audit
from arvio.catalog import planning, pseudonyms, rules
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import Account, App, Ban, BanAppeal, Installation, Marketplace, User
from arvio.catalog.renaming import hold_accounts
from arvio.due import actions as due
from arvio.due.models import Due

BATCH = 500


@dataclass
class Merge:
    """What is under way. `users` are the old account's who are in both, by our id (`joined`: those
    who became one just now); they, and the old account's installations of apps that both have,
    stay as rows that nothing hangs on.
    """

    old: Account
    new: Account
    now: datetime
    users: Mapping[UUID, User] = field(default_factory=dict)
    joined: Mapping[UUID, User] = field(default_factory=dict)
    installations: Mapping[UUID, Installation] = field(default_factory=dict)
    moved_users: int = 0
    moved_installations: int = 0


def hold(*, marketplace: Marketplace, ref: str, into: str, now: datetime) -> Merge | None:
    """Both accounts, locked; None when the one was merged into the other already.

    Raises NotFound and InvalidFact.
    """
    rows = hold_accounts(marketplace=marketplace, refs=[ref, into])
    by_ref, by_pk = {row.ref: row for row in rows}, {row.pk: row for row in rows}
    for name, wanted in (("account", ref), ("into", into)):
        if wanted not in by_ref:
            raise NotFound(name, f"There is no account {wanted!r} in this marketplace.")
    named, target = by_ref[ref], by_ref[into]
    new = by_pk[target.leads_to_id] if target.leads_to_id else target
    if named.leads_to_id and not named.renamed:
        if named.leads_to_id != new.pk:
            raise InvalidFact("into", f"{ref!r} was merged into another account already.")
        return None
    old = by_pk[named.leads_to_id] if named.leads_to_id else named
    if old.pk == new.pk:
        raise InvalidFact("into", "An account can't be merged into itself.")
    return Merge(old=old, new=new, now=now)


def join_users(*, merge: Merge) -> None:
    """Users of the same id become one, the others move. Who was erased in one of the two is known
    again by what the other knows.
    """
    both = (merge.old.pk, merge.new.pk)
    rows = User.objects.filter(account__in=both).select_for_update(of=("self",), no_key=True)
    users = list(rows.order_by("pk"))
    name = _names(merge, users)
    there = {name(user): user for user in users if user.account_id == merge.new.pk}
    own = [user for user in users if user.account_id == merge.old.pk]
    pairs = {u: there[name(u)] for u in own if u.leads_to_id is None and name(u) in there}
    learned = [same for user, same in pairs.items() if _learn(same, user)]
    User.objects.bulk_update(learned, ["name", "email", "locale", "erased_at"], batch_size=BATCH)
    _lead(merge, pairs)
    merge.moved_users = User.objects.filter(account=merge.old, leads_to=None).update(
        account=merge.new
    )
    merge.joined = {user.pk: same for user, same in pairs.items()}
    merge.users = {
        user.pk: user.leads_to
        for user in former(merge=merge).select_related("leads_to")
        if user.leads_to
    }


def _names(merge: Merge, users: Sequence[User]) -> Callable[[User], str]:
    """What tells that two are the same: the id, or its pseudonym where anybody was erased."""
    marketplace_id = merge.new.marketplace_id
    if not any(pseudonyms.is_pseudonym(user.ref) for user in users):
        return lambda user: user.ref
    return lambda user: pseudonyms.pseudonym(marketplace_id=marketplace_id, ref=user.ref)


def _lead(merge: Merge, pairs: Mapping[User, User]) -> None:
    """Nobody is called as a former user was: an erasure of the other has nothing to look for."""
    for user, same in pairs.items():
        user.leads_to = same
        user.ref = pseudonyms.pseudonym(marketplace_id=merge.new.marketplace_id, ref=user.ref)
        user.name = user.email = user.locale = ""
    columns = ["leads_to", "ref", "name", "email", "locale"]
    User.objects.bulk_update(list(pairs), columns, batch_size=BATCH)
    if pairs:
        earlier = User.objects.filter(leads_to__in=[user.pk for user in pairs])
        again = User.objects.filter(pk=OuterRef("leads_to")).values("leads_to")[:1]
        earlier.update(leads_to=Subquery(again))


def _learn(same: User, other: User) -> bool:
    """What the one lacks the other may know; answers whether there was anything."""
    before = (same.name, same.email, same.locale, same.erased_at)
    same.name = same.name or other.name
    same.email = same.email or other.email
    same.locale = same.locale or other.locale
    if other.erased_at is None:
        same.erased_at = None
    return before != (same.name, same.email, same.locale, same.erased_at)


def hold_installations(*, merge: Merge) -> list[Installation]:
    """Locked before anything that is due of them, as whoever tells of one takes it."""
    rows = Installation.objects.filter(account__in=(merge.old, merge.new)).select_related("app")
    found = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    due.hold(kinds=(planning.REQUEST, planning.VERSION), keys=[str(row.pk) for row in found])
    return found


def join_installations(*, merge: Merge, rows: Sequence[Installation]) -> None:
    """One installation an app. It lasts when one of the two does."""
    there = {row.app_id: row for row in rows if row.account_id == merge.new.pk}
    old = [row for row in rows if row.account_id == merge.old.pk]
    joined = {row.pk: there[row.app_id] for row in old if row.app_id in there}
    both_live = [r.app_id for r in old if r.is_live and r.pk in joined and joined[r.pk].is_live]
    for row in old:
        if row.pk in joined:
            _add(joined[row.pk], row)
            row.installed_at = row.uninstalled_at = None
            row.installed_by = ""
    kept = list(joined.values())
    Installation.objects.bulk_update(
        [*kept, *(row for row in old if row.pk in joined)],
        ["installed_at", "uninstalled_at", "installed_by", "version", "source", "heard_at"],
        batch_size=BATCH,
    )
    merge.moved_installations = Installation.objects.filter(
        pk__in=[row.pk for row in old if row.pk not in joined]
    ).update(account=merge.new)
    if both_live:
        App.objects.filter(pk__in=both_live).update(install_count=F("install_count") - 1)
    gone = [str(pk) for pk in joined]
    for kind in (planning.REQUEST, planning.VERSION):
        due.cancel(kind=kind, keys=gone)
    planning.plan(installations=[(row.app, row) for row in kept], now=merge.now)
    merge.installations = joined


def _add(one: Installation, other: Installation) -> None:
    """Of two alike the latest moments, whatever they are; of two that differ the one that lasts."""
    later = (other.installed_at or one.heard_at) > (one.installed_at or one.heard_at)
    if one.is_live == other.is_live:
        uninstalled_at = rules.later(one.uninstalled_at, other.uninstalled_at)
        installed_at = rules.later(one.installed_at, other.installed_at)
    else:
        later = other.is_live
        lasting = other if other.is_live else one
        installed_at, uninstalled_at = lasting.installed_at, lasting.uninstalled_at
    if later:
        one.installed_by = other.installed_by or one.installed_by
        one.version = other.version or one.version
        one.source = other.source
    one.installed_at, one.uninstalled_at = installed_at, uninstalled_at
    one.heard_at = min(one.heard_at, other.heard_at)


def join_bans(*, merge: Merge) -> int:
    """A ban of either stays; what was to be looked at when it ends is looked at then."""
    old, users = merge.old, merge.users
    ended = Q(lifted_at__isnull=False) | Q(until_at__lte=merge.now)
    in_force = list(Ban.objects.filter(account=old).exclude(ended))
    moved = Ban.objects.filter(account=old).update(account=merge.new, user=now_is("user"))
    BanAppeal.objects.filter(user__in=former(merge=merge)).update(user=now_is("user"))
    for ban in in_force:
        ban.account = merge.new
        if ban.user_id and ban.user_id in users:
            ban.user = users[ban.user_id]
    due.schedule(
        rows=[
            Due(kind="archive_check", key=f"{ban.subject}:{ban.pk}", due_at=ban.until_at)
            for ban in in_force
            if ban.until_at
        ]
    )
    return moved


def former(*, merge: Merge) -> QuerySet[User]:
    """Users of the old account who have become others; also those who became so before."""
    return User.objects.filter(account=merge.old, leads_to__isnull=False)


def now_is(column: str) -> Coalesce:
    """For an update: the user whom this column's leads to, or the same."""
    rows = User.objects.filter(pk=OuterRef(column), leads_to__isnull=False)
    return Coalesce(Subquery(rows.values("leads_to")[:1]), F(column))


def close(*, merge: Merge, actor: str, counts: Mapping[str, int]) -> None:
    """The old id leads to the new account, and so do those that led to the old one."""
    old, new = merge.old, merge.new
    # What is told of its former ids is told of an account that is no more.
    Account.objects.filter(leads_to=old).update(leads_to=new, renamed=False)
    Account.objects.filter(pk=old.pk).update(leads_to=new)
    due.schedule(rows=[Due(kind="archive_check", key=f"account:{new.pk}", due_at=merge.now)])
    entries = [
        audit.Entry(
            subject=f"account:{old.pk}",
            tag="account:merged",
            actor=actor,
            at=merge.now,
            marketplace_id=new.marketplace_id,
            after={"into": str(new.pk), **counts},
        ),
        audit.Entry(
            subject=f"account:{new.pk}",
            tag="account:joined",
            actor=actor,
            at=merge.now,
            marketplace_id=new.marketplace_id,
            after={"from": str(old.pk), **counts},
        ),
    ]
    entries += [
        audit.Entry(
            subject=f"user:{pk}",
            tag="user:merged",
            actor=actor,
            at=merge.now,
            marketplace_id=new.marketplace_id,
            after={"into": str(user.pk)},
        )
        for pk, user in merge.joined.items()
    ]
    audit.append(entries=entries)


def hold_again(*, old: Account, now: datetime) -> Merge:
    """An account that was merged, and where it leads, locked."""
    rows = hold_accounts(marketplace=old.marketplace, refs=[old.ref])
    by_pk = {row.pk: row for row in rows}
    here = by_pk[old.pk]
    new = by_pk.get(here.leads_to_id or here.pk)
    if new is None:  # merged once more at this moment; the worker comes again
        raise RuntimeError("an account was merged while its leftovers were looked for")
    return Merge(old=here, new=new, now=now)
