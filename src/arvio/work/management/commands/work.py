from __future__ import annotations

import signal
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string
from rich.console import Console

from arvio import clock
from arvio.work.loop import work_forever, work_once


class Command(BaseCommand):
    help = (
        "Do what is due: publish, apply edits, check the archive, rebuild, tell people, send mail. "
        "Runs until stopped; --once serves cron."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do all that is due now, say what, and end"
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        console = Console()
        if once:
            self._once(console)
            return
        stopped: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda signum, frame: stopped.append(signum))
        for name in settings.WORKER_STARTS:
            import_string(name)()
        console.print("arvio work: waiting for what is due; Ctrl-C stops")
        work_forever(time_now=clock.now, stop=lambda: bool(stopped))

    def _once(self, console: Console) -> None:
        failures = Counter[str]()

        def say(kind: str, served: int, failed: int) -> None:
            failures[kind] += failed
            if served:
                console.print(f"{kind}: {served}", highlight=False)

        done = work_once(now=clock.now(), progress=say)
        if not done and not failures.total():
            console.print("nothing is due")
        if failures.total():
            kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(failures.items()) if n)
            raise CommandError(f"Could not be done now and will be tried again: {kinds}.")
