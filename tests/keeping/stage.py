"""Databases that a test may drop: beside the run's own, and the whole process is led to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections

from arvio.keeping import sqlite


@contextmanager
def another_database(folder: Path, *, migrated: bool) -> Iterator[None]:
    """A new database of the kind of this run, empty or with all tables; gone afterwards."""
    usual = connection.settings_dict["NAME"]
    name = str(folder / "kept.sqlite3")
    if connection.vendor == "postgresql":
        name = f"{usual}_{uuid4().hex[:8]}"
    create(name, like=str(usual) if migrated else "")
    lead(name)
    try:
        yield
    finally:
        lead(str(usual))
        drop(name)


def lead(name: str) -> None:
    """Every thread's next connection goes there."""
    connection.close()
    connections.settings["default"]["NAME"] = name
    assert connection.settings_dict["NAME"] == name
    ContentType.objects.clear_cache()


def create(name: str, *, like: str = "") -> None:
    if connection.vendor == "postgresql":
        template = f' TEMPLATE "{like}"' if like else ""
        _execute(f'CREATE DATABASE "{name}"{template}')
    elif like:
        with closing(sqlite3.connect(like)) as source, closing(sqlite3.connect(name)) as target:
            source.backup(target)


def drop(name: str) -> None:
    if connection.vendor == "postgresql":
        _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        return
    for end in ("", *sqlite.BESIDE):
        Path(f"{name}{end}").unlink(missing_ok=True)


def lose() -> None:
    """The database that we are led to is dropped, and an empty one is made in its place."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    if connection.vendor != "postgresql":
        drop(name)
        return
    lead("postgres")
    drop(name)
    create(name)
    lead(name)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
