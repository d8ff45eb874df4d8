"""Reading and checking a file: an answer of `GET /reviews/{id}/proof`, or what `arvio export
--format proof` wrote. Needs no database, no network and no settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from arvio.audit.proof import FORMAT, VERSION
from arvio.audit.proof_check import (
    NotAProof,
    Problem,
    Report,
    check_leaf,
    check_rows,
    check_seal,
    get,
)

LARGEST = 64 * 1024 * 1024


def check_file(path: Path, *, root: str = "") -> Report:
    """Check everything that the file says; `root` is a seal's hash that somebody kept.

    Raises NotAProof.
    """
    try:
        with path.open("rb") as stream:
            report = _check(stream, path)
    except OSError as error:
        raise NotAProof(f"{path} can’t be read: {error.strerror}.") from error
    if root and root.lower() not in report.roots:
        what = f"no seal of the file that leads to the reviews has the hash {root.lower()}"
        report.problems.append(Problem("", "the root that you kept", what))
    return report


def _check(stream: Any, path: Path) -> Report:
    """A file whose first line is an object of type header goes line by line."""
    first = stream.readline(LARGEST + 1)
    if not first.strip():
        raise NotAProof(f"{path} is empty, or begins with an empty line.")
    if first.lstrip().startswith(b"{"):
        try:
            header = _read(first, f"{path}, line 1")
        except NotAProof:
            header = None  # an answer over several lines
        if isinstance(header, dict) and header.get("type") == "header":
            return _Export(header).check(_lines(stream, path))
    answer = _read(first + stream.read(LARGEST), str(path))
    if not isinstance(answer, dict) or answer.get("format") != FORMAT:
        raise NotAProof(
            f"{path} is no proof of Arvio. Save GET /reviews/{{id}}/proof, or what "
            "`arvio export --format proof` writes."
        )
    return _answer(answer)


def _lines(stream: Any, path: Path) -> Iterator[tuple[int, Any]]:
    number = 1
    while line := stream.readline(LARGEST + 1):
        number += 1
        yield number, _read(line, f"{path}, line {number}")


def _read(data: bytes, where: str) -> Any:
    if len(data) > LARGEST:
        raise NotAProof(f"{where} is larger than {LARGEST // 1024 // 1024} MiB.")
    try:
        return json.loads(data.decode(), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise NotAProof(f"{where} isn’t UTF-8.") from None
    except (ValueError, RecursionError):
        raise NotAProof(f"{where} isn’t JSON. The file may have been cut off.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _begin(line: Any) -> Report:
    where = "The file"
    if get(line, "format", str, where) != FORMAT or get(line, "version", int, where) != VERSION:
        raise NotAProof(f"This Arvio reads {FORMAT}, version {VERSION}, and the file is another.")
    marketplace = get(line, "marketplace", dict, where)
    return Report(marketplace=get(marketplace, "id", str, "marketplace"))


def _history(report: Report, line: Any) -> tuple[str, str, dict[int, str]]:
    review = get(line, "review", str, "The file")
    subject = get(line, "subject", str, f"review {review}")
    if subject != f"review:{review}":
        report.problems.append(Problem(review, "subject", "the history is of something else"))
    rows = get(line, "rows", list, f"review {review}")
    if not rows:
        report.problems.append(Problem(review, "rows", "the history has no rows"))
    report.reviews += 1
    return review, subject, check_rows(report, review, subject, rows)


def _answer(answer: dict[str, Any]) -> Report:
    report = _begin(answer)
    review, subject, hashes = _history(report, answer)
    proof = answer.get("proof")
    if proof is None:
        report.unsealed += len(hashes)
        return report
    covering = get(proof, "seal", dict, "proof")
    number = check_seal(report, covering)
    check_leaf(report, review, subject, proof, covering, hashes)
    linked = number
    for seal in get(answer, "seals", list, "The file"):
        same = isinstance(seal, dict) and seal.get("number") == number
        if same and seal != covering:
            report.problems.append(Problem("", f"seal {number}", "it is given twice, differently"))
        if not same:
            after = check_seal(report, seal)
            if after == linked + 1:
                linked = after
            else:
                report.gap = f"seals {linked + 1} to {after - 1}"
    report.roots = {report.seals[n]["hash"] for n in range(number, linked + 1)}
    return report


class _Export:
    """Line by line, so that memory grows with the seals and not with the reviews."""

    def __init__(self, header: Any) -> None:
        self.report = _begin(header)
        self.seen: set[str] = set()
        self.ended = False

    def check(self, lines: Iterator[tuple[int, Any]]) -> Report:
        for number, line in lines:
            where = f"line {number}"
            kind = get(line, "type", str, where)
            if self.ended or kind not in ("seal", "review", "end"):
                raise NotAProof(f"{where} doesn’t belong there.")
            getattr(self, f"_{kind}")(line)
        if not self.ended:
            raise NotAProof("The file was cut off: its last line, of type end, is missing.")
        self.report.roots = {seal["hash"] for seal in self.report.seals.values()}
        return self.report

    def _seal(self, line: Any) -> None:
        expected = len(self.report.seals) + 1
        if check_seal(self.report, line) != expected:
            where = f"seal {expected}"
            self.report.problems.append(Problem("", where, "it is missing, or not in its place"))
        if expected == 1 and line["prev"]:
            self.report.problems.append(Problem("", "seal 1", "prev isn't empty"))

    def _review(self, line: Any) -> None:
        review, subject, hashes = _history(self.report, line)
        if review in self.seen:
            self.report.problems.append(Problem(review, "review", "it is in the file twice"))
        self.seen.add(review)
        proof = get(line, "proof", (dict, type(None)), f"review {review}")
        if proof is None:
            self.report.unsealed += len(hashes)
            return
        number = get(proof, "seal", int, f"review {review}, its proof")
        if seal := self.report.seals.get(number):
            check_leaf(self.report, review, subject, proof, seal, hashes)
        else:
            what = f"seal {number}, under which it is said to be, is missing"
            self.report.problems.append(Problem(review, "proof", what))

    def _end(self, line: Any) -> None:
        self.ended = True
        told = get(line, "reviews", int, "end"), get(line, "seals", int, "end")
        found = len(self.seen), len(self.report.seals)
        if told != found:
            what = f"{found[0]} reviews and {found[1]} seals, of {told[0]} and {told[1]}"
            self.report.problems.append(Problem("", "the file", what))
