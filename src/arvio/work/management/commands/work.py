from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console

from arvio import clock
from arvio.work.loop import work_forever, work_once


class Command(BaseCommand):
    help = "Do what is due: publish, apply edits, check the archive, rebuild. Runs until stopped; --once serves cron."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do all that is due now, say what, and end"
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        console = Console()
        if once:
            done = work_once(
                now=clock.now(),
                progress=lambda kind, n: console.print(f"{kind}: {n}", highlight=False),
            )
            if not done:
                console.print("nothing is due")
            return
        stopped: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda signum, frame: stopped.append(signum))
        console.print("arvio work: waiting for what is due; Ctrl-C stops")
        work_forever(clock=clock.now, stop=lambda: bool(stopped))
