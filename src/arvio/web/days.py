"""Days that people name in forms."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, time, timedelta


def end_of_day(day: str, *, zone: str) -> datetime | None:
    """The first moment after a day where the marketplace is; None for what is no day."""
    try:
        after = datetime.fromisoformat(day).date() + timedelta(days=1)
        return datetime.combine(after, time(), tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
