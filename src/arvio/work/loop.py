"""Claim a batch, act, remove the rows, commit: killed anywhere, nothing is lost or done twice."""

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
    *,
    now: datetime,
    progress: Callable[[str, int, int], None] = lambda kind, n, failed: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Serve due rows until none of a known kind is due, or until told to stop between two batches.

    Answers how many of each kind.
    """
    done: Counter[str] = Counter()
    looking = True
    while looking:
        looking = False
        for kind in KINDS:
            while not stop() and (batch := serve_batch(kind=kind, now=now)):
                looking = True
                served = sum(batch)
                done[kind] += served
                progress(kind, served, len(batch) - served)
    return {kind: n for kind, n in done.items() if n}


def serve_batch(*, kind: str, now: datetime) -> list[bool]:
    """One transaction; when it fails, its rows are tried one by one: a bad one holds up nobody.

    Answers for each row if it was served; one that wasn't is due again later, so this ends.
    """
    rows: list[Due] = []
    try:
        with transaction.atomic():
            rows = due.claim(kind=kind, now=now, limit=BATCH[kind])
            _serve(kind, rows, now)
        return [True] * len(rows)
    except OperationalError:
        raise
    except Exception:
        logger.exception("a batch of %d %s rows failed; trying them one by one", len(rows), kind)
    return [_serve_alone(kind, row, now) for row in rows]


def _serve(kind: str, rows: list[Due], now: datetime) -> None:
    if rows:
        # Rows go first: what the action schedules anew for the same key is a new wish and stays.
        due.done(rows=rows)
        KINDS[kind](rows, now)


def _serve_alone(kind: str, row: Due, now: datetime) -> bool:
    try:
        with transaction.atomic():
            mine = due.claim_row(row=row, now=now)
            _serve(kind, [row] if mine else [], now)
        return mine
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("%s could not be served", row)
        due.failed(row=row, error=f"{type(error).__name__}: {error}", now=now)
        return False


def work_forever(
    *, clock: Callable[[], datetime], stop: Callable[[], bool], pause: float = 0.5
) -> None:
    """Look for due rows until told to stop. A database that is away is waited for."""
    wait = pause
    while not stop():
        try:
            close_old_connections()
            work_once(now=clock(), stop=stop)
            wait = pause
        except DatabaseError as error:
            logger.warning("the database doesn't answer (%s); trying again in %.0f s", error, wait)
            wait = min(wait * 2, 30)
        time.sleep(wait)
