"""`arvio verify --proof FILE` for everybody: what a check of a file found, in words."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from arvio.audit.proof_check import NotAProof, Report
from arvio.audit.proof_file import check_file

MOST_SHOWN = 200
ROOT = re.compile("[0-9a-fA-F]{64}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--proof",
        metavar="FILE",
        help="check this file instead, without a database: an answer of GET /reviews/{id}/proof, "
        "or what `arvio export --format proof` wrote",
    )
    parser.add_argument(
        "--root", metavar="HEX", default="", help="the hash of a seal that you kept: it must occur"
    )


def verify_file(*, path: str, root: str, console: Console) -> str:
    """Print what was checked and what differs; answers why to exit with 1, or nothing."""
    if root and not ROOT.fullmatch(root):
        return f"{root!r} is no hash of a seal: that has 64 hexadecimal digits."
    try:
        report = check_file(Path(path), root=root)
    except NotAProof as error:
        return str(error)
    if report.problems:
        console.print(_table(report))
        total = len(report.problems)
        if total > MOST_SHOWN:
            console.print(f"and {total - MOST_SHOWN:,} more", markup=False)
        return f"{total:,} difference{'' if total == 1 else 's'}."
    for sentence in _sentences(report, root):
        console.print(sentence, markup=False, soft_wrap=True)
    return ""


def _sentences(report: Report, root: str) -> list[str]:
    newest = report.newest
    found = [f"Reviews {report.reviews:,}, rows {report.rows:,}, seals {len(report.seals):,}."]
    if newest:
        number, at = newest["number"], newest["sealed_at"]
        found.append(f"The newest seal is number {number} of {at}, hash {newest['hash']}.")
    if report.gap:
        found.append(f"Not in the file: {report.gap}. GET /marketplaces/{{m}}/seals has them.")
    if report.withheld:
        found.append(f"Rows whose before and after are withheld: {report.withheld:,}.")
    if report.unproved:
        found.append(
            f"Rows of the first hash scheme: {report.unproved:,}. They are chained and sealed; "
            "what they say can’t be checked here."
        )
    if report.unsealed:
        found.append(f"Rows not sealed yet: {report.unsealed:,}. They are chained.")
    if root:
        found.append("The root that you kept is there.")
    return [*found, "no differences"]


def _table(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("Review", "Where", "What"):
        table.add_column(heading, overflow="fold")
    for problem in report.problems[:MOST_SHOWN]:
        table.add_row(*map(Text, (problem.review, problem.where, problem.what)))
    return table


def main(arguments: Sequence[str]) -> None:
    """Without Django, so without settings: whoever has a file and Arvio can check it."""
    parser = argparse.ArgumentParser(prog="arvio verify")
    add_arguments(parser)
    given = parser.parse_args(arguments)
    failed = verify_file(path=given.proof, root=given.root, console=Console(highlight=False))
    if failed:
        sys.exit(failed)


def asked(arguments: Sequence[str]) -> bool:
    """Is it `verify --proof` that was called?"""
    return arguments[:1] == ["verify"] and any(
        one == "--proof" or one.startswith("--proof=") for one in arguments
    )
