from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from rich.console import Console

from arvio import clock
from arvio.connect.progress import Meter
from arvio.keeping import restoring
from arvio.keeping.awake import erased_in
from arvio.keeping.errors import NotKept
from arvio.keeping.restoring import Restored, Wish
from arvio.keeping.rules import Manifest, moment


class Command(BaseCommand):
    help = (
        "Put a backup where the database is, and say what was found: is the file whole, is every "
        "row there, do the guards stand, does `arvio verify` find no differences, are the seals "
        "those of the backup. Stop `arvio serve` and `arvio work` first. Exit 0 when all of it "
        "holds, else 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--check", action="store_true", help="only look whether the file could be restored here"
        )
        parser.add_argument(
            "--replace", action="store_true", help="into a database that isn't empty"
        )
        parser.add_argument("--yes", action="store_true", help="don't ask before replacing")
        parser.add_argument(
            "--hold-mail", action="store_true", help="send no mail that waits in the backup"
        )
        parser.add_argument(
            "--erased",
            metavar="FILE",
            help="erase these users again: their ids, one a line, or a log that tells of erasures; "
            "- for standard input",
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        out: Any = self.stdout._out
        self.console = Console(file=out, highlight=False, soft_wrap=True)
        # In order, so that what was begun is taken back.
        # A dropped line is as a wish to end: what was begun is put back.
        for ended in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ended, lambda number, frame: sys.exit(128 + number))
        now = clock.now()
        try:
            self._restore(file, options, now)
        except NotKept as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            hint = " Make an empty one first (createdb)." if "does not exist" in str(error) else ""
            raise CommandError(f"The database doesn't answer: {error}{hint}") from error

    def _restore(self, file: Path, options: dict[str, Any], now: datetime) -> None:
        with Meter("bytes read") as meter:
            manifest = restoring.look(path=file, now=clock.real(), progress=meter.advance)
        self._say(f"{file} is whole: {manifest.name}, made {_age(manifest)}.")
        if options["check"]:
            return
        wish = self._wish(file, options)
        with Meter("bytes restored") as meter:
            done = restoring.restore(
                path=file,
                manifest=manifest,
                wish=wish,
                now=now,
                say=self._say,
                progress=meter.advance,
            )
        failed = self._verify(manifest)
        for line in _to_know(done):
            self._say(line)
        if failed:
            raise CommandError(failed)

    def _wish(self, file: Path, options: dict[str, Any]) -> Wish:
        """Raises CommandError where something is there that isn't to be replaced."""
        erased = _read(options["erased"])
        name = connection.settings_dict["NAME"]
        try:
            there = restoring.standing()
            words = "" if there is None else restoring.replaced_words(there)
        except NotKept as error:
            words = str(error)
        if words and not options["replace"]:
            raise CommandError(
                f"The database {name} isn't empty ({words}). To have {file.name} instead of "
                "what is there: --replace"
            )
        if words and not options["yes"]:
            self._say(f"The database {name} will be replaced ({words}); that is gone then.")
            if not sys.stdin.isatty():
                raise CommandError("Nobody is there to be asked. To replace it unasked: --yes")
            if input("Type yes to go on: ").strip() != "yes":
                raise CommandError("Nothing was changed.")
        return Wish(bool(words), options["hold_mail"], erased)

    def _verify(self, manifest: Manifest) -> str:
        if lost := restoring.lost_seals(manifest):
            return f"The seals aren't those of the backup: {'; '.join(lost)}"
        count = len(manifest.figures.seals)
        if count:
            self._say(f"The newest seal of each marketplace ({count}) is that of the backup.")
        try:
            call_command("verify", stdout=self.stdout)
        except CommandError as error:
            return (
                f"{error} The rows are those of the backup, so the differences were in it; "
                "`arvio verify` shows them again."
            )
        return ""

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False)


def _read(name: str | None) -> list[Any]:
    if name is None:
        return []
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(errors="replace")
    except OSError as error:
        raise CommandError(f"{name} can't be read: {error.strerror or error}.") from error
    return erased_in(text)


def _age(manifest: Manifest) -> str:
    return restoring.age_words(manifest, now=clock.real())


def _to_know(done: Restored) -> list[str]:
    """What an operator has to think of now; docs/keeping.md says it at length."""
    awake, since = done.awake, moment(done.manifest.made_at)
    lines = [f"What happened after {since} isn't in it. Everybody has to sign in again."]
    if awake.mails and awake.held:
        lines.append(f"{awake.mails:,} mails are held: arvio mail list, arvio mail retry.")
    elif awake.mails:
        lines.append(
            f"{awake.mails:,} mails wait; those that left after the backup leave once more."
        )
    if awake.events:
        lines.append(f"{awake.events:,} webhook events wait; receivers may hear of some again.")
    if awake.keys:
        lines.append(
            f"{awake.keys:,} keys are valid as they were then. Revoke again what was revoked "
            "since: arvio key list MARKETPLACE."
        )
    if awake.erased:
        lines.append(f"{awake.erased:,} persons who had been erased since were erased again.")
    if awake.unknown:
        lines.append(f"{awake.unknown:,} of those to be erased aren't in the backup.")
    if not done.replaced or done.erased_there is None:
        lines.append(
            "Whoever was erased since is back: erase them again before the service starts, from "
            "its logs (lines with “erased user”) or your register: arvio erase --user ID."
        )
    if restoring.other_secret(done.manifest):
        lines.append(
            "SECRET_KEY isn't the one that the backup was made with: what is kept encrypted (the "
            "secrets of platforms) can't be read, and links in mails that left don't work."
        )
    return lines
