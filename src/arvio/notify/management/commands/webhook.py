"""`arvio webhook`: where events are sent, a new address, and what is to be sent again."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.notify.webhooks import actions, explain, queries
from arvio.notify.webhooks.actions import Holder
from arvio.notify.webhooks.errors import InvalidWebhook, NoSuchWebhook, WebhookRefused
from arvio.notify.webhooks.models import WebhookEndpoint, standing
from arvio.notify.webhooks.rules import EVENTS, PARTNER_EVENTS

ACTOR = "command"


class Command(BaseCommand):
    help = "Webhooks of a marketplace or of one of its partners. A secret is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="all, with what waits for each")
        listing.add_argument("marketplace")
        create = verbs.add_parser("create", help="a new one; prints its id and its secret")
        create.add_argument("marketplace")
        create.add_argument("url")
        create.add_argument("--partner", metavar="REF", help="of this partner, for its own apps")
        create.add_argument("--description", default="")
        create.add_argument(
            "--event", action="append", metavar="NAME", help="may be repeated; all when left out"
        )
        again = verbs.add_parser("redeliver", help="send again what was given up, or one event")
        again.add_argument("webhook", type=UUID)
        which = again.add_mutually_exclusive_group(required=True)
        which.add_argument("--since", type=_moment, help="given up since then: 2026-03-02T09:30Z")
        which.add_argument("--delivery", type=UUID, help="this one, whatever became of it")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        out: Any = self.stdout._out
        # In a pipe, wide enough that an address stays in one piece.
        console = Console(file=out, highlight=False, width=None if out.isatty() else 240)
        try:
            {"list": _list, "create": _create, "redeliver": _redeliver}[verb](console, options)
        except (NotFound, NoSuchWebhook) as error:
            raise CommandError(error.detail) from None
        except InvalidWebhook as error:
            raise CommandError(f"{error.field}: {explain.invalid(error)}") from None
        except WebhookRefused as error:
            raise CommandError(explain.refused(error.code)) from None


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _list(console: Console, options: dict[str, Any]) -> None:
    marketplace = catalog.marketplace(slug=options["marketplace"])
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("Webhook", "Of", "Address", "State", "Waiting", "Failing since", "Events"):
        table.add_column(heading, no_wrap=heading == "Webhook", overflow="fold")
    for one in queries.all_of(marketplace=marketplace, now=clock.now()):
        row = one.row
        cells = (
            str(row.pk),
            row.partner.ref if row.partner else marketplace.slug,
            row.url,
            row.state,
            f"{one.waiting:,}",
            f"{row.failing_since:%Y-%m-%d %H:%M}" if row.failing_since else "",
            ", ".join(row.events),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _create(console: Console, options: dict[str, Any]) -> None:
    marketplace = catalog.marketplace(slug=options["marketplace"])
    ref = options["partner"]
    partner = catalog.partner(marketplace=marketplace, ref=ref) if ref else None
    made, secret = actions.create_webhook(
        holder=Holder(marketplace, ACTOR, partner),
        url=options["url"],
        description=options["description"],
        events=options["event"] or (PARTNER_EVENTS if partner else EVENTS),
        now=clock.now(),
    )
    console.print(f"{made.pk}\n{secret}", markup=False, soft_wrap=True)


def _redeliver(console: Console, options: dict[str, Any]) -> None:
    endpoint = _found(options["webhook"])
    holder = Holder(endpoint.marketplace, ACTOR, endpoint.partner)
    now = clock.now()
    count = 1
    if options["delivery"]:
        actions.redeliver(
            holder=holder, webhook_id=endpoint.pk, delivery_id=options["delivery"], now=now
        )
    else:
        count = actions.redeliver_failed(
            holder=holder, webhook_id=endpoint.pk, since=options["since"], now=now
        )
    console.print(f"Due now: {count:,}. `arvio work` sends what is due.")
    if endpoint.state != "active":
        console.print(f"The webhook is {endpoint.state}: it has to be turned on first.")


def _found(pk: UUID) -> WebhookEndpoint:
    found = standing().select_related("marketplace", "partner").filter(pk=pk).first()
    if found is None:
        raise NoSuchWebhook
    return found
