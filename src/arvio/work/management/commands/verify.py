"""`arvio verify`: recompute everything that is derived and say what differs."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import chain, islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arvio import clock
from arvio.audit import offline
from arvio.audit.models import Seal
from arvio.connect.progress import Meter
from arvio.moderation import verifying as moderation
from arvio.ratings.verifying import Difference
from arvio.reviews.models import Review
from arvio.reviews.one_moment import one_moment
from arvio.reviews.verifying import verify

MOST_SHOWN = 200


class Command(BaseCommand):
    help = (
        "Recompute summaries, scores, flags, places, due rows and histories from the reviews and "
        "compare, the histories with their seals, and what stands with what was decided. Exit 0 "
        "and 'no differences', else 1 and what differs. Changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        offline.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        out: Any = self.stdout._out
        console = Console(file=out, highlight=False)
        if options["proof"]:
            failed = offline.verify_file(
                path=options["proof"], root=options["root"], console=console
            )
            if failed:
                raise CommandError(failed)
            return
        root = options["root"].lower()
        with one_moment():
            count = Review.objects.count()
            with Meter("reviews", total=count) as meter:
                now = clock.now()
                found = chain(verify(now=now, progress=meter.advance), moderation.verify(now=now))
                shown = [*_kept(root), *islice(found, MOST_SHOWN)]
                more = sum(1 for _ in found)
        if not shown:
            console.print(f"{count:,} reviews: no differences", markup=False)
            return
        console.print(_table(shown))
        if more:
            console.print(f"and {more:,} more", markup=False)
        total = len(shown) + more
        raise CommandError(f"{total:,} difference{'' if total == 1 else 's'}.")


def _kept(root: str) -> list[Difference]:
    """Is the hash of a seal that somebody kept still there?"""
    if not root or Seal.objects.filter(hash=root).exists():
        return []
    return [Difference("", "", "the root that you kept", "no seal has it", root)]


def _table(found: list[Difference]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("App", "Review", "What", "Stored", "Recomputed"):
        table.add_column(heading, overflow="fold")
    for row in found:
        cells = (row.app, row.review, row.what, row.stored, row.recounted)
        table.add_row(*(Text(cell) for cell in cells))
    return table
