"""Who may review what: every known user, for every app that is on their account."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Count, Q

from arvio.catalog import queries as catalog
from arvio.catalog.models import App, Installation, User
from arvio.catalog.pseudonyms import names_of
from arvio.catalog.queries import Asker
from arvio.paging import Key, after
from arvio.policy.eligibility import Facts, check_eligibility, is_installed
from arvio.policy.model import Policy
from arvio.preview.shapes import BATCH, Change, Found, Item, Place, Reached, Step
from arvio.reviews.models import Review
from arvio.reviews.states import HOLDS_PLACE
from arvio.reviews.submitting import ANYWHERE

MAY, MAY_NOT = "may_review", "may_not_review"
CODES = (MAY, MAY_NOT)
ORDER = (Key("account__ref", str), Key("ref", str))
# What a cursor names: account, user and app.
PLACE = (*ORDER, Key("app", str))
# Behind every app's name.
LAST = chr(0x10FFFF)


def touched(change: Change) -> bool:
    """Through which door one comes is no question of who: see `sent`."""
    old, new = (
        (replace(policy.eligibility, surface="any"), policy.limits)
        for policy in (change.old, change.new)
    )
    return old != new


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """By account and user; six statements at most for each batch of users."""
    rows = App.objects.filter(marketplace=change.marketplace).select_related("partner")
    apps = {app.pk: app for app in rows}
    elsewhere = _elsewhere(change)
    last = start
    while users := _users(change, last):
        for user, app, old, new in _judged(change, apps, elsewhere, users):
            place = (user.account.ref, user.ref, app.ref)
            if (start is None or place[:2] != start[:2] or app.ref > start[2]) and bool(
                old
            ) != bool(new):
                yield Found(MAY if old else MAY_NOT, _item(change, user, app, old, new, place))
        last = (users[-1].account.ref, users[-1].ref, LAST)
        yield Reached(last)


def _users(change: Change, last: Place | None) -> list[User]:
    """A list that was broken off within a user goes on with the same one."""
    rows = User.objects.filter(account__marketplace=change.marketplace, erased_at=None)
    if last:
        behind = after(ORDER, last[:2])
        if last[2] != LAST:
            behind |= Q(account__ref=last[0], ref=last[1])
        # Said twice, so that the index is entered where the list goes on.
        rows = rows.filter(behind, account__ref__gte=last[0])
    return list(rows.select_related("account").order_by("account__ref", "ref")[:BATCH])


def _item(
    change: Change,
    user: User,
    app: App,
    old: Sequence[str],
    new: Sequence[str],
    place: Place,
) -> Item:
    """Who is one person wherever they are is counted once (`limits.user_scope`)."""
    anywhere = change.new.limits.user_scope == "marketplace"
    return Item(
        kind="user",
        name=user.name or user.ref,
        ref=user.ref,
        old=list(old),
        new=list(new),
        about=f"{user.account.name} · {app.name}",
        place=place,
        key=user.ref if anywhere else str(user.pk),
    )


def _judged(
    change: Change, apps: Mapping[UUID, App], elsewhere: Set[str], users: Sequence[User]
) -> Iterator[tuple[User, App, list[str], list[str]]]:
    """What stands against each, by the old rules and by the new ones, in order."""
    installed = _installed(change, users)
    on: dict[UUID, list[App]] = defaultdict(list)
    for app_id, account in installed:
        on[account].append(apps[app_id])
    for there in on.values():
        there.sort(key=lambda app: app.ref)
    pairs = [(user, app) for user in users for app in on.get(user.account_id, ())]
    askers = [
        # Inside the product everybody may come, whichever surface a policy asks for.
        Asker(app=app, account=user.account, user=user, surface="in_product", email=user.email)
        for user, app in pairs
    ]
    known = catalog.facts(
        marketplace=change.marketplace, askers=askers, now=change.at, installations=installed
    )
    taken = _taken(change, users, {app.pk for _, app in pairs}, elsewhere)
    for (user, app), one in zip(pairs, known, strict=True):
        old, new = (
            _against(change, policy, taken.facts(policy, one.facts, user, app))
            for policy in (change.old, change.new)
        )
        yield user, app, old, new


def _against(change: Change, policy: Policy, facts: Facts) -> list[str]:
    verdict = check_eligibility(policy=policy, facts=facts, now=change.at)
    return [check.code for check in verdict.failed]


def _installed(change: Change, users: Sequence[User]) -> dict[tuple[UUID, UUID], Installation]:
    """What is on their accounts at the moment of the change, by either rule's grace."""
    rows = Installation.objects.filter(
        account__in={user.account_id for user in users}, installed_at__isnull=False
    )
    graces = {p.eligibility.grace_after_uninstall for p in (change.old, change.new)}
    return {
        (row.app_id, row.account_id): row
        for row in rows
        if any(
            is_installed(
                installed_at=row.installed_at,
                uninstalled_at=row.ended_at,
                grace=grace,
                now=change.at,
            )
            for grace in graces
        )
    }


@dataclass
class _Taken:
    """Places taken on apps: by account, and by person under either way to count people."""

    names: Mapping[str, Collection[str]]
    accounts: Counter[tuple[UUID, UUID]]
    people: dict[str, Counter[tuple[UUID, str]]]

    def facts(self, policy: Policy, facts: Facts, user: User, app: App) -> Facts:
        scope = policy.limits.user_scope
        where = ANYWHERE if scope == "marketplace" else f"{user.account_id}/"
        # What one wrote before an erasure counts for whoever has come back.
        names = self.names[user.ref]
        return replace(
            facts,
            person_reviews=sum(self.people[scope][app.pk, where + name] for name in names),
            account_reviews=self.accounts[app.pk, user.account_id],
        )


def _elsewhere(change: Change) -> set[str]:
    """Names of users that another account may know too: those that stand in two, and those that
    were erased. Nobody else's reviews lie outside their own account.
    """
    if "marketplace" not in _scopes(change):
        return set()
    users = User.objects.filter(account__marketplace=change.marketplace)
    twice = users.order_by().values_list("ref").annotate(n=Count("pk")).filter(n__gt=1)
    gone = users.filter(erased_at__isnull=False)
    return {ref for ref, _ in twice} | set(gone.values_list("ref", flat=True))


def _scopes(change: Change) -> set[str]:
    return {policy.limits.user_scope for policy in (change.old, change.new)}


def _taken(change: Change, users: Sequence[User], apps: set[UUID], elsewhere: Set[str]) -> _Taken:
    scopes = _scopes(change)
    names_by = {
        user.ref: set(names_of(marketplace_id=change.marketplace.pk, ref=user.ref))
        for user in users
    }
    names = elsewhere & set().union(*names_by.values())
    rows = Review.objects.filter(
        state__in=sorted(HOLDS_PLACE), person_place__isnull=False, account_place__isnull=False
    )
    columns = ("pk", "app_id", "account_id", "person_key", "user__ref")
    accounts = {user.account_id for user in users}
    found = set(rows.filter(account__in=accounts).values_list(*columns))
    if names:
        theirs = Q(person_key__in={f"{ANYWHERE}{name}" for name in names})
        if "account" in scopes:
            theirs |= Q(user__ref__in=names)
        found |= set(rows.filter(theirs, app__in=apps).values_list(*columns))
    taken = _Taken(names_by, Counter(), {scope: Counter() for scope in scopes})
    for _, app, account, key, ref in found:
        taken.accounts[app, account] += 1
        for scope in scopes:
            taken.people[scope][app, _key(scope, key, account, ref)] += 1
    return taken


def _key(scope: str, key: str, account: UUID, ref: str | None) -> str:
    """A review's person as it is written once the rules have changed (`reviews.rekeying`)."""
    anywhere = scope == "marketplace"
    if ref is None or key.startswith(ANYWHERE) == anywhere:
        return key
    return f"{ANYWHERE}{ref}" if anywhere else f"{account}/{ref}"
