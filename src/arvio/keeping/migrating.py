"""Migrations are run by one at a time, wait for nobody long, and leave no table unguarded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, OperationalError

from arvio.audit import guards
from arvio.keeping.errors import NotKept

# Any number that is always the same; such locks belong to one database.
LOCK = 4_722_366_482_869_645
PATIENCE = "5s"
PAUSE = 0.5


@contextmanager
def alone(connection: Any, *, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until nobody else migrates this database. A change that needs a table gives up after
    five seconds instead of keeping everybody else from it; raises NotKept then.

    On SQLite each migration is a transaction of its one writer: a second one that comes at the same
    moment fails and changes nothing.
    """
    postgresql = connection.vendor == "postgresql"
    if postgresql:
        _take(connection, say)
    try:
        yield
    except BaseException as error:
        # Django tells nobody of a run that failed, and the guards may have been lifted for it.
        with suppress(DatabaseError):
            guards.install(connection)
        if isinstance(error, OperationalError) and "lock timeout" in str(error):
            raise NotKept(
                "Somebody holds a table that a migration changes, for over five seconds: a long "
                "query, a backup, a transaction that nobody ended. Nothing of that migration was "
                "done, and those before it stay. Run it again; it goes on where it stopped."
            ) from error
        raise
    finally:
        if postgresql:
            with suppress(DatabaseError):
                _give_back(connection)


def _take(connection: Any, say: Callable[[str], None]) -> None:
    """Asked for again and again, not waited for: whoever waits is in a transaction, and an index
    that is built beside the running service waits for all transactions.
    """
    said = False
    while not _asked(connection, "SELECT pg_try_advisory_lock(%s)", LOCK):
        if not said:
            say("Another machine runs migrations; waiting until it is done.")
            said = True
        time.sleep(PAUSE)
    _asked(connection, "SELECT set_config('lock_timeout', %s, false)", PATIENCE)


def _give_back(connection: Any) -> None:
    _asked(
        connection,
        "SELECT set_config('lock_timeout', reset_val, false) FROM pg_settings "
        "WHERE name = 'lock_timeout'",
    )
    _asked(connection, "SELECT pg_advisory_unlock(%s)", LOCK)


def _asked(connection: Any, statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
