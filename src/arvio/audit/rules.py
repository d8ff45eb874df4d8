"""The chain: how an audit row is hashed and what a broken chain is. Pure.

Rows of scheme 2 can be hashed anew by anybody without being told who acted: the row covers its
actor, and its before and after, by hashes of their own (docs/proof.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

FIRST = ""
# Of new rows; rows of earlier ones stay as they were hashed.
SCHEME = 2


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
    scheme: int


def row_hash(row: Row) -> str:
    """SHA-256, hex, of the row as canonical JSON, as its scheme says."""
    content = _first_content(row) if row.scheme == 1 else covered(row)
    return digest(content)


def covered(row: Row) -> dict[str, Any]:
    """What the hash of a row of scheme 2 covers: all of it may be told to anybody."""
    return {
        "scheme": row.scheme,
        "marketplace": row.marketplace_id and str(row.marketplace_id),
        "app": row.app_id and str(row.app_id),
        "subject": row.subject,
        "seq": row.seq,
        "tag": row.tag,
        "at": moment(row.at),
        "policy_version": row.policy_version,
        "actor_digest": actor_digest(row.subject, row.actor),
        "facts_digest": facts_digest(row.before, row.after),
        "prev": row.prev,
    }


def actor_digest(subject: str, actor: str) -> str:
    """Who acted, as a hash that differs from subject to subject: it joins no person's reviews."""
    return hashlib.sha256("\x1f".join((subject, actor)).encode()).hexdigest()


def facts_digest(before: Any, after: Any) -> str:
    return digest({"after": after, "before": before})


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256, hex, of canonical JSON."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Any) -> str:
    """The one way to write it: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moment(at: datetime) -> str:
    """UTC with six digits of a second: 2026-11-18T07:42:00.123456Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _first_content(row: Row) -> dict[str, Any]:
    """Scheme 1 covered the actor and the facts as they are, so only Arvio can check it."""
    return {
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


# --- Seals ---------------------------------------------------------------------------------------


class SealRow(Protocol):
    marketplace_id: Any
    number: int
    sealed_at: datetime
    size: int
    tree_root: str
    prev: str
    hash: str


def seal_content(seal: SealRow) -> dict[str, Any]:
    """What the hash of a seal covers; `prev` is the hash of the marketplace's seal before."""
    return {
        "marketplace": str(seal.marketplace_id),
        "number": seal.number,
        "sealed_at": moment(seal.sealed_at),
        "size": seal.size,
        "tree_root": seal.tree_root,
        "prev": seal.prev,
    }


def seal_hash(seal: SealRow) -> str:
    return digest(seal_content(seal))


def leaf_data(subject: str, seq: int, row_hash: str) -> bytes:
    """What a leaf of a seal's tree says: up to this row, the subject's history is so."""
    return "\x1f".join((subject, str(seq), row_hash)).encode()
