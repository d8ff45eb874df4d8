"""The figures of a change of rules, and the list behind each. What is found twice is counted by one
walk: a figure is the length of its list.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.paging import CursorError, read_cursor, whole, write_cursor
from arvio.policy.model import Policy
from arvio.preview import cases, edits, names, people, ratings, requests, sent, waiting
from arvio.preview.left_out import keys_left_out
from arvio.preview.shapes import (
    Change,
    Figure,
    Found,
    Item,
    Listed,
    Place,
    Reached,
    Topic,
    change_of,
    key_text,
)
from arvio.reviews.one_moment import one_moment

__all__ = ["CODES", "Figure", "Item", "Listed", "every", "figure", "figures", "listed"]

# A page is to be there before somebody gives up on it; the command takes its time.
SECONDS = 20.0
PAGE = 50
# No list that is read at once is longer.
FARTHEST = 10**9
TOPICS = (
    Topic(ratings.CODES, ratings.touched, ratings.walk, whole=True, values=ratings.values),
    Topic(waiting.CODES, waiting.touched, waiting.walk, order=waiting.ORDER),
    Topic(sent.CODES, sent.touched, sent.walk, order=sent.ORDER, values=sent.values),
    Topic(edits.CODES, edits.touched, edits.walk, order=edits.ORDER),
    Topic(edits.REPLY_CODES, edits.replies_touched, edits.replies_walk, order=edits.REPLY_ORDER),
    Topic(cases.CODES, cases.touched, cases.walk, order=cases.OPENED_ORDER),
    Topic(
        cases.REPORT_CODES, cases.reports_touched, cases.reports_walk, order=cases.CONFIRMED_ORDER
    ),
    Topic(
        cases.DECISION_CODES,
        cases.decisions_touched,
        cases.decisions_walk,
        order=cases.DECIDED_ORDER,
    ),
    Topic(cases.BAN_CODES, cases.bans_touched, cases.bans_walk, whole=True),
    Topic(
        waiting.REMOVED_CODES,
        waiting.removed_touched,
        waiting.removed_walk,
        order=waiting.REMOVED_ORDER,
    ),
    Topic(requests.CODES, requests.touched, requests.walk, order=requests.ORDER),
    Topic(names.CODES, names.touched, names.walk, order=names.ORDER),
    # Last, because it takes longest: it has what time the others left.
    Topic(people.CODES, people.touched, people.walk, order=people.PLACE, each=True),
)
CODES = {code: topic for topic in TOPICS for code in topic.codes}


def figures(
    *,
    marketplace: Marketplace,
    policy: Policy,
    at: datetime,
    now: datetime,
    seconds: float | None = SECONDS,
) -> list[Figure]:
    """What `policy` would do from `at` on, against the rules that are in force then without it.

    A count of 0 is left out. After `seconds` (None: no end) counting stops, and what is larger than
    it says has `at_least` among its values. All of it is read at one moment. Raises NotFound where
    no policy is in force.
    """
    change = change_of(marketplace=marketplace, policy=policy, at=at, now=now)
    if change.old == change.new:
        return []
    wanted = [topic for topic in TOPICS if topic.touched(change)]
    end = None if seconds is None else time.monotonic() + seconds
    found: list[Figure] = []
    with one_moment():
        found += _standing(change)
        for place, topic in enumerate(wanted):
            found += _counted(change, topic, _share(end, len(wanted) - place))
    if stopped := [one.code for one in found if one.values.get("at_least")]:
        found.append(Figure("unfinished", len(stopped), {"codes": stopped}, False))
    if keys := keys_left_out(change.old, change.new):
        found.append(Figure("not_counted", len(keys), {"keys": keys}, False))
    return [one for one in found if one.count]


def figure(
    *,
    marketplace: Marketplace,
    policy: Policy,
    at: datetime,
    now: datetime,
    code: str,
    seconds: float | None = SECONDS,
) -> Figure | None:
    """One of them, or None where it counts nothing. Raises NotFound for an unknown code."""
    topic, change = _topic(code), change_of(marketplace=marketplace, policy=policy, at=at, now=now)
    if change.old == change.new or not topic.touched(change):
        return None
    end = None if seconds is None else time.monotonic() + seconds
    with one_moment():
        found = _counted(change, topic, end)
    return next((one for one in found if one.code == code and one.count), None)


def _share(end: float | None, topics: int) -> float | None:
    """What is left is shared by those that are left."""
    if end is None:
        return None
    start = time.monotonic()
    return start + max(end - start, 0.0) / topics


def _counted(change: Change, topic: Topic, end: float | None) -> list[Figure]:
    counts: Counter[str] = Counter()
    each: defaultdict[str, set[str]] = defaultdict(set)
    late = stopped = False
    for step in topic.walk(change, None):
        if late:  # only if something comes after the end of the time is anything left out
            stopped = True
            break
        if isinstance(step, Found):
            counts[step.code] += 1
            if topic.each:
                each[step.code].add(step.item.key)
        else:
            late = end is not None and time.monotonic() > end
    found = []
    for code in topic.codes:
        values: dict[str, Any] = dict(topic.values(change, code))
        count = counts[code]
        if topic.each:
            values["pairs"], count = count, len(each[code])
        if stopped:
            values["at_least"] = True
        found.append(Figure(code, count, values, True))
    return found


def _standing(change: Change) -> list[Figure]:
    """What keeps the rules it was made under, where somebody might think that it doesn't."""
    found = []
    if change.old.editing != change.new.editing or change.old.replies != change.new.replies:
        rules = {
            "editing": change.old.editing != change.new.editing,
            "replies": change.old.replies != change.new.replies,
        }
        found.append(Figure("reviews_keep", edits.standing(change), rules, False))
    if cases.bans_touched(change):
        found.append(Figure("appeals_keep", cases.open_windows(change), {}, False))
    return found


def listed(
    *,
    marketplace: Marketplace,
    policy: Policy,
    at: datetime,
    now: datetime,
    code: str,
    cursor: str | None = None,
    seconds: float | None = SECONDS,
) -> Listed:
    """A page of fifty of what stands behind a figure. A page may be short, even empty, and have a
    next one, where looking took too long. Raises NotFound for an unknown code, CursorError.
    """
    topic, change = _topic(code), change_of(marketplace=marketplace, policy=policy, at=at, now=now)
    start = _start(topic, code, cursor)
    if change.old == change.new or not topic.touched(change):
        return Listed([], None)
    if topic.whole:
        skip = int(start[0]) if start else 0
        rows = list(islice(_items(change, topic, code, None), skip, skip + PAGE + 1))
        more = (str(skip + PAGE),) if len(rows) > PAGE else None
        return Listed(rows[:PAGE], write_cursor(_kind(code), more) if more else None)
    end = None if seconds is None else time.monotonic() + seconds
    items: list[Item] = []
    reached: Place | None = None
    for step in topic.walk(change, start):
        if isinstance(step, Reached):
            reached = step.place
            if end is not None and time.monotonic() > end:
                return Listed(items, write_cursor(_kind(code), reached))
        elif step.code == code:
            if len(items) == PAGE:
                return Listed(items, write_cursor(_kind(code), items[-1].place))
            items.append(step.item)
    return Listed(items, None)


def every(
    *, marketplace: Marketplace, policy: Policy, at: datetime, now: datetime, code: str
) -> Iterator[Item]:
    """All that stands behind a figure, in the order of its pages. Raises NotFound."""
    topic, change = _topic(code), change_of(marketplace=marketplace, policy=policy, at=at, now=now)
    if change.old == change.new or not topic.touched(change):
        return iter(())
    return _items(change, topic, code, None)


def _items(change: Change, topic: Topic, code: str, start: Place | None) -> Iterator[Item]:
    for step in topic.walk(change, start):
        if isinstance(step, Found) and step.code == code:
            yield step.item


def _topic(code: str) -> Topic:
    topic = CODES.get(code)
    if topic is None:
        raise NotFound("code", f"There is no figure {code!r} with a list.")
    return topic


def _kind(code: str) -> str:
    return f"preview-{code}"


def _start(topic: Topic, code: str, cursor: str | None) -> Place | None:
    if not cursor:
        return None
    readers = [key.read for key in topic.order] or [whole]
    values = read_cursor(_kind(code), cursor, readers)
    place = tuple(key_text(value) for value in values)
    if not all(catalog.storable(text) for text in place):
        raise CursorError(cursor)
    if topic.whole and not 0 <= values[0] <= FARTHEST:
        raise CursorError(cursor)
    return place
