"""`arvio export`: write everything public of a marketplace, or all about one user, to standard
output.
"""

from __future__ import annotations

import io
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, Marketplace
from arvio.connect import exporting, personal_data, proof_export, sheets
from arvio.connect.naming_user import USER_HELP, named_user
from arvio.reviews.one_moment import one_moment


class Command(BaseCommand):
    help = (
        "Write everything public of a marketplace, and its evidence, to standard output: no "
        "e-mail address, no full name, no private answer. jsonl can be imported again; proof is "
        "the histories with their proofs, for `arvio verify --proof`. Or, with --user, all that is "
        "held about that user and about nobody else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--marketplace", help="the slug of the marketplace")
        whose.add_argument(
            "--user", help=f"all that is held about one user, as one document: {USER_HELP}"
        )
        parser.add_argument("--app", help="only this app")
        parser.add_argument("--format", choices=["jsonl", "csv", "proof"], default="jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Any = self.stdout._out
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(encoding="utf-8", newline="")
        try:
            with one_moment():
                for piece in _pieces(options, clock.now()):
                    out.write(piece)
            out.flush()
        except NotFound as error:
            raise CommandError(error.detail) from error
        except BrokenPipeError:
            # Whoever reads has seen enough; the interpreter's last flush must find an open end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _pieces(options: dict[str, Any], now: datetime) -> Iterator[str]:
    if options["user"]:
        return _personal(options["user"], now)
    marketplace = catalog.marketplace(slug=options["marketplace"])
    app = catalog.app(marketplace=marketplace, ref=options["app"]) if options["app"] else None
    if options["format"] == "csv":
        return _csv(marketplace, app, now)
    written = proof_export if options["format"] == "proof" else exporting
    return (
        json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        for line in written.lines(marketplace=marketplace, app=app, now=now)
    )


def _personal(named: str, now: datetime) -> Iterator[str]:
    document = personal_data.personal_data(user=named_user(named), now=now)
    yield json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _csv(marketplace: Marketplace, app: App | None, now: datetime) -> Iterator[str]:
    return sheets.sheet(
        rows=exporting.reviews(marketplace=marketplace, app=app, now=now),
        qualities=sheets.dimensions(marketplace=marketplace, app=app),
    )
