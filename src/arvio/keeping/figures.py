"""Counting what a database holds: a few statements a table, whatever the tables mean."""

from __future__ import annotations

from typing import Any

from arvio.keeping.rules import Figures

TABLES = {
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
    "ORDER BY 1",
}
NEWEST = (
    "SELECT marketplace_id, number, hash FROM audit_seal AS seal WHERE number = "
    "(SELECT MAX(number) FROM audit_seal AS other "
    "WHERE other.marketplace_id = seal.marketplace_id)"
)


def figures(cursor: Any, *, kind: str) -> Figures:
    """`cursor` is any of the database's own; nothing of Django is asked, so a schema of any age
    can be counted.
    """
    there = tables(cursor, kind=kind)
    rows = {}
    for table in there:
        cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - a table that is there
        rows[table] = int(cursor.fetchone()[0])
    migrations: list[str] = []
    if "django_migrations" in there:
        cursor.execute("SELECT app, name FROM django_migrations")
        migrations = sorted(f"{app}.{name}" for app, name in cursor.fetchall())
    seals = {}
    if "audit_seal" in there:
        cursor.execute(NEWEST)
        seals = {
            str(place).replace("-", ""): f"{number} {head}"
            for place, number, head in cursor.fetchall()
        }
    return Figures(migrations=migrations, rows=rows, seals=seals)


def tables(cursor: Any, *, kind: str) -> list[str]:
    cursor.execute(TABLES[kind])
    return [str(row[0]) for row in cursor.fetchall()]
