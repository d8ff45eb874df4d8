"""Triggers that refuse to change or delete what was once written, on both databases (DESIGN 4).

A model names its exceptions in `guard`; the tables and columns are read from the models, so a new
column is guarded from the migration that adds it. Triggers read only OLD and NEW; on SQLite they
also look for the row that INSERT OR REPLACE or UPDATE OR REPLACE would overwrite, because delete
triggers don't see it on a connection without `recursive_triggers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True)
class Guard:
    """What may still change in a table that is otherwise insert-only.

    `once`: columns set from NULL a single time. `free`: columns that aren't part of the record.
    `erased`: columns that erasure (law) blanks, only together with `erased_at`.
    """

    once: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()


def guarded_models() -> Iterator[tuple[type[models.Model], Guard]]:
    for model in apps.get_models():
        guard = getattr(model, "guard", None)
        if isinstance(guard, Guard):
            yield model, guard


def install(connection: BaseDatabaseWrapper) -> None:
    """Guard the tables that are there, column by column as they are: a model may be ahead of its
    table while migrations run.
    """
    present = set(connection.introspection.table_names())
    create = _sqlite if connection.vendor == "sqlite" else _postgresql
    for model, guard in guarded_models():
        table = model._meta.db_table
        if table not in present:
            continue
        # A table at a time: none is unguarded for a moment, and no two are locked together.
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            for statement in _drop(connection.vendor, table):
                cursor.execute(statement)
            for statement in create(model, guard, _columns(cursor, connection, model)):
                cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: while migrations run, and for flushing a test database."""
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model, _ in guarded_models():
            table = model._meta.db_table
            if table in present:
                for statement in _drop(connection.vendor, table):
                    cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of guards that should stand and don't."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        standing = {row[0] for row in cursor.fetchall()}
    return sorted(
        name
        for model, _ in guarded_models()
        for name in _names(connection.vendor, model._meta.db_table)
        if name not in standing
    )


def _names(vendor: str, table: str) -> list[str]:
    last = "replace" if vendor == "sqlite" else "truncate"
    return [f"guard_{table}_{event}" for event in ("update", "delete", last)]


def _drop(vendor: str, table: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name in _names(vendor, table)]
    return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in _names(vendor, table)] + [
        f"DROP FUNCTION IF EXISTS guard_{table}()"
    ]


def _columns(
    cursor: CursorWrapper, connection: BaseDatabaseWrapper, model: type[models.Model]
) -> set[str]:
    table = model._meta.db_table
    return {row.name for row in connection.introspection.get_table_description(cursor, table)}


def _sqlite(model: type[models.Model], guard: Guard, columns: set[str]) -> list[str]:
    """NEW.rowid is -1 in a BEFORE INSERT trigger unless the statement names a rowid."""
    table = model._meta.db_table
    refuse = f"SELECT RAISE(ABORT, '{table} is append-only');"
    taken = " OR ".join(f"({key})" for key in ["rowid = NEW.rowid", *_keys(model, columns)])
    allowed = f"NEW.rowid = OLD.rowid AND ({_allowed(model, guard, columns, 'IS')})"
    standing = f"SELECT 1 FROM {table} WHERE"  # noqa: S608 - the name of our own table
    update, delete, replace = _names("sqlite", table)
    return [
        f"CREATE TRIGGER {update} BEFORE UPDATE ON {table} "
        f"WHEN NOT ({allowed}) OR EXISTS ({standing} rowid <> OLD.rowid AND ({taken})) "
        f"BEGIN {refuse} END",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} BEGIN {refuse} END",
        f"CREATE TRIGGER {replace} BEFORE INSERT ON {table} "
        f"WHEN EXISTS ({standing} {taken}) BEGIN {refuse} END",
    ]


def _postgresql(model: type[models.Model], guard: Guard, columns: set[str]) -> list[str]:
    table = model._meta.db_table
    update, delete, truncate = _names("postgresql", table)
    refuse = f"EXECUTE FUNCTION guard_{table}()"
    return [
        f"CREATE OR REPLACE FUNCTION guard_{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {update} BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (NOT ({_allowed(model, guard, columns, 'IS NOT DISTINCT FROM')})) {refuse}",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


def _allowed(model: type[models.Model], guard: Guard, present: set[str], same: str) -> str:
    """When an UPDATE passes: nothing of the record changed, or it is the one erasure."""

    def unchanged(column: str) -> str:
        return f"NEW.{column} {same} OLD.{column}"

    columns = [str(field.column) for field in model._meta.local_concrete_fields]
    kept = [column for column in columns if column in present and column not in guard.free]
    usual = [
        f"({unchanged(column)} OR OLD.{column} IS NULL)"
        if column in guard.once
        else unchanged(column)
        for column in kept
    ]
    condition = " AND ".join(usual)
    erased = [column for column in guard.erased if column in present]
    if not erased or "erased_at" not in present:
        return condition
    fixed = [unchanged(column) for column in kept if column not in (*erased, "erased_at")]
    blank = [f"NEW.{column} = {_blank(model, column)}" for column in erased]
    erasure = " AND ".join([*fixed, *blank, "OLD.erased_at IS NULL", "NEW.erased_at IS NOT NULL"])
    return f"({condition}) OR ({erasure})"


def _blank(model: type[models.Model], column: str) -> str:
    field: Any = next(
        field for field in model._meta.local_concrete_fields if field.column == column
    )
    if not isinstance(field, models.JSONField):
        return "''"
    if field.default is not dict:
        raise TypeError(f"{column}: only JSON that is an object by default can be blanked, to {{}}")
    return "'{}'"


def _keys(model: type[models.Model], present: set[str]) -> list[str]:
    """What an overwriting statement could hit: a condition for every unique key of the table."""
    column = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    keys = [
        f"{field.column} = NEW.{field.column}"
        for field in model._meta.local_concrete_fields
        if field.unique and field.column in present
    ]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            if not present.issuperset(column[name] for name in constraint.fields):
                continue
            same = [f"{column[name]} = NEW.{column[name]}" for name in constraint.fields]
            children: Any = constraint.condition.children if constraint.condition else []
            for name, value in children:
                same += [f"{column[name]} = '{value}'", f"NEW.{column[name]} = '{value}'"]
            keys.append(" AND ".join(same))
    return keys
