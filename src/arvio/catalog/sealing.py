"""Each marketplace's histories are sealed once an hour, by a due row of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from arvio.audit import sealing
from arvio.due import actions as due
from arvio.due.models import Due

SEAL = "seal"


def seal_marketplace(*, marketplace_id: UUID, now: datetime) -> None:
    """Seal what is new and ask for the next time, in the caller's transaction.

    The next full hour counts from `now`: a clock that was moved by a month makes one seal. A
    backlog that one transaction shouldn't hold goes on at once.
    """
    more = sealing.seal(marketplace_id=marketplace_id, now=now)
    schedule_seal(marketplace_id=marketplace_id, at=now if more else next_hour(now))


def schedule_seal(*, marketplace_id: UUID, at: datetime) -> None:
    due.schedule(rows=[Due(kind=SEAL, key=str(marketplace_id), due_at=at)])


def next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
