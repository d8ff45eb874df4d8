"""A case's own history: a chain of audit rows under `case:{id}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from arvio.audit import actions as audit
from arvio.moderation.models import Case
from arvio.notify.webhooks.recording import record


def write(case: Case, tag: str, actor: str, now: datetime, after: Mapping[str, Any]) -> None:
    """One row of the case's own history."""
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
        ]
    )
