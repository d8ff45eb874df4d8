"""What leaves of histories and seals for those who want to check them (docs/proof.md). Pure.

The same lines are in `GET /reviews/{id}/history` and `/proof` and in the file of
`arvio export --format proof`.
"""

from __future__ import annotations

from typing import Any

from arvio.audit import rules

FORMAT = "arvio-proof"
VERSION = 1
# Seals that one answer carries at most: 41 days of an hour each.
MOST_SEALS = 1000
KINDS = {
    "user": "author",
    "policy": "policy",
    "import": "marketplace",
    "key": "marketplace",
    "command": "operator",
    "demo": "operator",
}


def acted_by(actor: str, tag: str) -> str:
    """What somebody was to the review, and never who: a person of a partner replies, every other
    person decides.
    """
    kind = actor.partition(":")[0]
    if kind == "person":
        return "partner" if tag.startswith("reply:") and tag != "reply:removed" else "moderator"
    return KINDS.get(kind, "other")


def row_line(row: Any, *, shown: bool) -> dict[str, Any]:
    """A row of a history. What isn't shown of it is told by its hash, so that it can be checked."""
    public = row.scheme > 1
    after = row.after if shown else None
    return {
        "seq": row.seq,
        "tag": row.tag,
        "at": rules.moment(row.at),
        "by": acted_by(row.actor, row.tag),
        "before": row.before if shown else None,
        "after": after,
        "reason": (after or {}).get("reason"),
        "withheld": not shown,
        "policy_version": row.policy_version,
        "marketplace": row.marketplace_id and str(row.marketplace_id),
        "app": row.app_id and str(row.app_id),
        "scheme": row.scheme,
        "actor_digest": rules.actor_digest(row.subject, row.actor) if public else None,
        "facts_digest": rules.facts_digest(row.before, row.after) if public else None,
        "prev": row.prev,
        "hash": row.hash,
    }


def seal_line(seal: rules.SealRow) -> dict[str, Any]:
    return {**rules.seal_content(seal), "hash": seal.hash}
