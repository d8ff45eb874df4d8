"""A history and its proof as they leave: the same in the API and in the file (docs/proof.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arvio.audit import proof, rules
from arvio.audit.models import SealLeaf
from arvio.catalog.models import Marketplace
from arvio.reviews.history import History, Proof


def heading(marketplace: Marketplace) -> dict[str, Any]:
    return {
        "format": proof.FORMAT,
        "version": proof.VERSION,
        "marketplace": {"slug": marketplace.slug, "id": str(marketplace.pk)},
    }


def history_line(history: History) -> dict[str, Any]:
    rows = [row.line for row in history.rows]
    return {
        "review": str(history.review.pk),
        "app": history.review.app.ref,
        "subject": history.review.subject,
        "rows": rows,
        "head_seq": rows[-1]["seq"] if rows else 0,
    }


def leaf_line(leaf: SealLeaf, path: Sequence[bytes]) -> dict[str, Any]:
    return {
        "leaf": {"subject": leaf.subject, "seq": leaf.seq, "hash": leaf.hash},
        "index": leaf.number,
        "path": [step.hex() for step in path],
    }


def answer(found: Proof) -> dict[str, Any]:
    """Everything that one needs to check one review without asking anybody."""
    inclusion, marketplace = found.inclusion, found.history.review.marketplace
    proved: dict[str, Any] | None = None
    if inclusion:
        line = leaf_line(inclusion.leaf, inclusion.path)
        proved = {**line, "seal": proof.seal_line(inclusion.leaf.seal)}
    return {
        **heading(marketplace),
        **history_line(found.history),
        "sealed_seq": inclusion.leaf.seq if inclusion else 0,
        "next_seal_at": found.next_seal_at and rules.moment(found.next_seal_at),
        "proof": proved,
        "seals": [proof.seal_line(seal) for seal in found.seals],
        "more_seals": f"/api/v1/marketplaces/{marketplace.slug}/seals" if found.has_gap else None,
    }
