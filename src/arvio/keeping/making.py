"""Making a backup, and letting older ones go."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from sqlite3 import sqlite_version

from django.db import connection
from django.utils.crypto import salted_hmac

from arvio.keeping import postgresql, sqlite
from arvio.keeping.archive import PART, Progress, manifest_of, new_file, pack
from arvio.keeping.errors import NotKept
from arvio.keeping.rules import ABANDONED, FORMAT, Figures, Manifest, to_prune

NAMED = "arvio-%Y-%m-%dT%H%M%SZ.zip"
OURS = "arvio-????-??-??T??????Z.zip"


def file_in(folder: Path, *, now: datetime) -> Path:
    return folder / now.strftime(NAMED)


def make_backup(*, path: Path, now: datetime, progress: Progress) -> Manifest:
    """Write a backup of the database to `path`, which isn't there yet; raises NotKept."""
    if path.exists():
        raise NotKept(f"{path} is there already.")
    if not path.parent.is_dir():
        raise NotKept(f"There is no folder {path.parent}.")
    try:
        return (_postgresql if connection.vendor == "postgresql" else _sqlite)(path, now, progress)
    except OSError as error:
        raise NotKept(f"{path} can't be written: {error.strerror or error}.") from error


def _postgresql(path: Path, now: datetime, progress: Progress) -> Manifest:
    # The file gets its name only after pg_dump has ended well.
    with new_file(path) as out, postgresql.dump(connection) as dump:
        return pack(
            out=out,
            database=dump.database,
            squeeze=False,
            describe=lambda digest, length: _manifest(
                dump.figures, dump.server, dump.schema, digest, length, now
            ),
            progress=progress,
        )


def _sqlite(path: Path, now: datetime, progress: Progress) -> Manifest:
    source, done = sqlite.path_of(connection), 0

    def told(status: int, remaining: int, total: int) -> None:
        nonlocal done
        reached = source.stat().st_size * (total - remaining) // total
        progress(reached - done)
        done = reached

    copy = path.with_name(f".{path.name}.copy{PART}")
    copy.unlink(missing_ok=True)
    try:
        figures = sqlite.copy(source=source, target=copy, progress=told)
        with new_file(path) as out, copy.open("rb") as database:
            return pack(
                out=out,
                database=database,
                squeeze=True,
                describe=lambda digest, length: _manifest(
                    figures, sqlite_version, "", digest, length, now
                ),
                progress=progress,
            )
    finally:
        for end in ("", *sqlite.BESIDE):
            copy.with_name(f"{copy.name}{end}").unlink(missing_ok=True)


def _manifest(
    figures: Figures, server: str, schema: str, digest: str, length: int, now: datetime
) -> Manifest:
    return Manifest(
        format=FORMAT,
        arvio=version("arvio"),
        made_at=now,
        database=connection.vendor,
        server=server,
        schema=schema,
        secret=secret_mark(),
        sha256=digest,
        bytes=length,
        figures=figures,
    )


def secret_mark() -> str:
    """Tells whether two have the same SECRET_KEY, and not what it is."""
    return salted_hmac("arvio.keeping", "backup", algorithm="sha256").hexdigest()[:16]


def prune(*, folder: Path, keep: int, at: datetime) -> list[Path]:
    """Remove our older backups of a folder but for the `keep` newest, and what somebody left who
    was stopped in the middle; answers which. What isn't a whole backup isn't counted and stays.
    """
    made: dict[str, datetime] = {}
    for path in folder.glob(OURS):
        try:
            made[path.name] = manifest_of(path).made_at
        except NotKept:
            continue
    gone = [folder / name for name in to_prune(made=made, keep=keep)]
    for part in folder.glob(f".arvio-*{PART}"):
        if at.timestamp() - part.stat().st_mtime > ABANDONED.total_seconds():
            gone.append(part)
    for path in gone:
        path.unlink()
    return gone
