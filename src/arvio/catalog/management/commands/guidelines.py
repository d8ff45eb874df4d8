"""`arvio guidelines`: print a marketplace's review guidelines, check a file, make a new version."""

from __future__ import annotations

import argparse
import zoneinfo
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.explain import explain_field_error
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.files import (
    UnreadableFile,
    default_document,
    read_toml,
    write_toml,
)
from arvio.catalog.guidelines.rules import read_document
from arvio.catalog.models import Marketplace
from arvio.catalog.traits import LANGUAGES
from arvio.policy.form import FormError
from arvio.policy.model import REASONS

LARGEST = 1024 * 1024


class Command(BaseCommand):
    help = "The review guidelines: show them as a file, check a file, make a new version of it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        show = verbs.add_parser("show", help="as TOML, to be edited and set again")
        show.add_argument("--marketplace", help="its slug; the usual guidelines when left out")
        show.add_argument("--number", type=int, help="a version; the one in force when left out")
        check = verbs.add_parser("check", help="what is wrong with a file; exit 1 if anything")
        check.add_argument("file", type=Path)
        check.add_argument("--marketplace", help="check for its languages and reasons")
        made = verbs.add_parser("set", help="make the file the next version")
        made.add_argument("file", type=Path)
        made.add_argument("--marketplace", required=True)
        made.add_argument(
            "--from", dest="at", help="such as 2027-01-01T09:00, there; at once when left out"
        )

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            {"show": self._show, "check": self._check, "set": self._set}[verb](options)
        except (NotFound, InvalidFact) as error:
            raise CommandError(f"{error.field}: {error.detail}") from None
        except FormError as error:
            lines = [f"  {one.field}: {explain_field_error(one, 'en')}" for one in error.errors]
            raise CommandError("\n".join([f"{options['file']} can't be used:", *lines])) from None

    def _show(self, options: dict[str, Any]) -> None:
        if not options["marketplace"]:
            self.stdout.write(write_toml(default_document(languages=LANGUAGES)))
            return
        marketplace = queries.marketplace(slug=options["marketplace"])
        if options["number"] is None:
            version = queries.guidelines(marketplace=marketplace, now=clock.now())
        else:
            version = queries.guidelines_version(marketplace=marketplace, number=options["number"])
        self.stdout.write(write_toml(version.document))

    def _check(self, options: dict[str, Any]) -> None:
        languages = list(LANGUAGES)
        reasons: tuple[str, ...] = REASONS
        if options["marketplace"]:
            marketplace = queries.marketplace(slug=options["marketplace"])
            policy = queries.policy_in_force(marketplace=marketplace, now=clock.now()).policy
            languages, reasons = marketplace.languages, policy.reports.reasons
        read_document(raw=_read(options["file"]), languages=languages, reasons=reasons)
        self.stdout.write(f"{options['file']}: guidelines that can be used.")

    def _set(self, options: dict[str, Any]) -> None:
        now = clock.now()
        marketplace = queries.marketplace(slug=options["marketplace"])
        version = set_guidelines(
            marketplace=marketplace,
            document=_read(options["file"]),
            effective_at=_moment(options["at"], marketplace) if options["at"] else now,
            actor="command",
            now=now,
        )
        at = version.effective_at.isoformat(timespec="minutes")
        self.stdout.write(f"{marketplace.slug}: version {version.number}, in force from {at}.")


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise CommandError(f"{file} is larger than 1 MiB.")
        return read_toml(data.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise CommandError(f"{file} can't be read: {error}") from None
    except UnreadableFile as error:
        raise CommandError(f"{file} isn't TOML: {error}") from None


def _moment(text: str, marketplace: Marketplace) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--from: {text!r} isn't a moment such as 2027-01-01T09:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=zoneinfo.ZoneInfo(marketplace.time_zone))
