"""The public part of a review's history, and its proof: what changed and when, without words,
without who.

A review that was ever public keeps a public history, whatever became of it: a removed one can show
that nothing was changed behind anybody's back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from arvio.audit import proof
from arvio.audit import queries as audit
from arvio.audit.models import AuditRow, Seal
from arvio.audit.queries import Inclusion
from arvio.catalog.sealing import SEAL
from arvio.due.models import Due
from arvio.reviews.errors import NotYours
from arvio.reviews.models import Review
from arvio.reviews.states import PUBLIC

# What may be told of a row. A key that isn't here withholds the row's before and after, whoever
# wrote it: they go by their digest, which nobody can guess back, for it covers salted hashes.
FACTS = frozenset(
    {
        "state",
        "stars",
        "version",
        "pending",
        "reason",
        "rule",
        "words",
        "earlier",
        "evidence",
        "reply",
        "reply_state",
        "fixed_in",
        "decision",
        "asked_by",
        "due_at",
    }
)
WORDS = frozenset({"number", "origin", "stars", "words", "qualities"})


@dataclass(frozen=True)
class HistoryRow:
    row: AuditRow
    shown: bool

    @property
    def by(self) -> str:
        return proof.acted_by(self.row.actor, self.row.tag)

    @property
    def line(self) -> dict[str, Any]:
        return proof.row_line(self.row, shown=self.shown)


@dataclass(frozen=True)
class History:
    review: Review
    rows: Sequence[HistoryRow]


@dataclass(frozen=True)
class Proof:
    """`seals` lead from the one that covers the history to the newest."""

    history: History
    inclusion: Inclusion | None
    seals: Sequence[Seal]
    next_seal_at: datetime | None

    @property
    def has_gap(self) -> bool:
        """Are there so many seals since that not all are here?"""
        return bool(
            self.inclusion
            and self.seals
            and self.seals[0].number != self.inclusion.leaf.seal.number
        )


def history(*, review_id: UUID, marketplace: str = "") -> History:
    """Two statements. Raises NotYours for a review that never was public, or is elsewhere."""
    found = Review.objects.filter(pk=review_id, published_at__isnull=False)
    if marketplace:
        found = found.filter(marketplace__slug=marketplace)
    review = found.select_related("marketplace", "app__partner").first()
    if review is None:
        raise NotYours
    return History(review, shown_rows(rows=audit.rows(subject=review.subject)))


def prove(*, history: History) -> Proof:
    """Four statements, whatever the number of rows and seals."""
    review = history.review
    found = audit.inclusion(subject=review.subject, marketplace_id=review.marketplace_id)
    seals: list[Seal] = []
    if found:
        seals = audit.seals_from(
            marketplace_id=review.marketplace_id, number=found.leaf.seal.number
        )
    due = Due.objects.filter(kind=SEAL, key=str(review.marketplace_id))
    return Proof(history, found, seals, due.values_list("due_at", flat=True).first())


def shown_rows(*, rows: Sequence[AuditRow]) -> list[HistoryRow]:
    public = _public_versions(rows)
    return [HistoryRow(row, _may_show(row, public)) for row in rows]


def _public_versions(rows: Sequence[AuditRow]) -> set[int]:
    """Numbers of the versions that were ever public: an edit that waits says nothing yet."""
    found: set[int] = set()
    for row in rows:
        after = row.after or {}
        if after.get("state") in PUBLIC:
            found.add(after["version"])
            found |= {words["number"] for words in after.get("earlier", [])}
    return found


def _may_show(row: AuditRow, public: set[int]) -> bool:
    return all(_public_facts(facts, public) for facts in (row.before, row.after) if facts)


def _public_facts(facts: Mapping[str, Any], public: set[int]) -> bool:
    words = [facts[key] for key in ("words",) if isinstance(facts.get(key), dict)]
    words += facts.get("earlier", [])
    return (
        FACTS.issuperset(facts)
        and not isinstance(facts.get("evidence"), dict)
        and facts.get("version") in {*public, None}
        and all(WORDS.issuperset(one) and one.get("number") in public for one in words)
    )
