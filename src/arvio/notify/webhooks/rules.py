"""What happened, who hears of it, what is sent, and what is tried again when (FEATURES R153)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

PING, AGGREGATE = "ping", "aggregate.changed"

# By the tag of a history's row, what it means to a receiver. `review.held` and `review.edited` have
# a condition more, see `happened`.
EVENTS_OF: dict[str, tuple[str, ...]] = {
    "review:submitted": ("review.created", "review.held"),
    "review:published": ("review.published",),
    "review:unarchived": ("review.published",),
    "review:edited": ("review.edited",),
    "review:edit_applied": ("review.edited",),
    "review:corrected": ("review.edited",),
    "review:archived": ("review.archived",),
    "review:rejected": ("review.rejected",),
    "review:removed": ("review.removed",),
    "review:restored": ("review.restored", "review.held"),
    "review:erased": ("review.erased",),
    "reply:sent": ("reply.created",),
    "reply:changed": ("reply.edited",),
    "reply:removed": ("reply.removed",),
    "reply:restored": ("reply.restored",),
    "case:opened": ("report.created",),
    "case:report_added": ("report.created",),
    "case:decided": ("report.decided",),
}
# Tags of histories that no receiver is told of, each for a reason.
SILENT = frozenset(
    {
        "review:imported",  # imports notify nobody (CONTRACT 5)
        "review:forgotten",  # its words went long after it was removed, which was told
        "review:edit_resumed",  # an edit waits again, and nothing can be read that couldn't before
        # Steps on the way to a decision, which is told.
        "case:assigned", "case:proposed", "case:sent_back", "case:overdue", "case:appealed",
        "thread:opened", "thread:closed",
    }
)  # fmt: skip
EVENTS = (*dict.fromkeys(one for events in EVENTS_OF.values() for one in events), AGGREGATE)
# Who reports, and that somebody did, is no partner's business.
PARTNER_EVENTS = tuple(one for one in EVENTS if not one.startswith("report."))
# Several events of one row follow each other in this many places.
PLACES = 4

GIVEN_UP_AFTER = timedelta(days=3)
# Nothing is given up that was hardly tried, as after a standstill of the worker.
FEWEST_TRIES = 8
FIRST_WAIT, SECOND_WAIT = timedelta(seconds=5), timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
SHORTEST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=15)
# So many failures in a row are the endpoint's, not the event's.
IN_A_ROW = 3
# Answers of somebody who stands before the receiver, or of one who has too much to do.
AWAY = frozenset({429, 502, 503, 504})
LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Happened:
    """A row of a history, as far as webhooks read it."""

    subject: str
    seq: int
    tag: str
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """An event: of which row, its place in the order of its subject, how that stands now."""

    number: int
    event: str
    seq: int
    state: str


def happened(rows: Sequence[Happened]) -> list[Told]:
    """The events of rows of one transaction, in order.

    A review that is public at once was never held; an edit that waits is told when it applies.
    """
    last = {row.subject: row.after["state"] for row in rows if "state" in row.after}
    told = []
    for number, row in enumerate(rows):
        for place, event in enumerate(EVENTS_OF.get(row.tag, ())):
            if event == "review.held" and last.get(row.subject) != "held":
                continue
            if row.tag == "review:edited" and row.after.get("pending") is not None:
                continue
            state = last[row.subject] if row.tag == "review:submitted" else _state(row)
            told.append(Told(number, event, row.seq * PLACES + place, state))
    return told


def _state(row: Happened) -> str:
    if row.tag.startswith("case:"):
        return str(row.after.get("outcome") or "open")
    return str(row.after.get("reply_state" if "reply" in row.after else "state") or "")


@dataclass(frozen=True)
class Listener:
    """An endpoint: what it wants, and whose it is. None for the marketplace."""

    events: Iterable[str]
    partner: object | None

    def hears(self, *, event: str, partner: object) -> bool:
        """A partner hears of its own apps alone, and of what it may see."""
        if event not in self.events:
            return False
        return self.partner is None or (self.partner == partner and event in PARTNER_EVENTS)


def body(*, event: str, at: datetime, data: Mapping[str, Any]) -> str:
    """What is sent and signed. What isn't known stays out."""
    known = {name: value for name, value in data.items() if value}
    payload = {"type": event, "timestamp": written(at), "data": known}
    return json.dumps(payload, separators=(",", ":"))


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def data_of(
    *, row: Happened, state: str, marketplace: str, app: str, api: str, partners: bool
) -> dict[str, str]:
    """Ids, a state, and where the rest is read by who may read it; `api` is its address.

    Of a review that isn't public the marketplace's own key reads nothing, so no address is given;
    a removed one has a tombstone.
    """
    kind, _, pk = row.subject.partition(":")
    data = {"marketplace": marketplace, "app": app}
    if kind == "case":
        return data | {"case": pk, "state": state, "url": f"{api}/moderation/cases/{pk}"}
    data |= {"review": pk, "reply": row.after.get("reply", ""), "state": state}
    if row.tag == "review:erased":
        return data
    answered = "reply" in row.after
    if partners and (answered or state in ("held", "published", "archived")):
        return data | {"url": f"{api}/partner/reviews/{pk}"}
    public = answered or state in ("published", "removed")
    return data | {"url": f"{api}/reviews/{pk}" if public else ""}


@dataclass(frozen=True)
class Outcome:
    """What came of one try: an answer's status, or the code of `outbound` where none came."""

    status: int = 0
    code: str = ""
    answer: str = ""
    milliseconds: int = 0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Who answers so wants nothing any more (Standard Webhooks)."""
        return self.status == 410

    @property
    def away(self) -> bool:
        return not self.status or self.status in AWAY


def wait(*, attempts: int, jitter: float) -> timedelta:
    """After this many failed tries: 5 seconds, a minute, two, four, up to an hour.

    `jitter` is 0 to 1: what fails together isn't all tried again at one moment.
    """
    longer = min(SECOND_WAIT * 2 ** min(max(attempts - 2, 0), 10), LONGEST_WAIT)
    return (FIRST_WAIT if attempts <= 1 else longer) * (0.8 + 0.4 * jitter)


def rest(*, failing_since: datetime, now: datetime) -> timedelta:
    """An endpoint that fails is asked again after as long as it has failed, within limits."""
    return min(max(now - failing_since, SHORTEST_REST), LONGEST_REST)


def is_over(*, since: datetime, tries: int, now: datetime) -> bool:
    """Three days of failing, and tries enough to be sure."""
    return now - since >= GIVEN_UP_AFTER and tries >= FEWEST_TRIES


def readable(text: str) -> str:
    """The beginning of an answer that every database can keep."""
    return text[:LONGEST_ANSWER].replace("\x00", "\N{REPLACEMENT CHARACTER}")
