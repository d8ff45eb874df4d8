from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from arvio import clock
from arvio.demo import describe, ground
from arvio.demo.seed import seed
from arvio.work.management.commands.serve import check_free


class Command(BaseCommand):
    help = "Make the demo in var/ (once) and run its server and worker until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="only make the data")

    def handle(self, *args: Any, port: int, no_serve: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("these settings are not the demo's; run it in a folder of its own")
        console = Console(highlight=False)
        # Also for the mails that are written with the data.
        here = urlsplit(settings.BASE_URL).hostname in ("127.0.0.1", "localhost")
        base_url = f"http://127.0.0.1:{port}" if here else settings.BASE_URL
        settings.BASE_URL = base_url
        if not no_serve:
            check_free("127.0.0.1", port)
        started = time.monotonic()
        with console.status("Preparing the database ..."):
            call_command("migrate", verbosity=0)
        with console.status("Making two marketplaces with their reviews ..."):
            made = seed(now=clock.now())
        describe.write(base_url=base_url)
        if here:
            ground.remember(base_url=base_url)
        if made:
            console.print(f"Made {made} reviews in {time.monotonic() - started:.0f} s.")
        if not no_serve:
            self._run(console, base_url, port)

    def _run(self, console: Console, base_url: str, port: int) -> None:
        environment = {**os.environ, "BASE_URL": base_url, "PORT": str(port), "HOST": "127.0.0.1"}
        arvio = [sys.executable, "-m", "arvio.cli"]
        # SIGTERM too, and even where a shell in the background left SIGINT ignored: nobody stays
        # behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        # In sessions of their own, so that Ctrl-C reaches this process alone, which then asks each
        # to end once: the server's worker can hang when a second signal meets the first.
        running = [
            subprocess.Popen([*arvio, name], env=environment, start_new_session=True)
            for name in ("serve", "work")
        ]
        console.print(f"\nArvio runs on {base_url}   (Ctrl-C stops it)\n")
        for line in describe.lines(base_url=base_url):
            console.print(line)
        try:
            while all(process.poll() is None for process in running):
                time.sleep(0.3)
            raise CommandError("the server or the worker ended by itself; see above")
        except KeyboardInterrupt:
            console.print("\nStopping ...")
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=20)


def _interrupt(signum: int, frame: Any) -> None:
    raise KeyboardInterrupt
