from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console

from arvio import clock
from arvio.connect.progress import Meter
from arvio.keeping.errors import NotKept
from arvio.keeping.making import file_in, make_backup, prune

USUAL = Path("var/backups")


class Command(BaseCommand):
    help = (
        "Write the whole database into one file, as it stands at one moment, while others go on "
        "working. A file gets its name when it is whole; only its owner may read it, and it holds "
        "personal data. Exit 0 when it is on the disk, else 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "where",
            nargs="?",
            type=Path,
            default=USUAL,
            metavar="FILE|FOLDER",
            help=f"a new file ending in .zip, or a folder; {USUAL} when left out",
        )
        parser.add_argument(
            "--keep",
            type=_number,
            metavar="N",
            help="then remove all but the N newest backups of that folder",
        )

    def handle(self, *args: Any, where: Path, keep: int | None, **options: Any) -> None:
        # A dropped line is as a wish to end: what was begun is put back.
        for ended in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ended, lambda number, frame: sys.exit(128 + number))
        out: Any = self.stdout._out
        console = Console(file=out, highlight=False, soft_wrap=True)
        now = clock.real()
        if where == USUAL:
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = where.is_dir()
        if not folder and where.suffix != ".zip":
            raise CommandError(f"{where} is no folder, and the name of a file ends in .zip.")
        if keep and not folder:
            raise CommandError("--keep goes with a folder.")
        path = file_in(where, now=now) if folder else where
        try:
            with Meter("bytes copied") as meter:
                made = make_backup(path=path, now=now, progress=meter.advance)
        except NotKept as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database doesn't answer: {error}") from error
        rows = sum(made.figures.rows.values())
        console.print(
            f"{path}: {path.stat().st_size:,} bytes, {rows:,} rows, {made.name}", markup=False
        )
        for gone in prune(folder=where, keep=keep, at=now) if keep else ():
            console.print(f"removed {gone}", markup=False)


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} isn't a whole number from 1 on")
    return int(text)
