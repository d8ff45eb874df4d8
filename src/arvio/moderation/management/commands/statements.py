"""`arvio statements`: each decision against content as a line of JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.moderation import dsa


class Command(BaseCommand):
    help = (
        "Write each decision against a review or a reply as a line of JSON with the fields of the "
        "DSA Transparency Database, oldest first. It holds no personal text unless asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--marketplace", required=True, help="the slug of the marketplace")
        parser.add_argument(
            "--with-text",
            action="store_true",
            help="with the words of each statement, which may quote what was removed",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            marketplace = catalog.marketplace(slug=options["marketplace"])
        except NotFound as error:
            raise CommandError(error.detail) from None
        for line in dsa.statements(marketplace=marketplace, with_text=options["with_text"]):
            self.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
