"""Which keys stop working soon, with nothing in their place."""

from __future__ import annotations

from collections.abc import Iterator

from arvio import clock
from arvio.catalog.models import Marketplace
from arvio.people import queries
from arvio.people.models import Key, live

# Each is named; a heap of them is counted.
MOST_NAMED = 20


def ending() -> Iterator[str]:
    now = clock.now()
    rows = queries.ending(now=now)
    found = list(rows[:MOST_NAMED])
    places = Marketplace.objects.in_bulk({key.marketplace_id for key in found})
    replaced = Key.objects.filter(live(now), rotated_from__in=[key.pk for key in found])
    followed = set(replaced.values_list("rotated_from_id", flat=True))
    for key in found:
        place = places.get(key.marketplace_id)
        slug = place.slug if place else key.marketplace_id
        yield f"{slug}: {_told(key, followed=key.pk in followed)}"
    if len(found) == MOST_NAMED and (more := rows.count() - MOST_NAMED):
        yield f"{more:,} more keys end within a week. Run: arvio key list MARKETPLACE"


def _told(key: Key, *, followed: bool) -> str:
    """By its first signs: its name may be somebody's."""
    ends = f"the key {key.prefix}… ends at {key.ends_at:%Y-%m-%d %H:%M} UTC"
    if followed:
        return f"{ends} and is still used, though another was made for it. Use the new one"
    return f"{ends}, and nothing takes its place. Run: arvio key rotate {key.prefix}"
