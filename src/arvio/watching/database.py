"""What is asked of the database itself, by doctor and `/-/ready`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from arvio.audit import guards
from arvio.outage import outage

OLDEST_POSTGRESQL = 15
# Below it Django refuses to start; said here in the same manner as the rest.
OLDEST_SQLITE = (3, 31, 0)
# Connections that a worker opens, and some to look at things with.
BESIDES_THREADS = 8
SAFE_ONLY_ON = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")


@contextmanager
def patience(*, seconds: int) -> Iterator[None]:
    """No statement inside takes longer. On SQLite readers wait for nobody, and a transaction of
    ours would take the writers' lock.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(seconds * 1000)])
        yield


def takes_writes() -> bool:
    """Is it a primary that may be written to? Raises what says that it is away."""
    if connection.vendor == "postgresql":
        standby, read_only = _row(
            "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
        )
        return not standby and read_only == "off"
    return bool(_row("SELECT 1"))


@cache
def _known() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as the code has them."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def migrations_waiting() -> list[str]:
    rows = MigrationRecorder(connection).migration_qs.order_by()
    applied = set(rows.values_list("app", "name"))
    return sorted(f"{app} {name}" for app, name in _known() - applied)


def migrations() -> Iterator[str]:
    try:
        waiting = migrations_waiting()
    except DatabaseError as error:
        if outage(error):
            raise
        yield "the tables aren't made yet. Run: arvio migrate"
        return
    if waiting:
        yield f"migrations wait, up to {', '.join(waiting)}. Run: arvio migrate"


def standing() -> Iterator[str]:
    missing = guards.missing(connection)
    if missing:
        yield f"{len(missing)} guards are missing, such as {missing[0]}. Run: arvio migrate"


def itself() -> Iterator[str]:
    """Version, encoding, settings, and whether there is room for everybody."""
    return _postgresql() if connection.vendor == "postgresql" else _sqlite()


def _sqlite() -> Iterator[str]:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield f"SQLite is {sqlite3.sqlite_version}. Take a Python with a newer one"
    if (mode := _row("PRAGMA journal_mode")[0]) != "wal":
        yield (
            f"SQLite's journal is {mode}, so readers and writers wait for each other. Put the file "
            "on a local disk, which knows WAL"
        )
    if not _row("PRAGMA foreign_keys")[0]:
        yield "SQLite doesn't check foreign keys. Take a Python whose SQLite does"


def _postgresql() -> Iterator[str]:
    version = int(_row("SHOW server_version_num")[0]) // 10_000
    if version < OLDEST_POSTGRESQL:
        yield f"PostgreSQL is {version}. Move to {OLDEST_POSTGRESQL} or newer"
    yield from _letters()
    if not takes_writes():
        yield (
            "PostgreSQL takes no writes: it is a standby or set to read-only. Let DATABASE_URL "
            "name the primary, or look at default_transaction_read_only"
        )
    for name in SAFE_ONLY_ON:
        if _row("SELECT current_setting(%s)", name)[0] == "off":
            yield (
                f"{name} is off: a power cut loses or damages what was answered as saved, or the "
                f"tables grow without end. Set {name} = on in postgresql.conf"
            )
    yield from _room()


def _letters() -> Iterator[str]:
    encoding, character_type, made, actual = _row(
        "SELECT pg_encoding_to_char(encoding), datctype, datcollversion, "
        "pg_database_collation_actual_version(oid) FROM pg_database "
        "WHERE datname = current_database()"
        if int(_row("SHOW server_version_num")[0]) >= 150_000
        else "SELECT pg_encoding_to_char(encoding), datctype, NULL, NULL FROM pg_database "
        "WHERE datname = current_database()"
    )
    if encoding != "UTF8":
        yield (
            f"the database's encoding is {encoding}, which can't hold every name and word. Make it "
            "anew with ENCODING 'UTF8' and restore into it"
        )
    elif character_type in ("C", "POSIX"):
        yield (
            f"the database's LC_CTYPE is {character_type}, which knows letters of English alone. "
            "Make it anew with LOCALE 'C.UTF-8' and restore into it"
        )
    if made and actual and made != actual:
        yield (
            f"texts were sorted by rules of version {made}, and the system has {actual} now, so "
            "indexes may miss rows. Run: REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION "
            "VERSION"
        )


def _room() -> Iterator[str]:
    most, used = _row(
        "SELECT current_setting('max_connections')::int - "
        "current_setting('superuser_reserved_connections')::int, "
        "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
    )
    needed = settings.PROCESSES * settings.THREADS + BESIDES_THREADS
    if most - used < needed:
        yield (
            f"of {most} connections {used} are taken, and a server with its worker may want "
            f"{needed} more. Raise max_connections, or look who holds them in pg_stat_activity"
        )


def write_a_little() -> None:
    """Make the server find room on its disk; nothing of it stays. Raises what says that it can't.

    A table that only this connection sees, empty after each transaction: its first row takes a new
    page from the disk, where a real table might have room left in an old one.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL temp_tablespaces = ''")
            cursor.execute(
                "CREATE TEMP TABLE IF NOT EXISTS arvio_room (filling text) ON COMMIT DELETE ROWS"
            )
            cursor.execute("INSERT INTO arvio_room VALUES ('room')")
    except ProgrammingError:
        return  # it lets us make no tables of our own: then the disk isn't ours to judge


def _row(sql: str, *values: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        found: tuple[Any, ...] = cursor.fetchone()
    return found
