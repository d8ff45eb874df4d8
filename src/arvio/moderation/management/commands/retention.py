from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import policy_in_force
from arvio.moderation.retaining import forget_removed, waiting


class Command(BaseCommand):
    help = (
        "How many removed reviews have words that the policy says to forget now; the worker "
        "forgets them every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--marketplace", metavar="SLUG", help="all when left out")
        parser.add_argument("--now", action="store_true", help="forget now; it can't be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table("marketplace", "kept for", "waiting" if not options["now"] else "forgotten")
        for marketplace in _marketplaces(options["marketplace"]):
            now = clock.now()
            policy = policy_in_force(marketplace=marketplace, now=now).policy
            count = waiting(marketplace=marketplace, now=now).count()
            if options["now"]:
                count = 0
                while forgotten := forget_removed(marketplace=marketplace, now=now):
                    count += forgotten
            table.add_row(marketplace.slug, str(policy.retention.removed), f"{count:,}")
        Console(highlight=False).print(table)


def _marketplaces(slug: str | None) -> list[Marketplace]:
    if slug is None:
        return list(Marketplace.objects.order_by("slug"))
    try:
        return [get_marketplace(slug=slug)]
    except NotFound as error:
        raise CommandError(error.detail) from None
