from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from arvio.catalog.errors import NotFound
from arvio.catalog.models import App
from arvio.connect.hubspot.models import Connection, Grant


@dataclass(frozen=True)
class Figures:
    """How an app's grants stand. `types` are the account types heard of, with how many each."""

    grants: int
    watched: int
    failing: int
    ended: int
    last_checked_at: datetime | None
    troubles: Counter[str]
    types: Counter[str]


def connection(*, app: App) -> Connection:
    """Raises NotFound."""
    found = Connection.objects.filter(app=app).first()
    if found is None:
        raise NotFound("app", f"The app {app.ref!r} isn't connected to HubSpot.")
    return found


def figures(*, app: App) -> Figures:
    rows = Grant.objects.filter(app=app)
    live = Q(ended_at=None)
    sums = rows.aggregate(
        grants=Count("id"),
        watched=Count("id", filter=live & ~Q(refresh_token="")),
        failing=Count("id", filter=live & Q(gone_checks__gt=0)),
        ended=Count("id", filter=~live),
        last_checked_at=Max("checked_at"),
    )
    return Figures(
        **sums,
        troubles=_counted(rows.filter(live).exclude(trouble=""), "trouble"),
        types=_counted(rows, "account_type"),
    )


def _counted(rows: object, field: str) -> Counter[str]:
    values = rows.order_by().values_list(field).annotate(n=Count("id"))  # type: ignore[attr-defined]
    return Counter(dict(values))
