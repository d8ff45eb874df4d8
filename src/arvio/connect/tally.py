"""What became of the rows of a file: read, taken, and skipped by reason, with the first lines."""

from __future__ import annotations

from dataclasses import dataclass, field

REASONS = {
    "already_taken": "taken by an earlier run",
    "superseded": "the same store has a later review of this app",
    "cut_row": "the file ends in the middle of it",
    "wrong_columns": "more or fewer columns than the header",
    "bad_quotes": "its quotation marks don't match",
    "bad_json": "isn't a JSON object",
    "bad_shape": "lacks a field, or has one of another type",
    "unknown_type": "a type of line that this version doesn't know",
    "bad_rating": "stars are 1, 2, 3, 4 or 5",
    "bad_quality": "a quality rating is 0 to 5",
    "bad_date": "no date such as March 18, 2024",
    "future_date": "its date is still to come",
    "bad_span": "no span such as 8 months using the app",
    "missing_store": "names no store",
    "missing_app": "names no app, or one that isn't in the file",
    "missing_account": "names an account that isn't in the file",
    "too_long": "a text or a name is too long",
    "not_text": "has characters that are no text",
    "markup": "has markup; reviews are plain text",
}
MOST_LINES = 5


@dataclass
class Skipped:
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass
class Tally:
    read: int = 0
    taken: int = 0
    skipped: dict[str, Skipped] = field(default_factory=dict)

    def skip(self, reason: str, line: int) -> None:
        if reason not in REASONS:
            raise ValueError(reason)
        found = self.skipped.setdefault(reason, Skipped())
        found.count += 1
        if len(found.lines) < MOST_LINES:
            found.lines.append(line)

    @property
    def skipped_count(self) -> int:
        return sum(found.count for found in self.skipped.values())


class SkippedRow(Exception):
    """A row isn't taken; `reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
