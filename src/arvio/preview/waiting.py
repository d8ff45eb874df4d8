"""What waits and keeps its time, and removed reviews whose words go sooner or later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from arvio.moderation import retaining as nightly
from arvio.paging import Key, moment
from arvio.policy.durations import Duration, DurationError
from arvio.preview.shapes import Change, Found, Item, Place, Step, by_app, place_of
from arvio.reviews import retaining
from arvio.reviews.models import Review
from arvio.reviews.moves import AT_NIGHT
from arvio.reviews.states import State

HELD = "held_keep"
FORGOTTEN, KEPT = "words_forgotten", "words_kept"
CODES = (HELD,)
REMOVED_CODES = (FORGOTTEN, KEPT)
ORDER = (Key("app_id", UUID), Key("id", UUID))
REMOVED_ORDER = (
    Key("app_id", UUID), Key("removed_at", moment, down=True), Key("id", UUID, down=True),
)  # fmt: skip


def touched(change: Change) -> bool:
    return change.old.publication != change.new.publication


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """Held reviews are published when they were told they would be, whatever the rules become."""
    rows = Review.objects.filter(state=State.HELD)

    def look(batch: Sequence[Review]) -> Iterator[Found]:
        for row in batch:
            place, at = place_of(row, ORDER), row.publishes_at
            yield Found(HELD, Item("review", row.app.name, str(row.pk), at, at, place=place))

    return by_app(change, rows.select_related("app"), ORDER, start, look)


def removed_touched(change: Change) -> bool:
    return change.old.retention.removed != change.new.retention.removed


def removed_walk(change: Change, start: Place | None) -> Iterator[Step]:
    """By app, what was removed last first; a statement for each batch. As the nightly run does,
    it leaves alone what somebody still waits for.
    """
    terms = change.old.retention.removed, change.new.retention.removed
    # Of what was removed since then, neither term is over.
    latest = change.at - min(_shortest(term) for term in terms)
    rows = retaining.with_words(marketplace=change.marketplace).filter(removed_at__lte=latest)
    rows = nightly.decided(reviews=rows)
    night = _last_night(change)

    def look(batch: Sequence[Review]) -> Iterator[Found]:
        for row in batch:
            old, new = (_end(term, row.removed_at or change.now) for term in terms)
            place = place_of(row, REMOVED_ORDER)
            if night and old <= night:
                continue
            if (old <= change.at) != (new <= change.at):
                item = Item("review", row.app.name, str(row.pk), old, new, place=place)
                yield Found(FORGOTTEN if new <= change.at else KEPT, item)

    return by_app(change, rows.select_related("app"), REMOVED_ORDER, start, look)


def _last_night(change: Change) -> datetime | None:
    """The last night before the change, if it is to come: what is over by the old rules then goes
    before the new ones could keep it.
    """
    night = datetime.combine(change.at.astimezone(UTC).date(), AT_NIGHT, tzinfo=UTC)
    night = night if night < change.at else night - timedelta(days=1)
    return night if night > change.now else None


def _shortest(term: Duration) -> timedelta:
    return timedelta(days=28 * term.months, seconds=term.seconds)


def _end(term: Duration, at: datetime) -> datetime:
    try:
        return term.add(at)
    except DurationError:
        return datetime.max.replace(tzinfo=at.tzinfo)
