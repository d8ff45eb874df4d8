"""The chain: how an audit row is hashed and what a broken chain is. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

FIRST = ""


class Row(Protocol):
    marketplace_id: Any
    app_id: Any
    subject: str
    seq: int
    tag: str
    actor: str
    policy_version: int | None
    before: Any
    after: Any
    at: datetime
    prev: str
    hash: str


def row_hash(row: Row) -> str:
    """SHA-256, hex, of the row as canonical JSON: sorted keys, no spaces, microseconds in UTC."""
    content: Mapping[str, Any] = {
        "marketplace": row.marketplace_id and str(row.marketplace_id),
        "app": row.app_id and str(row.app_id),
        "subject": row.subject,
        "seq": row.seq,
        "tag": row.tag,
        "actor": row.actor,
        "policy_version": row.policy_version,
        "before": row.before,
        "after": row.after,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "prev": row.prev,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Any) -> str:
    """The one way to write it as JSON: sorted keys, no spaces."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def words_hash(salt: str, *words: str) -> str:
    """A hash that gives no word away once the salt, kept beside the words, is erased with them."""
    return hashlib.sha256("\x1f".join((salt, *words)).encode()).hexdigest()


def broken(rows: Iterable[Row]) -> str | None:
    """Where a subject's rows, in order of `seq`, stop being a chain; None when they are whole."""
    prev, expected = FIRST, 1
    for row in rows:
        if row.seq != expected:
            return f"{row.subject}: row {expected} is missing"
        if row.prev != prev:
            return f"{row.subject}: row {row.seq} does not follow row {row.seq - 1}"
        if row.hash != row_hash(row):
            return f"{row.subject}: row {row.seq} was changed"
        prev, expected = row.hash, expected + 1
    return None
