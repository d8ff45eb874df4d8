from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

from arvio import clock
from arvio.audit import guards
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import policy_in_force
from arvio.due import queries as due
from arvio.notify import queries as notify
from arvio.notify.smtp import Unreachable, open_line
from arvio.notify.webhooks import queries as webhooks
from arvio.notify.webhooks.models import WebhookEndpoint
from arvio.policy import working_days

LATE = timedelta(minutes=5)
DAYS_AHEAD = 30


class Command(BaseCommand):
    help = (
        "Look whether the service stands as it should, and say what to do where it doesn't. "
        "Exit 1 on a problem."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(highlight=False)
        problems = 0
        for name, check in CHECKS.items():
            try:
                found = list(check())
            except DatabaseError as error:
                found = [f"the database doesn't answer: {error}. Is DATABASE_URL right?"]
            problems += len(found)
            console.print(f"{'✗' if found else '✓'} {name}")
            for problem in found:
                console.print(f"    {problem}")
        if problems:
            raise SystemExit(1)


def _migrations() -> Iterator[str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield f"{len(waiting)} migrations wait. Run: arvio migrate"


def _guards() -> Iterator[str]:
    missing = guards.missing(connection)
    if missing:
        yield f"{len(missing)} guards are missing, such as {missing[0]}. Run: arvio migrate"


def _policies() -> Iterator[str]:
    for marketplace in Marketplace.objects.order_by("slug"):
        try:
            policy_in_force(marketplace=marketplace, now=clock.now())
        except NotFound:
            yield (
                f"{marketplace.slug} has no policy in force. "
                f"Run: arvio marketplace policy {marketplace.slug} …"
            )


def _calendars() -> Iterator[str]:
    now = clock.now()
    for marketplace in Marketplace.objects.order_by("slug"):
        try:
            unknown = _years_unknown(marketplace, now)
        except ValueError as error:
            yield f"{marketplace.slug}: {error}"
            continue
        for year in unknown:
            yield (
                f"{marketplace.slug}: which days are moved in {year} isn't known for "
                f"{marketplace.calendar}, so reports may be due a day early or late. "
                "Update the package `holidays` and restart: pip install --upgrade holidays"
            )


def _years_unknown(marketplace: Marketplace, now: datetime) -> list[int]:
    place = {"calendar": marketplace.calendar, "time_zone": marketplace.time_zone}
    ahead = working_days.due_at(filed_at=now, days=DAYS_AHEAD, **place)
    zone = ZoneInfo(marketplace.time_zone)
    years = range(now.astimezone(zone).year, ahead.astimezone(zone).year + 1)
    return [
        year
        for year in years
        if not working_days.published(calendar=marketplace.calendar, year=year)
    ]


def _worker() -> Iterator[str]:
    now = clock.now()
    oldest = due.oldest(now=now)
    if oldest and now - oldest > LATE:
        yield f"something is due since {oldest:%Y-%m-%d %H:%M} UTC. Is `arvio work` running?"


def _given_up() -> Iterator[str]:
    for row in due.given_up():
        yield f"{row.kind} {row.key} failed {row.attempts} times: {row.error}"


def _mail() -> Iterator[str]:
    waiting = notify.waiting().count()
    if settings.SMTP is None and not settings.DEMO:
        yield f"SMTP_URL isn't set. Mails that wait: {waiting:,}. See docs/mail.md"
    elif settings.SMTP:
        try:
            with open_line(server=settings.SMTP, sender=settings.DEFAULT_FROM_EMAIL):
                pass
        except Unreachable as error:
            yield (
                f"{settings.SMTP} can't be used ({error}). Mails that wait: {waiting:,}. "
                "Is SMTP_URL right?"
            )
    if dead := notify.dead().count():
        yield f"mails refused for good: {dead:,}. Run: arvio mail list"


def _webhooks() -> Iterator[str]:
    for row in webhooks.disabled():
        yield (
            f"the webhook {_named(row)} is turned off since {row.disabled_at:%Y-%m-%d %H:%M} UTC "
            f"({row.disabled_reason}). Mend its receiver, then turn it on where it was made"
        )
    for row, count, since in webhooks.late(now=clock.now()):
        yield (
            f"the webhook {_named(row)} takes nothing: {count:,} events wait for over an hour, the "
            f"first since {since:%Y-%m-%d %H:%M} UTC. Its deliveries say why"
        )


def _named(row: WebhookEndpoint) -> str:
    """Whose it is and at which host: the rest of an address may be a secret."""
    whose = row.partner.ref if row.partner else row.marketplace.slug
    return f"of {whose} at {urlsplit(row.url).hostname}"


def _address() -> Iterator[str]:
    if not settings.DEMO and urlsplit(settings.BASE_URL).hostname in ("127.0.0.1", "localhost"):
        yield (
            f"BASE_URL is {settings.BASE_URL}: links in mails lead to the reader's own machine. "
            "Set it to where browsers reach the service"
        )


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "database and migrations": _migrations,
    "guards of what is append-only": _guards,
    "a policy in force for each marketplace": _policies,
    "the working days of each marketplace": _calendars,
    "worker keeps up": _worker,
    "nothing was given up": _given_up,
    "mail leaves": _mail,
    "webhooks arrive": _webhooks,
    "links lead here": _address,
}
