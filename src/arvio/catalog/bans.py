"""What is known of bans: for the banned, and for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from arvio.catalog import appeals, queries
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Account, Ban, BanAppeal, Marketplace, User
from arvio.catalog.queries import Viewer
from arvio.paging import Key, moment, page_of

PAGE = 20
MOST_FOUND = 20
MOST_USERS = 200
ORDER = (Key("since_at", moment, down=True), Key("id", UUID, down=True))


@dataclass(frozen=True)
class Standing:
    """A ban as the banned see it. `problem` says why it can't be appealed against now."""

    ban: Ban
    appeal: BanAppeal | None
    problem: str | None


def standing(*, viewer: Viewer, now: datetime) -> Standing | None:
    """The ban that keeps this viewer from writing: the one that lasts longest."""
    if viewer.account is None or viewer.user is None:
        return None
    found = in_force(Ban.objects.filter(account=viewer.account), now).filter(
        Q(user=None) | Q(user=viewer.user)
    )
    rows = list(found.select_related("account__marketplace").order_by("since_at", "id"))
    if not rows:
        return None
    # One of the account goes before one's own, as in the check of who may write.
    longest = max(rows, key=lambda row: (row.user_id is None, row.until_at is None, _end(row)))
    filed = list(BanAppeal.objects.filter(ban=longest).order_by("-filed_at", "-id"))
    policy = queries.policy_in_force(marketplace=viewer.marketplace, now=now).policy
    problem = appeals.appeal_problem(
        since_at=longest.since_at,
        in_force=True,
        outcomes=[one.outcome for one in filed],
        window=policy.moderation.appeal_window,
        now=now,
    )
    return Standing(longest, filed[0] if filed else None, problem)


def _end(ban: Ban) -> datetime:
    return ban.until_at or ban.since_at


def in_force(rows: QuerySet[Ban], now: datetime) -> QuerySet[Ban]:
    return rows.filter(Q(until_at=None) | Q(until_at__gt=now), lifted_at=None, since_at__lte=now)


def page(
    *, marketplace: Marketplace, ended: bool, now: datetime, cursor: str | None = None
) -> tuple[list[Ban], str | None]:
    """Bans in force or ended, newest first. Raises CursorError."""
    rows = Ban.objects.filter(marketplace=marketplace)
    if ended:
        rows = rows.filter(Q(lifted_at__isnull=False) | Q(until_at__lte=now))
    else:
        rows = in_force(rows, now)
    kind = "bans_ended" if ended else "bans"
    rows = rows.select_related("account", "user")
    return page_of(rows, ORDER, kind=kind, cursor=cursor, limit=PAGE)


def one(*, marketplace: Marketplace, ban_id: UUID) -> Ban:
    found = (
        Ban.objects.select_related("account__marketplace", "user")
        .filter(marketplace=marketplace, pk=ban_id)
        .first()
    )
    if found is None:
        raise NotFound("ban", "There is no such ban in this marketplace.")
    return found


def waiting(*, marketplace: Marketplace) -> list[BanAppeal]:
    """Appeals that nobody has answered, the oldest first."""
    rows = BanAppeal.objects.filter(marketplace=marketplace, outcome=BanAppeal.Outcome.OPEN)
    found = rows.select_related("ban__account", "ban__user", "user").order_by("filed_at", "id")
    return list(found[:MOST_USERS])


def one_appeal(*, marketplace: Marketplace, appeal_id: UUID) -> BanAppeal:
    rows = BanAppeal.objects.select_related("ban__account__marketplace", "ban__user", "user")
    found = rows.filter(marketplace=marketplace, pk=appeal_id).first()
    if found is None:
        raise NotFound("appeal", "There is no such appeal in this marketplace.")
    return found


@dataclass(frozen=True)
class Found:
    """An account that a search found, with those of its users that it named, or its first ones."""

    account: Account
    users: Sequence[User]


def search(*, marketplace: Marketplace, q: str) -> list[Found]:
    """Accounts by reference or name, and those of users by reference, name or e-mail; two
    statements.
    """
    words = q.strip()
    if not words or not queries.storable(words):
        return []
    in_users = _like("users__name", words) | _like("users__ref", words)
    named = _like("name", words) | _like("ref", words) | in_users
    named |= Q(users__email=words.lower()) | Q(former__ref__iexact=words)
    rows = Account.objects.filter(named, marketplace=marketplace, leads_to=None).distinct()
    accounts = list(rows.order_by("name", "pk")[:MOST_FOUND])
    users = User.objects.filter(account__in=accounts, erased_at=None).order_by("name", "ref", "pk")
    of: dict[UUID, list[User]] = {account.pk: [] for account in accounts}
    for user in users[: MOST_USERS * MOST_FOUND]:
        of[user.account_id].append(user)
    return [Found(account, _named(of[account.pk], words)) for account in accounts]


def _like(column: str, words: str) -> Q:
    """As typed and in the usual ways to write it: SQLite folds the case of ASCII alone."""
    ways = {words, words.lower(), words.upper(), words.capitalize(), words.title()}
    found = Q()
    for way in sorted(ways):
        found |= Q(**{f"{column}__icontains": way})
    return found


def _named(users: Sequence[User], words: str) -> list[User]:
    folded = words.casefold()
    hits = [
        user
        for user in users
        if any(folded in text.casefold() for text in (user.name, user.ref, user.email))
    ]
    return (hits or list(users))[:MOST_FOUND]


def whom(*, marketplace: Marketplace, account: str, user: str) -> tuple[Account, User | None]:
    """The account, and its user where one is named by reference. Raises NotFound."""
    found = queries.account(marketplace=marketplace, ref=account)
    if not user:
        return found, None
    person = queries.user(account=found, ref=user) if queries.storable(user) else None
    if person is None:
        raise NotFound("user", f"There is no user {user!r} in this account.")
    return found, person
