"""A case's own history: a chain of audit rows under `case:{id}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from arvio.audit import actions as audit
from arvio.moderation.models import Case
from arvio.notify.webhooks.recording import record

# No person's doing: what follows from the rules.
POLICY = "policy"


def write(case: Case, tag: str, actor: str, now: datetime, after: Mapping[str, Any]) -> None:
    """One row of the case's own history."""
    write_all([case], tag, actor, now, after)


def write_all(
    cases: Sequence[Case], tag: str, actor: str, now: datetime, after: Mapping[str, Any]
) -> None:
    """The same in the history of each."""
    record(
        entries=[
            audit.Entry(
                subject=case.subject,
                tag=tag,
                actor=actor,
                at=now,
                marketplace_id=case.marketplace_id,
                app_id=case.app_id,
                after=dict(after),
            )
            for case in cases
        ]
    )
