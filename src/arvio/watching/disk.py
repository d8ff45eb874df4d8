"""Is there room to write? The disk of SQLite's file is here; PostgreSQL's answers for itself."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from arvio.outage import FULL, outage
from arvio.watching import database

# Doctor speaks early; `/-/ready` at the last moment, when even a page of a file may fail.
LOW, LEAST = 512 * 1024 * 1024, 4 * 1024 * 1024
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PROBE = b"\0" * 64 * 1024


def is_full() -> bool:
    """Is there no room for what the database has to write? Raises what says that it is away."""
    if connection.vendor == "sqlite":
        folder = _folder()
        return folder is not None and (_free(folder) < LEAST or bool(_refusal(folder)))
    try:
        database.write_a_little()
    except Exception as error:
        if outage(error) is FULL:
            return True
        raise
    return False


def room() -> Iterator[str]:
    if connection.vendor == "sqlite":
        if folder := _folder():
            yield from _room(folder)
    elif is_full():
        yield (
            "PostgreSQL's disk is full: reviews can be read, and none can be saved. Make room on "
            "the disk of its data; it goes on by itself"
        )


def _room(folder: Path) -> Iterator[str]:
    if refusal := _refusal(folder):
        yield f"nothing can be written in {folder}: {refusal}. Make room, or mend its rights"
    if (free := _free(folder)) < LOW:
        yield (
            f"the disk of {folder} has {free // 1024 // 1024:,} MB left. Make room, or move the "
            "database to a larger one: on a full disk nothing can be saved"
        )


def _folder() -> Path | None:
    """Where SQLite's file is; None for one in memory."""
    name = str(connection.settings_dict["NAME"])
    folder = Path(name).parent
    return folder if ":memory:" not in name and "mode=memory" not in name else None


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _refusal(folder: Path) -> str:
    """Why nothing can be written there: a quota or a mount doesn't show in the free space."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(PROBE)
    except OSError as error:
        return "it is full" if error.errno in NO_ROOM else str(error.strerror)
    return ""
