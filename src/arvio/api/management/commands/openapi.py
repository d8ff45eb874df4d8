"""`arvio openapi [FILE]`: the API's document, on standard output or into a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from arvio.api import document


class Command(BaseCommand):
    help = "Write the OpenAPI document of the API; docs/openapi.json is this, frozen."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="Written instead of standard output."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        text = document.text()
        if options["file"]:
            options["file"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")
