"""Who writes: accounts, their users, and the installations without which nobody may review."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from arvio.demo.content import DemoAccount, DemoApp, DemoInstallation, DemoUser
from arvio.demo.people import SIZES, UNUSUAL, Companies, make_human
from arvio.demo.timeline import usage_at


@dataclass
class Crowd:
    """Accounts and users of one marketplace, and which app was installed where and when."""

    slug: str
    shares: dict[str, int]
    per_account: int | None
    now: datetime
    rng: Random
    accounts: list[DemoAccount] = field(default_factory=list)
    users: list[DemoUser] = field(default_factory=list)
    installed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
    ended: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _by_language: dict[str, list[DemoAccount]] = field(default_factory=lambda: defaultdict(list))
    _weights: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _staff: dict[str, list[DemoUser]] = field(default_factory=lambda: defaultdict(list))
    _authors: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def settle(self, *, count: int, companies: Companies) -> None:
        """Fill the marketplace with companies that may review, and some that may not."""
        for language in self.rng.choices(list(self.shares), list(self.shares.values()), k=count):
            account = companies.make(language=language)
            self.accounts.append(account)
            self._by_language[language].append(account)
            self._weights[language].append(SIZES[account.size][1] ** 0.7)
        for n in range(4 * len(UNUSUAL)):
            plan, kind = UNUSUAL[n % len(UNUSUAL)]
            account = companies.make(
                language=max(self.shares, key=self.shares.__getitem__), plan=plan, kind=kind
            )
            self.accounts.append(account)
            self.hire(account=account)

    def hire(self, *, account: DemoAccount) -> DemoUser:
        human = make_human(language=account.language, rng=self.rng)
        number = len(self.users) + 1
        taken = {user.email for user in self._staff[account.ref]}
        email = f"{human.email_name}@{account.domain}"
        if email in taken:
            email = f"{human.email_name}{number}@{account.domain}"
        user = DemoUser(
            account=account.ref,
            ref=f"u{20_000 + number}",
            name=human.name,
            email=email,
            locale=account.language,
            female=human.female,
        )
        return self.add(user)

    def add(self, user: DemoUser) -> DemoUser:
        self.users.append(user)
        self._staff[user.account].append(user)
        return user

    def author(self, *, app: DemoApp) -> tuple[DemoAccount, DemoUser]:
        """Somebody who hasn't reviewed the app, from an account that still has a place."""
        language = self.rng.choices(list(self.shares), list(self.shares.values()))[0]
        while True:
            account = self.rng.choices(self._by_language[language], self._weights[language])[0]
            authors = self._authors[app.ref, account.ref]
            if self.per_account is not None and len(authors) >= self.per_account:
                continue
            if len(authors) >= SIZES[account.size][1]:
                continue
            free = [user for user in self._staff[account.ref] if user.ref not in authors]
            full = len(self._staff[account.ref]) >= SIZES[account.size][1]
            if not free and full:
                continue
            user = (
                self.rng.choice(free)
                if free and (full or self.rng.random() < 0.5)
                else self.hire(account=account)
            )
            authors.add(user.ref)
            return account, user

    def install(self, *, app: DemoApp, account: DemoAccount, before: datetime) -> datetime:
        """When the app came to the account: decided at its first review there, always before."""
        key = (app.ref, account.ref)
        if key not in self.installed:
            early = app.listed_at - timedelta(
                days=500 if app.listed_at < self.now - timedelta(days=760) else 0
            )
            at = max(
                before - usage_at(rng=self.rng), early + timedelta(hours=self.rng.uniform(1, 90))
            )
            self.installed[key] = min(at, before - timedelta(hours=8))
        return self.installed[key]

    def install_more(self, *, app: DemoApp, count: int) -> None:
        """Accounts that have the app and say nothing; some of them had it."""
        free = [
            account
            for account in self.accounts
            if (app.ref, account.ref) not in self.installed and account.ref not in self.reserved
        ]
        for account in self.rng.sample(free, min(count, len(free))):
            age = (self.now - app.listed_at) * self.rng.uniform(0.01, 0.95)
            key = (app.ref, account.ref)
            self.installed[key] = self.now - age
            if self.rng.random() < 0.15:
                self.ended[key] = self.now - age * self.rng.uniform(0.05, 0.9)

    def leave(self, *, app: str, account: str, after: datetime, stars: int) -> None:
        """Perhaps it is uninstalled after the last review: sooner and more often by the unhappy."""
        chance, days = {1: (0.6, 9), 2: (0.4, 30), 3: (0.12, 60)}.get(stars, (0.03, 150))
        at = after + timedelta(days=self.rng.uniform(0.2, days))
        if self.rng.random() < chance and at < self.now - timedelta(hours=1):
            self.ended[app, account] = at

    def installations(self, *, apps: dict[str, DemoApp]) -> tuple[DemoInstallation, ...]:
        made = []
        for (app, account), at in self.installed.items():
            people = self._staff[account]
            made.append(
                DemoInstallation(
                    app=app,
                    account=account,
                    installed_at=at.replace(microsecond=0),
                    installed_by=people[0].ref if people else "",
                    version=version_at(app=apps[app], at=at + (self.now - at) * 0.8, now=self.now),
                    uninstalled_at=self.ended.get((app, account)),
                )
            )
        return tuple(made)


def version_at(*, app: DemoApp, at: datetime, now: datetime) -> str:
    """Most accounts are on the current version, some stay behind."""
    major, _, minor = app.version.partition(".")
    behind = int((now - at).days / 45)
    return f"{major}.{max(int(minor) - behind, 0)}" if minor.isdigit() else app.version
