"""`arvio transparency`: what was reported and what was decided, as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.moderation import figures


class Command(BaseCommand):
    help = "Print a marketplace's transparency figures as JSON, for all the time or for some days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--marketplace", required=True, help="the slug of the marketplace")
        parser.add_argument("--since", type=_day, metavar="DAY", help="first day, as 2026-03-01")
        parser.add_argument("--until", type=_day, metavar="DAY", help="last day, as 2026-03-31")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = figures.transparency(
                marketplace=catalog.marketplace(slug=options["marketplace"]),
                since=options["since"],
                until=options["until"],
                now=clock.now(),
            )
        except (InvalidFact, NotFound) as error:
            raise CommandError(error.detail) from None
        self.stdout.write(json.dumps(figures.document(found), ensure_ascii=False, indent=1))


def _day(text: str) -> date:
    """argparse says what can't be read, with the name of the option."""
    return date.fromisoformat(text)
