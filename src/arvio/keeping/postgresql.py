"""PostgreSQL: dumped by pg_dump from one snapshot, loaded by pg_restore in one transaction."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

from django.db import DatabaseError, transaction

from arvio.keeping import programs
from arvio.keeping.errors import NotKept
from arvio.keeping.figures import figures, tables
from arvio.keeping.rules import Figures
from arvio.reviews.one_moment import one_moment

KIND = "postgresql"
# Where what a restore replaces waits until what replaces it is whole.
ASIDE = "arvio_replaced"


@dataclass(frozen=True)
class Dump:
    database: IO[bytes]
    figures: Figures
    server: str
    schema: str


@contextmanager
def dump(connection: Any) -> Iterator[Dump]:
    """A dump that is being made, and what it holds, counted in the same snapshot: whatever is
    committed meanwhile is in neither. Raises NotKept, on the way out too.
    """
    server = version(connection)
    program = programs.find("pg_dump", server=server)
    with one_moment(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot(), current_schema()")
        snapshot, schema = cursor.fetchone()
        # pg_dump reads for as long as it takes, and this transaction only waits for it.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        counted = figures(cursor, kind=KIND)
        arguments = [
            *("--format=custom", "--no-owner", "--no-privileges", "--no-password"),
            *(f'--schema="{schema}"', f"--snapshot={snapshot}", "--lock-wait-timeout=60000"),
        ]
        with _running(program, arguments, connection, stdout=subprocess.PIPE) as process:
            yield Dump(_end(process.stdout), counted, str(server), schema)


def version(connection: Any) -> int:
    connection.ensure_connection()
    return int(connection.pg_version) // 10_000


def count(connection: Any) -> Figures:
    with connection.cursor() as cursor:
        return figures(cursor, kind=KIND)


def is_empty(connection: Any) -> bool:
    with connection.cursor() as cursor:
        return not tables(cursor, kind=KIND)


def in_the_way(connection: Any, *, schema: str, replacing: bool) -> str | None:
    """Why nothing can be restored here just now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (current,) = cursor.fetchone()
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [ASIDE])
        left = cursor.fetchone()
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() "
            "AND usesysid = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        )
        (others,) = cursor.fetchone()
        cursor.execute(
            "SELECT extname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace "
            "WHERE nspname = current_schema()"
        )
        extensions = [row[0] for row in cursor.fetchall()]
    if current != schema:
        return f"The backup is of the schema {schema}, and here tables go to {current}."
    if left:
        return (
            f"A restore was stopped here. The schema {ASIDE} holds what was there before it. "
            f"To have that back: DROP SCHEMA {current} CASCADE; "
            f"ALTER SCHEMA {ASIDE} RENAME TO {current}; to be rid of it: "
            f"DROP SCHEMA {ASIDE} CASCADE;"
        )
    if others:
        return (
            f"Others use this database (connections: {others}). Stop `arvio serve` and "
            "`arvio work` on every machine first."
        )
    if replacing and extensions:
        return (
            f"The extension {extensions[0]} lives among Arvio's tables and would go with them. "
            "Restore into a new database."
        )
    return None


@contextmanager
def put_aside(connection: Any) -> Iterator[None]:
    """What is there waits under another name: gone on the way out, or back when that fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
    name = connection.ops.quote_name(schema)
    try:
        _at_once(connection, f"ALTER SCHEMA {name} RENAME TO {ASIDE}", f"CREATE SCHEMA {name}")
    except DatabaseError as error:
        raise NotKept(
            f"What is there can't be replaced ({_first(error)}). The role that Arvio uses has to "
            "own the database. Or restore into a new one."
        ) from error
    try:
        yield
    except BaseException:
        connection.close()
        _at_once(
            connection, f"DROP SCHEMA {name} CASCADE", f"ALTER SCHEMA {ASIDE} RENAME TO {name}"
        )
        raise
    _at_once(connection, f"DROP SCHEMA {ASIDE} CASCADE")


@contextmanager
def empty_again(connection: Any) -> Iterator[None]:
    """What was loaded and then failed goes again: nobody is to serve it, unmigrated and with those
    who were erased in it.
    """
    try:
        yield
    except BaseException:
        connection.close()
        with connection.cursor() as cursor:
            names = [connection.ops.quote_name(name) for name in tables(cursor, kind=KIND)]
        if names:
            _at_once(connection, f"DROP TABLE {', '.join(names)} CASCADE", *_functions(connection))
        raise


def _functions(connection: Any) -> list[str]:
    """What is left when our tables have gone: what their triggers called."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'guard\\_%' "
            "AND prorettype = 'trigger'::regtype "
            "AND pronamespace = current_schema()::regnamespace"
        )
        return [f"DROP FUNCTION {name} CASCADE" for (name,) in cursor.fetchall()]


def load(connection: Any, *, pieces: Iterable[bytes], schema: str) -> None:
    """All of a dump or nothing of it. Raises NotKept."""
    program = programs.find("pg_restore", server=version(connection))
    database = str(connection.get_connection_params()["dbname"])
    arguments = [
        *("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
        *("--no-password", f"--schema={schema}", f"--dbname={database}"),
    ]
    with _running(program, arguments, connection, stdin=subprocess.PIPE) as process:
        try:
            for piece in pieces:
                _end(process.stdin).write(piece)
            _end(process.stdin).close()
        except BrokenPipeError:
            pass  # it says why itself
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _at_once(connection: Any, *statements: str) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def _running(
    program: Any, arguments: list[str], connection: Any, **ends: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A program at work, told by its environment how to get in. Raises NotKept when it fails."""
    told = programs.environment(connection.get_connection_params())
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([program, *arguments], env=told, stderr=said, **ends)
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            for end in (process.stdin, process.stdout):
                if end:
                    _close(end)
            process.wait()
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip().splitlines()
            raise NotKept(f"{program.name} failed: {' '.join(words[-3:]) or process.returncode}")


def _close(end: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        end.close()


def _end(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None  # noqa: S101 - it was asked for
    return end


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]
