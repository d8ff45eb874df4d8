from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from arvio.audit import rules
from arvio.audit.models import AuditRow


@dataclass(frozen=True)
class Entry:
    """What an action reports.

    `first` says that the subject is new, which saves looking for its last row.
    """

    subject: str
    tag: str
    actor: str
    at: datetime
    marketplace_id: UUID | None = None
    app_id: UUID | None = None
    policy_version: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    first: bool = False


def append(*, entries: Sequence[Entry]) -> list[AuditRow]:
    """Chain the entries to their subjects' histories, in the caller's transaction, and answer the
    rows in their order.

    Two statements for any number.

    The caller holds the lock on each subject; unique (subject, seq) refuses whoever doesn't.
    """
    heads = _heads({entry.subject for entry in entries if not entry.first})
    rows = []
    for entry in entries:
        seq, prev = heads.get(entry.subject, (0, rules.FIRST))
        row = AuditRow(
            marketplace_id=entry.marketplace_id,
            app_id=entry.app_id,
            subject=entry.subject,
            seq=seq + 1,
            tag=entry.tag,
            actor=entry.actor,
            policy_version=entry.policy_version,
            before=entry.before,
            after=entry.after,
            at=entry.at,
            prev=prev,
            scheme=rules.SCHEME,
        )
        row.hash = rules.row_hash(row)
        heads[entry.subject] = (row.seq, row.hash)
        rows.append(row)
    AuditRow.objects.bulk_create(rows, batch_size=500)
    return rows


def _heads(subjects: set[str]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    names = sorted(subjects)
    for start in range(0, len(names), 500):
        rows = AuditRow.objects.filter(subject__in=names[start : start + 500])
        # A subject has a handful of rows: reading them all and keeping the last costs less
        # than a join.
        for subject, seq, head in rows.order_by("subject", "seq").values_list(
            "subject", "seq", "hash"
        ):
            found[subject] = (seq, head)
    return found
