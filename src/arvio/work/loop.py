"""Claim a batch, act, remove the rows, commit: killed anywhere, nothing is lost or done twice.

Work outside the database (mail) can't be taken back: its rows are leased, and whoever is killed in
the middle leaves them to be done again when the lease has run out (DESIGN 6).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event, Thread

from django.db import close_old_connections, connection, transaction

from arvio import clock
from arvio.due import actions as due
from arvio.due import queries
from arvio.due.models import Due
from arvio.failures import describe
from arvio.outage import outage, outlast
from arvio.work.kinds import ALONE, BATCH, KINDS, OUTSIDE
from arvio.work.telling import Batch

logger = logging.getLogger(__name__)

# Longer than a batch takes even when every answer comes at the last moment.
LEASE = timedelta(minutes=5)
# Seconds between two looks when nothing was due.
PAUSE = 0.5
# Seconds between two looks at a database that is away: when it is back, the work goes on soon.
LONGEST_PAUSE = 10.0


def work_once(
    *,
    now: datetime,
    progress: Callable[[str, int, int], None] = lambda kind, n, failed: None,
    stop: Callable[[], bool] = lambda: False,
    kinds: Sequence[str] = (*KINDS, *OUTSIDE),
) -> dict[str, int]:
    """Serve due rows until none of these kinds is due, or until told to stop between two batches.

    Answers how many of each kind.
    """
    done: Counter[str] = Counter()
    looking = True
    while looking:
        looking = False
        due_now = queries.kinds(now=now, among=kinds)
        for kind in kinds:
            if kind not in due_now:
                continue
            while not stop() and (batch := serve_batch(kind=kind, now=now, stop=stop)):
                looking = True
                served = sum(batch)
                done[kind] += served
                progress(kind, served, len(batch) - served)
                if kind in OUTSIDE:
                    break  # it takes its time, and something may have come that goes first
    return {kind: n for kind, n in done.items() if n}


def serve_batch(
    *, kind: str, now: datetime, stop: Callable[[], bool] = lambda: False
) -> list[bool]:
    """Answers for each row if it was served; one that wasn't is due again later, so this ends."""
    return _serve_outside(kind, now, stop) if kind in OUTSIDE else _serve_inside(kind, now)


def _serve_inside(kind: str, now: datetime) -> list[bool]:
    """One transaction; when it fails, its rows are tried one by one: a bad one holds up nobody."""
    batch = Batch(kind)
    try:
        with transaction.atomic():
            rows = due.claim(kind=kind, now=now, limit=BATCH[kind])
            with batch.of(rows):
                _serve(kind, rows, now)
    except Exception as error:
        if outage(error):
            raise
        batch.broke("batch failed, its rows are tried one by one", error)
    else:
        return batch.ended([True] * len(rows))
    return [_serve_alone(kind, row, now) for row in batch.rows]


def _serve(kind: str, rows: list[Due], now: datetime) -> None:
    if rows:
        # Rows go first: what the action schedules anew for the same key is a new wish and stays.
        due.done(rows=rows)
        KINDS[kind](rows, now)


def _serve_alone(kind: str, row: Due, now: datetime) -> bool:
    batch = Batch(kind)
    try:
        with batch.of([row]), transaction.atomic():
            mine = due.claim_row(row=row, now=now)
            _serve(kind, [row] if mine else [], now)
    except Exception as error:
        if outage(error):
            raise
        batch.broke("row failed", error)
        due.failed(row=row, error=describe(error), now=now)
        mine = False
    return batch.ended([mine])[0]


def _serve_outside(kind: str, now: datetime, stop: Callable[[], bool]) -> list[bool]:
    """A lease, committed; the work; what comes of it is written by the work itself."""
    batch, until = Batch(kind), clock.real() + LEASE
    # The second half of the lease is for what is under way.
    deadline = time.monotonic() + LEASE.total_seconds() / 2
    rows = due.lease(kind=kind, now=now, limit=BATCH[kind], at=clock.real(), until=until)
    if not rows:
        return []

    def keep() -> bool:
        return not stop() and time.monotonic() < deadline

    try:
        with batch.of(rows):
            answers = OUTSIDE[kind](rows, now, keep)
    except Exception as error:
        if outage(error):
            # What wasn't done needn't wait for the end of the lease when the database is back.
            outlast(lambda: due.release(rows=rows), keep=keep)
            raise
        batch.broke("rows failed", error)
        for row in rows:
            due.failed(row=row, error=describe(error), now=now)
        answers = [False] * len(rows)
    return batch.ended(answers)


def work_forever(*, time_now: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Serve what is due until told to stop.

    Mail has a thread of its own, and webhooks and each platform have theirs: a server that is slow
    to answer delays no publication, and somebody's receiver no mail.
    """
    ended = Event()

    def look_outside(kinds: Sequence[str]) -> None:
        try:
            look(time_now=time_now, stop=lambda: ended.is_set() or stop(), kinds=kinds)
        finally:
            connection.close()

    shared = [kind for kind in OUTSIDE if kind not in ALONE]
    alone = [[kind] for kind, threads in ALONE.items() for _ in range(threads)]
    outside = [
        Thread(target=look_outside, args=(kinds,), name=f"outside {number}", daemon=True)
        for number, kinds in enumerate([shared, *alone])
    ]
    for thread in outside:
        thread.start()
    try:
        look(time_now=time_now, stop=stop, kinds=[*KINDS])
    finally:
        ended.set()
        # All of them together: whoever stops the worker waits a little longer than that.
        latest = time.monotonic() + LEASE.total_seconds() / 2
        for thread in outside:
            thread.join(timeout=max(0.0, latest - time.monotonic()))


def look(
    *,
    time_now: Callable[[], datetime],
    stop: Callable[[], bool],
    kinds: Sequence[str],
) -> None:
    """Serve these kinds until told to stop. A database that is away is waited for, and nothing else
    ends a thread either: what it serves would wait in silence.
    """
    wait = PAUSE
    while not stop():
        try:
            close_old_connections()
            work_once(now=time_now(), stop=stop, kinds=kinds)
            wait = PAUSE
        except Exception as error:
            facts = {"error": describe(error), "again_in_s": wait}
            if outage(error):
                logger.warning("the database can't be used", extra={"facts": facts})
            else:
                logger.error("the worker's look failed", exc_info=error, extra={"facts": facts})
            wait = min(wait * 2, LONGEST_PAUSE)
        time.sleep(wait)
