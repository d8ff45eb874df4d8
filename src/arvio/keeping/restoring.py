"""Putting a backup where the database is, step by step; each step says what it found.

Nothing is touched before the file was read to its end and found whole, and what is replaced goes
only when what replaces it stands, migrated and guarded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from arvio.audit import guards
from arvio.keeping import postgresql, rules, sqlite
from arvio.keeping.archive import Progress, check_whole, manifest_of, pieces
from arvio.keeping.awake import Awake, erased_since, settle
from arvio.keeping.errors import NotKept
from arvio.keeping.making import secret_mark
from arvio.keeping.rules import Figures, Manifest, moment


@dataclass(frozen=True)
class Wish:
    """What is asked for beside the backup itself. `erased`: users who are to be erased again."""

    replace: bool = False
    hold_mail: bool = False
    erased: Sequence[UUID] = ()


@dataclass
class Restored:
    manifest: Manifest
    awake: Awake
    replaced: bool
    # None: what was replaced couldn't be asked.
    erased_there: list[UUID] | None = None
    said: list[str] = field(default_factory=list)


def look(*, path: Path, now: datetime, progress: Progress) -> Manifest:
    """Read a backup to its end and see whether it can go into this database. Raises NotKept."""
    manifest = manifest_of(path)
    known = {
        f"{app}.{name}"
        for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    }
    said = rules.refusal(manifest, database=connection.vendor, known=known, now=now)
    if said:
        raise NotKept(f"{path} can't be restored here. {said}")
    check_whole(path, manifest, progress)
    return manifest


def standing() -> Figures | None:
    """What is in the database now; None when it is empty. Raises NotKept when it can't be read."""
    if connection.vendor == "postgresql":
        return None if postgresql.is_empty(connection) else postgresql.count(connection)
    path = sqlite.path_of(connection)
    return None if sqlite.is_empty(path) else sqlite.count(path)


def in_the_way(*, manifest: Manifest, replacing: bool) -> str | None:
    connection.close()
    if connection.vendor == "postgresql":
        return postgresql.in_the_way(connection, schema=manifest.schema, replacing=replacing)
    return sqlite.in_the_way(sqlite.path_of(connection))


def restore(
    *,
    path: Path,
    manifest: Manifest,
    wish: Wish,
    now: datetime,
    say: Callable[[str], None],
    progress: Progress,
) -> Restored:
    """Put a backup that was looked at in the place of what is there. Raises NotKept; then what was
    there is there again.
    """
    if said := in_the_way(manifest=manifest, replacing=wish.replace):
        raise NotKept(said)
    gone = erased_since(connection, manifest.made_at) if wish.replace else []
    with _loaded(_told(path, progress), manifest, wish):
        figures = _count()
        if wrong := rules.differences(backup=manifest.figures, restored=figures):
            raise NotKept(f"What was restored isn't what was kept: {'; '.join(wrong[:5])}.")
        rows = sum(figures.rows.values())
        say(f"{rows:,} rows in {len(figures.rows)} tables are as they were in the backup.")
        _migrate(manifest, say)
        _guard(say)
        awake = settle(erased=[*(gone or []), *wish.erased], hold_mail=wish.hold_mail, at=now)
    return Restored(manifest, awake, replaced=wish.replace, erased_there=gone)


@contextmanager
def _loaded(source: Iterator[bytes], manifest: Manifest, wish: Wish) -> Iterator[None]:
    """Inside, `connection` leads to what was restored."""
    if connection.vendor == "sqlite":
        with sqlite.new_database(connection, source):
            yield
        return
    if wish.replace and not postgresql.is_empty(connection):
        with postgresql.put_aside(connection):
            postgresql.load(connection, pieces=source, schema=manifest.schema)
            yield
        return
    with postgresql.empty_again(connection):
        postgresql.load(connection, pieces=source, schema=manifest.schema)
        yield


def _count() -> Figures:
    if connection.vendor == "postgresql":
        return postgresql.count(connection)
    return sqlite.count(sqlite.path_of(connection))


def _migrate(manifest: Manifest, say: Callable[[str], None]) -> None:
    before = set(manifest.figures.migrations)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise NotKept(f"The backup can't be brought to this Arvio's tables: {error}") from error
    now = set(_count().migrations)
    if run := len(now - before):
        say(
            f"The backup is of an older Arvio ({manifest.arvio}): {run} "
            f"migration{'' if run == 1 else 's'} were run."
        )


def _guard(say: Callable[[str], None]) -> None:
    if missing := guards.missing(connection):
        raise NotKept(f"{len(missing)} guards are missing, such as {missing[0]}.")
    say("The guards of what is append-only stand.")


def lost_seals(manifest: Manifest) -> list[str]:
    """Seals of the backup that aren't the newest now."""
    return rules.other_seals(backup=manifest.figures, restored=_count())


def other_secret(manifest: Manifest) -> bool:
    return manifest.secret != secret_mark()


def replaced_words(figures: Figures) -> str:
    rows = figures.rows
    return (
        f"{rows.get('marketplace', 0):,} marketplaces, {rows.get('review', 0):,} reviews, "
        f"{rows.get('audit_row', 0):,} rows of history"
    )


def age_words(manifest: Manifest, *, now: datetime) -> str:
    minutes = max(0, int((now - manifest.made_at).total_seconds() // 60))
    if minutes >= 48 * 60:
        age = f"{minutes // (24 * 60)} days"
    else:
        age = f"{minutes // 60} h {minutes % 60} min"
    return f"{moment(manifest.made_at)}, {age} ago"


def _told(path: Path, progress: Progress) -> Iterator[bytes]:
    for piece in pieces(path):
        progress(len(piece))
        yield piece
