"""When the database can't be used: which errors say so and aren't our bugs, and what is told then.

A page and the API answer 503 with `Retry-After`, the worker waits. Whatever isn't named here stays
a bug, above all what a constraint or a wrong statement says.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, close_old_connections
from django.db.transaction import TransactionManagementError
from django.http import HttpRequest

T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outage:
    """`code`: away, full, read_only or busy. `seconds`: when it is worth trying again."""

    code: str
    seconds: int


AWAY = Outage("away", 5)
FULL = Outage("full", 60)
READ_ONLY = Outage("read_only", 30)
BUSY = Outage("busy", 2)

# PostgreSQL's codes, or their first two signs where a whole class says the same.
STATES = {
    "08": AWAY,  # the connection was lost
    "28": AWAY,  # it doesn't let us in
    "3D": AWAY,  # there is no such database
    "57P": AWAY,  # it stops, starts, or was killed
    "58": AWAY,  # its disk or its system fails
    "53100": FULL,
    "53": BUSY,  # too many connections, no memory
    "25006": READ_ONLY,
    "25P": BUSY,  # a transaction was idle for too long
    "55P03": BUSY,  # a lock wasn't to be had
    "57014": BUSY,  # a statement took too long
    "40001": BUSY,
    "40P01": BUSY,  # two waited for each other
}
# SQLite's, without what is behind the first byte.
CODES = {
    3: READ_ONLY,  # PERM
    5: BUSY,
    6: BUSY,  # LOCKED
    7: BUSY,  # NOMEM
    8: READ_ONLY,
    10: AWAY,  # IOERR
    13: FULL,
    14: AWAY,  # CANTOPEN
    15: BUSY,  # PROTOCOL: who locks first in WAL wasn't settled in time
}


def outage(error: BaseException | None) -> Outage | None:
    """What the error, or one that it came of, says about the database; None for all else."""
    for one in _chain(error):
        if isinstance(one, Error):
            return _said(one)
    return None


def note(said: Outage, error: Exception, *, request: HttpRequest) -> None:
    """A line in the log, one a second: under load all the others would say the same. Of an address
    only the route, because some hold what signs somebody in.
    """
    global _noted_at
    if (at := time.monotonic()) - _noted_at < 1:
        return
    _noted_at = at
    route = request.resolver_match.route if request.resolver_match else "before any route"
    reason = str(error).partition("\n")[0]
    logger.warning("%s %s: the database is %s: %s", request.method, route, said.code, reason)


_noted_at = 0.0


def outlast(act: Callable[[], T], *, keep: Callable[[], bool], pause: float = 0.5) -> T:
    """Note what was done outside, as often as it takes: without the note it would be done again.

    `act` is one transaction that may run twice. While the database is away and `keep` says to go
    on, it is waited for.
    """
    while True:
        try:
            return act()
        except Exception as error:
            if outage(error) is None or not keep():
                raise
        time.sleep(pause)
        close_old_connections()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """A broken transaction is told of by its cause: what broke it."""
    while error is not None:
        if not isinstance(error, TransactionManagementError):
            yield error
        error = error.__cause__ or error.__context__


def _said(error: Error) -> Outage | None:
    cause = error.__cause__
    number = getattr(cause, "sqlite_errorcode", None)
    if number is not None:
        return CODES.get(number & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state:
        return next((STATES[state[:n]] for n in (5, 3, 2) if state[:n] in STATES), None)
    # Without a state nobody answered: the driver itself says that there is no connection.
    lost = isinstance(error, InterfaceError | OperationalError)
    return AWAY if lost and not isinstance(cause, sqlite3.Error) else None
