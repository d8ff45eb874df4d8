from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console

from arvio.watching import checks

MARKS = {True: "✓", False: "✗", None: "–"}


class Command(BaseCommand):
    help = (
        "Look whether the service stands as it should, and say what to do where it doesn't. "
        "Exit 1 on a problem."
    )
    # It is run where things are broken; Django's own checks would end it before ours.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs, on one line")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        results: list[checks.Result] = []
        console = Console(highlight=False, soft_wrap=True)
        for result in checks.run():
            results.append(result)
            if json:
                continue
            console.print(f"{MARKS[result.ok]} {result.name}", markup=False)
            for problem in result.problems or ():
                console.print(f"    {problem}", markup=False)
        sound = all(result.ok for result in results)
        if json:
            self.stdout.write(_json(results, sound))
        if not sound:
            raise SystemExit(1)


def _json(results: list[checks.Result], sound: bool) -> str:
    said = [
        {"name": result.name, "ok": result.ok, "problems": result.problems or []}
        for result in results
    ]
    return json.dumps({"ok": sound, "checks": said}, ensure_ascii=False)
