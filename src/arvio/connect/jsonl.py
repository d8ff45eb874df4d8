"""`jsonl`: what `arvio export` writes and `arvio import` reads, one JSON object a line.

The first line is the header; partners, apps and accounts come before the reviews that name them.
docs/files.md describes every field. Reading is strict: a line is right or is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from arvio.connect import rules
from arvio.connect.files import FileProblem, Lines
from arvio.connect.tally import SkippedRow
from arvio.reviews.models import ReviewVersion

FORMAT = "arvio-export"
VERSION = 1
HINT = f"This Arvio reads files that `arvio export` wrote, {FORMAT} version {VERSION}."
LONGEST_REF = 100
LONGEST_EVIDENCE = 8000
LONGEST_KEY = 60
# A policy may allow longer texts than its preset does; far beyond that a file is wrong.
LONGEST_WORDS = 100_000
MOST_VERSIONS = 1000
Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is an object of a known type, not yet looked into."""

    number: int
    kind: str
    values: Values


@dataclass(frozen=True, slots=True)
class BrokenLine:
    number: int
    reason: str


KINDS = ("partner", "app", "account", "review")


class JsonLines:
    """Raises FileProblem when it is made, if the file can't be used as a whole."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)
        self.count = sum(1 for _ in self.lines())

    def lines(self) -> Iterator[Line | BrokenLine]:
        source = iter(self._lines)
        self._check_header(next(source, ""))
        for text in source:
            if text.strip():
                yield self._line(text)

    def _check_header(self, text: str) -> None:
        name = self._lines.path
        try:
            header = _object(text)
        except SkippedRow:
            raise FileProblem(f"{name}: the first line is no header. {HINT}") from None
        if header.get("type") != "header" or header.get("format") != FORMAT:
            raise FileProblem(f"{name}: the first line is no header of an export. {HINT}")
        version = header.get("version")
        if version != VERSION or isinstance(version, bool):
            raise FileProblem(f"{name}: this is version {str(version)[:40]} of the format. {HINT}")

    def _line(self, text: str) -> Line | BrokenLine:
        number = self._lines.number
        try:
            values = _object(text)
        except SkippedRow as skipped:
            return BrokenLine(number, "cut_row" if self._lines.cut else skipped.reason)
        kind = values.get("type")
        if not isinstance(kind, str) or kind not in KINDS:
            return BrokenLine(number, "unknown_type")
        return Line(number, kind, values)


def _object(text: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        found = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise SkippedRow("bad_json") from None
    if not isinstance(found, dict):
        raise SkippedRow("bad_json")
    return found


@dataclass(frozen=True, slots=True)
class VersionLine:
    number: int
    origin: ReviewVersion.Origin
    stars: int
    content: Mapping[str, str]
    qualities: Mapping[str, int]
    about: Mapping[str, str]
    consents: Mapping[str, str]
    language: str
    evidence: Values
    submitted_at: datetime
    effective_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplyLine:
    text: str
    replied_at: datetime
    version: int
    fixed_in: str


@dataclass(frozen=True, slots=True)
class InstallationLine:
    installed_at: datetime
    uninstalled_at: datetime | None
    version: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    number: int
    ref: str
    app: str
    account: str
    author: str
    app_version: str
    submitted_at: datetime
    published_at: datetime
    edited_at: datetime | None
    installation: InstallationLine | None
    versions: tuple[VersionLine, ...]
    reply: ReplyLine | None

    @property
    def key(self) -> str:
        return f"jsonl:{self.ref}"


WORDS = ("title", "text", "pros", "cons", "affiliation")


def read_review(line: Line, *, now: datetime) -> ReviewLine:
    """Raises SkippedRow."""
    values = line.values
    versions = tuple(_version(item, now) for item in _list(values, "versions"))
    numbers = [version.number for version in versions]
    if not versions or numbers != sorted(set(numbers)) or len(versions) > MOST_VERSIONS:
        raise SkippedRow("bad_shape")
    published_at = moment(values, "published_at", now=now)
    if min(version.effective_at for version in versions) != published_at:
        raise SkippedRow("bad_date")
    author = _mapping(values, "author")
    reply, installation = values.get("reply"), values.get("installation")
    return ReviewLine(
        number=line.number,
        ref=text(values, "id", longest=60, missing="bad_shape"),
        app=text(values, "app", longest=LONGEST_REF, missing="missing_app"),
        account=text(values, "account", longest=LONGEST_REF, missing="missing_account"),
        author=text(author, "display_name", longest=rules.LONGEST_NAME),
        app_version=text(values, "app_version", longest=60),
        submitted_at=moment(values, "submitted_at", now=now),
        published_at=published_at,
        edited_at=_moment_or_none(values, "edited_at", now),
        installation=None if installation is None else _installation(values),
        versions=versions,
        reply=None if reply is None else _reply(_mapping(values, "reply"), numbers[-1], now),
    )


def _version(item: Any, now: datetime) -> VersionLine:
    if not isinstance(item, dict):
        raise SkippedRow("bad_shape")
    origin = item.get("origin")
    if origin not in ReviewVersion.Origin.values:
        raise SkippedRow("bad_shape")
    stars: Any = item.get("stars")
    number: Any = item.get("number")
    if not _is_whole(stars, 1, 5):
        raise SkippedRow("bad_rating")
    if not _is_whole(number, 1, 30_000):
        raise SkippedRow("bad_shape")
    return VersionLine(
        number=number,
        origin=ReviewVersion.Origin(origin),
        stars=stars,
        content={key: words(item, key, longest=LONGEST_WORDS) for key in WORDS},
        qualities=_qualities(item),
        about=_texts(item, "about", LONGEST_WORDS),
        consents=_texts(item, "consents", 40),
        language=text(item, "language", longest=20, missing="bad_shape"),
        evidence=_evidence(item),
        submitted_at=moment(item, "submitted_at", now=now),
        effective_at=moment(item, "effective_at", now=now),
        erased_at=_moment_or_none(item, "erased_at", now),
    )


def _reply(values: Values, last: int, now: datetime) -> ReplyLine:
    version: Any = values.get("version")
    if not _is_whole(version, 1, last):
        raise SkippedRow("bad_shape")
    return ReplyLine(
        text=words(values, "text", longest=LONGEST_WORDS),
        replied_at=moment(values, "replied_at", now=now),
        version=version,
        fixed_in=text(values, "fixed_in", longest=60) if values.get("fixed_in") else "",
    )


def _installation(values: Values) -> InstallationLine:
    """An uninstall may lie ahead, as a platform may announce it."""
    found = _mapping(values, "installation")
    ended = found.get("uninstalled_at")
    return InstallationLine(
        installed_at=moment(found, "installed_at"),
        uninstalled_at=None if ended is None else moment(found, "uninstalled_at"),
        version=text(found, "version", longest=60),
    )


def _qualities(item: Values) -> dict[str, int]:
    """0 is an answer; a dimension that wasn't answered isn't there (R25, R26)."""
    found = _mapping(item, "qualities")
    if not all(_is_whole(value, 0, 5) for value in found.values()):
        raise SkippedRow("bad_quality")
    if not all(0 < len(key) <= LONGEST_KEY and rules.plain(key) for key in found):
        raise SkippedRow("bad_quality")
    return dict(found)


def _texts(item: Values, key: str, longest: int) -> dict[str, str]:
    found = _mapping(item, key)
    if not all(0 < len(name) <= LONGEST_KEY and rules.plain(name) for name in found):
        raise SkippedRow("bad_shape")
    return {name: words(found, name, longest=longest) for name in found}


def _evidence(item: Values) -> dict[str, Any]:
    found = _mapping(item, "evidence")
    written = json.dumps(found, ensure_ascii=False)
    if len(written) > LONGEST_EVIDENCE:
        raise SkippedRow("too_long")
    if "\\u0000" in written or not rules.plain(written):
        raise SkippedRow("not_text")
    return dict(found)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _list(values: Values, key: str) -> list[Any]:
    found = values.get(key)
    if not isinstance(found, list):
        raise SkippedRow("bad_shape")
    return found


def _mapping(values: Values, key: str) -> Values:
    found = values.get(key)
    if not isinstance(found, dict):
        raise SkippedRow("bad_shape")
    return found


def words(values: Values, key: str, *, longest: int) -> str:
    """Words of a review by the rules of a form (R30): may be empty, may not be missing."""
    found = values.get(key)
    if not isinstance(found, str):
        raise SkippedRow("bad_shape")
    return rules.read_words(found, longest=longest)


def text(values: Values, key: str, *, longest: int, missing: str | None = None) -> str:
    """A name or a label, letter by letter. With `missing` it may not be empty."""
    found = values.get(key)
    if not isinstance(found, str):
        raise SkippedRow(missing or "bad_shape")
    if missing and not found:
        raise SkippedRow(missing)
    if len(found) > longest:
        raise SkippedRow("too_long")
    if not rules.plain(found):
        raise SkippedRow("not_text")
    return found


def moment(values: Values, key: str, *, now: datetime | None = None) -> datetime:
    """A moment with its offset from UTC; with `now`, none that is still to come."""
    found = values.get(key)
    if not isinstance(found, str):
        raise SkippedRow("bad_date")
    try:
        local = datetime.fromisoformat(found)
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SkippedRow("bad_date") from None
    if local.tzinfo is None:
        raise SkippedRow("bad_date")
    if now is not None and at > now:
        raise SkippedRow("future_date")
    return at


def _moment_or_none(values: Values, key: str, now: datetime) -> datetime | None:
    return None if values.get(key) is None else moment(values, key, now=now)


def flag(values: Values, key: str) -> bool:
    found = values.get(key)
    if not isinstance(found, bool):
        raise SkippedRow("bad_shape")
    return found
