"""Pure rules: which of two versions of an app is the later one.

Versions are what marketplaces send and partners type. Read are numbers with dots (2.3, v2.3.0,
2024.11), dates (2024-11-05), a stage before a release (2.3-beta.1, 2.3rc2) and a build behind it,
which doesn't count (2.3+45, 2.3 (45), 2.3 build 45). All else is odd: it is only as late as
itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

STAGES = {
    "dev": 0,
    "canary": 0,
    "nightly": 0,
    "snapshot": 0,
    "alpha": 1,
    "a": 1,
    "beta": 2,
    "b": 2,
    "preview": 3,
    "pre": 3,
    "rc": 4,
}
# No stage at all: the release, which comes after every stage.
RELEASED = (5, 0)
WRITTEN = re.compile(
    r"(?:version|ver\.?|v\.?)?\s*"
    r"(?P<numbers>[0-9]{1,9}(?:\.[0-9]{1,9}){0,7}|[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[\s._-]*(?P<stage>dev|canary|nightly|snapshot|alpha|beta|preview|pre|rc|[ab](?=[.-]?[0-9]))"
    r"[\s._-]?(?P<count>[0-9]{1,9})?)?"
    r"(?:\s*\+[\w.-]*|\s*\(\s*(?:build\s*)?[\w.-]*\s*\)|\s+build\s*[\w.-]+)?",
    re.ASCII,
)


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """2.3 and 2.3.0 are one version; a stage comes before its release."""

    numbers: tuple[int, ...]
    stage: tuple[int, int] = RELEASED

    def __lt__(self, other: Version) -> bool:
        return (self.numbers, self.stage) < (other.numbers, other.stage)


def read_version(text: str) -> Version | None:
    """None for an odd one."""
    found = WRITTEN.fullmatch(_plain(text))
    if found is None:
        return None
    numbers = [int(part) for part in re.split(r"[.-]", found["numbers"])]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    if not found["stage"]:
        return Version(tuple(numbers))
    return Version(tuple(numbers), (STAGES[found["stage"]], int(found["count"] or 0)))


def has_reached(*, version: str, wanted: str) -> bool | None:
    """Is `version` the wanted one or a later one? None where it can't be told."""
    if not _plain(version) or not _plain(wanted):
        return None
    if _plain(version) == _plain(wanted):
        return True
    have, want = read_version(version), read_version(wanted)
    return None if have is None or want is None else have >= want


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
