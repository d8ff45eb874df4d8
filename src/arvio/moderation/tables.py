"""Tables of other rooms that stand beside moderation's figures, each counted for the same days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from arvio.catalog.models import Marketplace
from arvio.screening import queries as screening

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """Days of the marketplace, both included; None is open."""

    marketplace: Marketplace
    since: date | None = None
    until: date | None = None

    @property
    def start(self) -> datetime | None:
        return self._midnight(self.since) if self.since else None

    @property
    def end(self) -> datetime | None:
        return self._midnight(self.until + timedelta(days=1)) if self.until else None

    def of(self, column: str) -> Q:
        wanted = Q(**{f"{column}__isnull": False})
        if self.start is not None:
            wanted &= Q(**{f"{column}__gte": self.start})
        if self.end is not None:
            wanted &= Q(**{f"{column}__lt": self.end})
        return wanted

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.marketplace.time_zone))


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    values: Sequence[int | float | None]


@dataclass(frozen=True)
class Table:
    """`title`, `head` and labels are in the active language; programs are told keys and values.

    `columns` are keys with their labels; a value under one of `shares` is a share.
    """

    key: str
    title: str
    head: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    shares: frozenset[str] = frozenset()

    def document(self) -> dict[str, Any]:
        rows = [
            {"key": row.key, **dict(zip(self.columns, row.values, strict=True))}
            for row in self.rows
        ]
        return {"key": self.key, "rows": rows}


def flags(period: Period) -> Table:
    """How often screening points to reviews of few and of many stars, and how often it is right."""
    found = screening.rates(
        marketplace=period.marketplace, since=period.start or FIRST, until=period.end or LAST
    )
    return Table(
        key="flags",
        title=_("What screening pointed to"),
        head=_("Stars"),
        columns={
            "screened": _("Screened"),
            "flagged": _("Flagged"),
            "flag_rate": _("Share flagged"),
            "upheld_rate": _("Flags upheld"),
        },
        rows=[
            Row(
                name,
                STARS[name],
                (one.screened, one.flagged, _four(one.flag_rate), _four(one.upheld_rate)),
            )
            for name, one in found.items()
        ],
        shares=frozenset({"flag_rate", "upheld_rate"}),
    )


def _four(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


STARS = {"low": "1–2\u00a0★", "middle": "3\u00a0★", "high": "4–5\u00a0★"}
EXTRA: tuple[Callable[[Period], Table], ...] = (flags,)
