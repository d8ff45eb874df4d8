"""`arvio import`: take reviews from a file and say what became of each row."""  # noqa: N999 - the command's name

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.connect.files import FileProblem
from arvio.connect.jsonl import JsonLines
from arvio.connect.progress import Meter
from arvio.connect.shopify import ShopifyFile
from arvio.connect.take_jsonl import take_jsonl
from arvio.connect.take_shopify import take_shopify
from arvio.connect.tally import REASONS, Skipped, Tally


class Command(BaseCommand):
    help = (
        "Take reviews from a file. They count in the rating, are marked imported and never "
        "verified, and nobody is told. A second run takes nothing; a run that was ended goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file, in UTF-8")
        parser.add_argument("--format", required=True, choices=["shopify-csv", "jsonl"])
        parser.add_argument("--marketplace", required=True, help="the slug of the marketplace")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            marketplace = catalog.marketplace(slug=options["marketplace"])
            catalog.policy_in_force(marketplace=marketplace, now=clock.now())
            tally = _take(options["file"], options["format"], marketplace)
        except NotFound as error:
            raise CommandError(error.detail) from error
        except FileProblem as error:
            raise CommandError(str(error)) from error
        out: Any = self.stdout._out
        console = Console(file=out, highlight=False)
        console.print(_table(tally))


def _take(path: Path, kind: str, marketplace: Marketplace) -> Tally:
    now = clock.now()
    if kind == "jsonl":
        lines = JsonLines(path)
        with Meter("lines", lines.count) as meter:
            return take_jsonl(file=lines, marketplace=marketplace, now=now, progress=meter.advance)
    rows = ShopifyFile(path, now=now)
    with Meter("rows", rows.count) as meter:
        return take_shopify(file=rows, marketplace=marketplace, now=now, progress=meter.advance)


def _table(tally: Tally) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Rows", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("Why", overflow="fold")
    table.add_column("Lines", overflow="fold")
    table.add_row("read", f"{tally.read:,}")
    table.add_row("taken", f"{tally.taken:,}")
    table.add_row("skipped", f"{tally.skipped_count:,}")
    for reason, found in sorted(tally.skipped.items(), key=lambda item: -item[1].count):
        table.add_row(Text(f"  {reason}"), f"{found.count:,}", REASONS[reason], _lines(found))
    return table


def _lines(found: Skipped) -> str:
    more = "" if found.count == len(found.lines) else ", …"
    return ", ".join(map(str, found.lines)) + more
