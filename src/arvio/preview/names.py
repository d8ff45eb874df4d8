"""What authors are called beside their public reviews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from arvio.paging import Key, moment
from arvio.preview.shapes import Change, Found, Item, Place, Step, along, place_of
from arvio.reviews.models import Review
from arvio.reviews.naming import author_name
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
    "source", "published_at", "live_version__erased_at", "user__name", "account__name", "app__name",
)  # fmt: skip


def touched(change: Change) -> bool:
    return change.old.privacy != change.new.privacy


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """A statement for each batch of reviews."""
    rows = Review.objects.filter(app__marketplace=change.marketplace, state=State.PUBLISHED)
    rows = rows.select_related("app", "user", "account", "live_version").only(*COLUMNS)

    def look(batch: Sequence[Review]) -> Iterator[Found]:
        for row in batch:
            old, new = (
                author_name(row, policy.privacy.display_name) for policy in (change.old, change.new)
            )
            if old != new:
                place = place_of(row, ORDER)
                yield Found(
                    RENAMED, Item("review", row.app.name, str(row.pk), old, new, place=place)
                )

    return along(rows, ORDER, start, look)
