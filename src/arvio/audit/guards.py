"""Triggers that refuse to change or delete what was once written, on SQLite and on PostgreSQL (DESIGN 4).

A model names its exceptions in `guard`; the tables and columns are read from the models, so a new column is
guarded from the migration that adds it. Triggers read only OLD and NEW; on SQLite one more looks for the row that
an INSERT OR REPLACE would overwrite, because plain triggers don't see that delete on a connection without
`recursive_triggers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


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
    present = set(connection.introspection.table_names())
    lift(connection)
    with connection.cursor() as cursor:
        for model, guard in guarded_models():
            if model._meta.db_table in present:
                for statement in _create(connection.vendor, model, guard):
                    cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away. For flushing a test database; nothing in the product calls it but `install`."""
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
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
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


def _create(vendor: str, model: type[models.Model], guard: Guard) -> list[str]:
    return _sqlite(model, guard) if vendor == "sqlite" else _postgresql(model, guard)


def _sqlite(model: type[models.Model], guard: Guard) -> list[str]:
    table = model._meta.db_table
    refuse = f"SELECT RAISE(ABORT, '{table} is append-only');"
    taken = " OR ".join(f"({key})" for key in _keys(model))
    update, delete, replace = _names("sqlite", table)
    return [
        f"CREATE TRIGGER {update} BEFORE UPDATE ON {table} "
        f"WHEN NOT ({_allowed(model, guard, 'IS')}) BEGIN {refuse} END",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} BEGIN {refuse} END",
        f"CREATE TRIGGER {replace} BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) BEGIN {refuse} END",
    ]


def _postgresql(model: type[models.Model], guard: Guard) -> list[str]:
    table = model._meta.db_table
    update, delete, truncate = _names("postgresql", table)
    refuse = f"EXECUTE FUNCTION guard_{table}()"
    return [
        f"CREATE OR REPLACE FUNCTION guard_{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {update} BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (NOT ({_allowed(model, guard, 'IS NOT DISTINCT FROM')})) {refuse}",
        f"CREATE TRIGGER {delete} BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


def _allowed(model: type[models.Model], guard: Guard, same: str) -> str:
    """The condition under which an UPDATE passes: nothing of the record changed, or it is the one erasure."""

    def unchanged(column: str) -> str:
        return f"NEW.{column} {same} OLD.{column}"

    columns = [str(field.column) for field in model._meta.local_concrete_fields]
    kept = [column for column in columns if column not in guard.free]
    usual = [
        f"({unchanged(column)} OR OLD.{column} IS NULL)"
        if column in guard.once
        else unchanged(column)
        for column in kept
    ]
    condition = " AND ".join(usual)
    if not guard.erased:
        return condition
    fixed = [unchanged(column) for column in kept if column not in (*guard.erased, "erased_at")]
    blank = [f"NEW.{column} = {_blank(model, column)}" for column in guard.erased]
    erasure = " AND ".join([*fixed, *blank, "OLD.erased_at IS NULL", "NEW.erased_at IS NOT NULL"])
    return f"({condition}) OR ({erasure})"


def _blank(model: type[models.Model], column: str) -> str:
    field: Any = next(
        field for field in model._meta.local_concrete_fields if field.column == column
    )
    if isinstance(field, models.JSONField):
        raise TypeError(f"{column}: words live in text columns, so that erasure can blank them")
    return "''"


def _keys(model: type[models.Model]) -> list[str]:
    """What an overwriting INSERT could hit: a condition for every unique key of the table."""
    column = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    keys = [
        f"{field.column} = NEW.{field.column}"
        for field in model._meta.local_concrete_fields
        if field.unique
    ]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            same = [f"{column[name]} = NEW.{column[name]}" for name in constraint.fields]
            children: Any = constraint.condition.children if constraint.condition else []
            for name, value in children:
                same += [f"{column[name]} = '{value}'", f"NEW.{column[name]} = '{value}'"]
            keys.append(" AND ".join(same))
    return keys
