"""Pure rules: how facts that come late or twice are taken, and how text is made searchable."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from arvio.policy.durations import Duration, DurationError

RESERVED_SLUGS = frozenset(
    {"api", "partner", "desk", "operator", "demo", "admin", "accounts", "static", "widgets", "me"}
    | {"oembed", "metrics"}
)
# Pages inside the product that stand beside those of the apps: `/{m}/in/go/…`, `/{m}/in/me/`,
# `/{m}/in/appeal/`.
RESERVED_REFS = RESERVED_SLUGS | {"go", "appeal"}
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def slug_problem(slug: str) -> str | None:
    """Why a marketplace can't have this slug, or None."""
    if slug in RESERVED_SLUGS:
        return f"{slug!r} is reserved. Take another than {', '.join(sorted(RESERVED_SLUGS))}"
    if not SLUG.fullmatch(slug):
        return f"{slug!r} isn't a slug: 1 to 40 of a-z, 0-9 and -, neither first nor last a -"
    return None


def later(first: datetime | None, second: datetime | None) -> datetime | None:
    """The later of two moments; facts of one kind meet here in any order and number."""
    if first is None or second is None:
        return first or second
    return max(first, second)


def asked_at(*, after: Duration | None, installed_at: datetime | None) -> datetime | None:
    """When whoever installed is asked for a review (R100), or None where nobody is."""
    if after is None or installed_at is None:
        return None
    try:
        return after.add(installed_at)
    except DurationError:  # installed_at is a fact from outside and may lie in the year 9999
        return None


def search_text(*words: str) -> str:
    """Casefolded in code, because SQLite knows only ASCII case (DESIGN 7)."""
    return unicodedata.normalize("NFKC", " ".join(words)).casefold()
