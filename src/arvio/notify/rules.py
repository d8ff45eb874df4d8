"""What a notice becomes when another comes before it was told, who is told how, and what is tried
again when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

# So long an edit waits for more edits of the same review (FEATURES R146).
EDITS_GATHER = timedelta(minutes=10)
WORDS = ("title", "text", "pros", "cons", "display_name", "language")
DIGEST_AT = time(8)
DIGEST = "digest"
AT_ONCE, DAILY, OFF = "at_once", "daily", "off"

# While the mail server is away it is asked again after as long as it has been away, within these.
SOONEST, LATEST = timedelta(seconds=30), timedelta(minutes=15)
# A mail that the server puts off is tried again after a minute, two, four, up to an hour, for days.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)


def merge_edit(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """The stars from before the first edit, all else from the latest."""
    return {**later, "old_stars": earlier["old_stars"]}


def merge_into_new(new: Mapping[str, Any], edit: Mapping[str, Any]) -> dict[str, Any] | None:
    """A review that nobody was told of is told as it now is.

    None when it can't be: the review is public and the edit still waits, so both are to be told.
    """
    held_until, waits_until = new.get("publishes_at"), edit.get("publishes_at")
    if waits_until and not held_until:
        return None
    words = {key: edit[key] for key in WORDS if key in edit}
    at = max(filter(None, (held_until, waits_until)), default=None, key=datetime.fromisoformat)
    return {**new, **words, "stars": edit["new_stars"], "publishes_at": at}


@dataclass(frozen=True)
class Wish:
    """What a reader said about one event in one place."""

    how: str = AT_ONCE
    stopped: bool = False


Wishes = Mapping[tuple[UUID, UUID, str], Wish]


def how_told(
    *, reader: UUID, places: Sequence[UUID], event: str, wishes: Wishes, stop: UUID
) -> str:
    """At once, daily or not at all. The first of `places` that something was said about counts.

    `stop` is the place whose mails a link at their end stops: all of this event, or the digest.
    """
    nothing = Wish()
    if wishes.get((reader, stop, event), nothing).stopped:
        return OFF
    found = (wishes.get((reader, place, event)) for place in places)
    how = next((wish.how for wish in found if wish), AT_ONCE)
    if how == DAILY and wishes.get((reader, stop, DIGEST), nothing).stopped:
        return OFF
    return how


def next_digest(*, after: datetime, zone: ZoneInfo) -> datetime:
    """The first eight o'clock there after this moment."""
    local = after.astimezone(zone)
    at = datetime.combine(local.date(), DIGEST_AT, tzinfo=zone)
    if at <= local:
        at = datetime.combine(local.date() + timedelta(days=1), DIGEST_AT, tzinfo=zone)
    return at.astimezone(UTC)


def relay_wait(*, down_at: datetime, now: datetime) -> timedelta:
    return min(max(now - down_at, SOONEST), LATEST)


def mail_wait(*, attempts: int) -> timedelta:
    """After this many refusals for now."""
    return min(FIRST_WAIT * float(2 ** min(attempts - 1, 10)), LONGEST_WAIT)


def language_of(*, wanted: str, offered: Sequence[str], known: Sequence[str]) -> str:
    """The reader's language when it is known, else the marketplace's first."""
    short = wanted.replace("_", "-").split("-")[0].lower()
    return short if short in known else next((code for code in offered if code in known), known[0])
