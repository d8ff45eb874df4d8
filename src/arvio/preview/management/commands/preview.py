"""`arvio preview`: what other rules would do to what is there, before they count."""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from rich.console import Console
from rich.text import Text

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.policy.load import load_policy, load_toml, parse_toml, preset_names
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError
from arvio.preview import queries
from arvio.preview.explain import sentence, titled
from arvio.preview.item_words import before_and_after, name_words

LARGEST = 1024 * 1024


class Command(BaseCommand):
    help = (
        "What other rules would do to what is there: figures, and the list behind each. "
        "Changes nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("marketplace", help="its slug")
        rules = parser.add_mutually_exclusive_group(required=True)
        rules.add_argument("--policy", metavar="NAME", help=f"one of {', '.join(preset_names())}")
        rules.add_argument(
            "--overrides",
            metavar="FILE",
            type=Path,
            help="a TOML file over the preset that is in force, or a whole policy file",
        )
        parser.add_argument("--at", help="from when on, such as 2026-12-01T00:00Z; now if left out")
        parser.add_argument(
            "--list", metavar="CODE", help="the list behind a figure, as lines of JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        try:
            marketplace = catalog.marketplace(slug=options["marketplace"])
            preset = catalog.policy_in_force(marketplace=marketplace, now=now).preset
            asked: dict[str, Any] = {
                "marketplace": marketplace,
                "policy": _policy(preset, options["policy"], options["overrides"]),
                "at": _moment(options["at"], now),
                "now": now,
            }
            with translation.override("en"):
                if options["list"]:
                    self._list(asked, options["list"])
                else:
                    self._figures(asked)
        except PolicyError as error:
            raise CommandError(f"The rules can't be used: {error}") from None
        except NotFound as error:
            raise CommandError(f"{error.field}: {error.detail}") from None

    def _figures(self, asked: dict[str, Any]) -> None:
        """To the end, however long it takes."""
        out: Any = self.stdout._out
        console = Console(file=out, highlight=False, soft_wrap=True)
        start = time.monotonic()
        with console.status("counting"):
            found = queries.figures(**asked, seconds=None)
        of = {one.code: one for one in found}
        for title, codes in titled():
            if told := [of[code] for code in codes if code in of]:
                console.print(Text(f"\n{title}" if title else ""))
            for one in told:
                code = one.code if one.listed else ""
                console.print(Text.assemble((f"{code:20}", "bold"), sentence(one)))
        if not found:
            console.print(Text("Nothing that is there changes."))
        console.print(Text(f"Counted in {time.monotonic() - start:.1f} s.", style="dim"))

    def _list(self, asked: dict[str, Any], code: str) -> None:
        for item in queries.every(**asked, code=code):
            name, about = name_words(code, item)
            old, new = before_and_after(code, item)
            row = {"kind": item.kind, "name": name, "about": about, "ref": item.ref}
            self.stdout.write(json.dumps({**row, "old": old, "new": new}, ensure_ascii=False))


def _policy(preset: str, name: str | None, file: Path | None) -> Policy:
    if name:
        return load_policy(preset=name)
    assert file is not None  # noqa: S101  # one of the two is required
    try:
        data = file.read_bytes()[: LARGEST + 1]
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{str(file)!r} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8. Save it as UTF-8.") from None
    if len(data) > LARGEST:
        raise CommandError(f"{file} is larger than 1 MiB. Rules are a short TOML file.")
    raw = parse_toml(text=text)
    whole = "preset" in raw or "about" in raw
    return load_toml(text=text) if whole else load_policy(preset=preset, overrides=raw)


def _moment(text: str | None, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise CommandError(f"--at: {text!r} isn't a moment such as 2026-12-01T00:00Z.") from None
    if at < now:
        raise CommandError("--at: rules take effect now or later, never in the past.")
    return at
