"""What authors are called beside their public reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from arvio.paging import Key, moment
from arvio.policy.model import NameStyle
from arvio.preview.shapes import Change, Found, Item, Place, Step, by_app, place_of
from arvio.reviews.models import Review
from arvio.reviews.naming import name_of
from arvio.reviews.states import State

RENAMED = "name_changed"
CODES = (RENAMED,)
# Along the index of an app's newest reviews, app by app.
ORDER = (
    Key("app_id", UUID),
    Key("published_at", moment, down=True),
    Key("id", UUID, down=True),
)
COLUMNS = (
    "app_id", "published_at", "id", "source", "live_version__erased_at", "user_id", "user__name",
    "account__name", "app__name",
)  # fmt: skip


def touched(change: Change) -> bool:
    return change.old.privacy != change.new.privacy


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """By app, newest first; a statement for each batch of reviews."""
    reviews = Review.objects.filter(state=State.PUBLISHED)
    rows: Any = reviews.values_list(*COLUMNS, named=True)

    def look(batch: Sequence[Any]) -> Iterator[Found]:
        for row in batch:
            old, new = (
                _name(row, policy.privacy.display_name) for policy in (change.old, change.new)
            )
            if old != new:
                place = place_of(row, ORDER)
                yield Found(
                    RENAMED, Item("review", row.app__name, str(row.id), old, new, place=place)
                )

    return by_app(change, rows, ORDER, start, look)


def _name(row: Any, style: NameStyle) -> str:
    return name_of(
        source=row.source,
        erased=row.live_version__erased_at is not None,
        user=(row.user_id, row.user__name) if row.user_id else None,
        account_name=row.account__name,
        style=style,
    )
