"""Claim a batch, act, remove the rows, commit: killed at any instruction, nothing is lost and nothing done twice."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, OperationalError, close_old_connections, transaction

from arvio.due import actions as due
from arvio.due.models import Due
from arvio.work.kinds import BATCH, KINDS

logger = logging.getLogger(__name__)


def work_once(
    *, now: datetime, progress: Callable[[str, int], None] = lambda kind, n: None
) -> dict[str, int]:
    """Serve due rows until none of a known kind is due. Answers how many of each kind."""
    done: Counter[str] = Counter()
    while True:
        before = done.total()
        for kind in KINDS:
            while served := serve_batch(kind=kind, now=now):
                done[kind] += served
                progress(kind, served)
        if done.total() == before:
            return dict(done)


def serve_batch(*, kind: str, now: datetime) -> int:
    """One transaction. When a batch fails, its rows are tried one by one, so that one bad row holds up nobody."""
    rows: list[Due] = []
    try:
        with transaction.atomic():
            rows = due.claim(kind=kind, now=now, limit=BATCH[kind])
            _serve(kind, rows, now)
        return len(rows)
    except OperationalError:
        raise
    except Exception:
        logger.exception("a batch of %d %s rows failed; trying them one by one", len(rows), kind)
    return sum(_serve_alone(kind, row, now) for row in rows)


def _serve(kind: str, rows: list[Due], now: datetime) -> None:
    if rows:
        # Rows go first: whatever the action schedules anew for the same key is a new wish and stays.
        due.done(rows=rows)
        KINDS[kind](rows, now)


def _serve_alone(kind: str, row: Due, now: datetime) -> int:
    try:
        with transaction.atomic():
            mine = due.claim_row(row=row, now=now)
            _serve(kind, [row] if mine else [], now)
        return int(mine)
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("%s could not be served", row)
        due.failed(row=row, error=f"{type(error).__name__}: {error}", now=now)
        return 0


def work_forever(
    *, clock: Callable[[], datetime], stop: Callable[[], bool], pause: float = 0.5
) -> None:
    """Look for due rows until told to stop. A database that is away is waited for."""
    wait = pause
    while not stop():
        try:
            close_old_connections()
            work_once(now=clock())
            wait = pause
        except DatabaseError as error:
            logger.warning("the database doesn't answer (%s); trying again in %.0f s", error, wait)
            wait = min(wait * 2, 30)
        time.sleep(wait)
