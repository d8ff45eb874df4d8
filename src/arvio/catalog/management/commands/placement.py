from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from arvio import clock
from arvio.catalog.errors import InvalidFact, NotFound, PlacementRefused
from arvio.catalog.placements import sell_place
from arvio.catalog.queries import app as get_app
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.policy.durations import DurationError, parse


class Command(BaseCommand):
    help = (
        "Give an app the paid, labelled place above the list for a time. "
        "It changes neither score nor order."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("marketplace")
        parser.add_argument("app")
        parser.add_argument("--for", dest="length", default="P30D", help="how long, such as P30D")

    def handle(self, *args: Any, length: str, **options: Any) -> None:
        now = clock.now()
        try:
            app = get_app(
                marketplace=get_marketplace(slug=options["marketplace"]), ref=options["app"]
            )
            made = sell_place(
                app=app, since_at=now, until_at=parse(length).add(now), actor="command", now=now
            )
        except (NotFound, InvalidFact) as error:
            raise CommandError(f"{error.field}: {error.detail}") from None
        except PlacementRefused:
            raise CommandError("app: it has a paid place at that time already") from None
        except DurationError as error:
            raise CommandError(f"--for: {error}") from None
        Console(highlight=False).print(f"placed: {made}")
