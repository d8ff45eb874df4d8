"""SQLite: copied by its own online backup, restored into a new file that takes the old
one's place.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from arvio.keeping.archive import new_file, sync_folder
from arvio.keeping.errors import NotKept
from arvio.keeping.figures import figures, tables
from arvio.keeping.rules import Figures

KIND = "sqlite"
PAGES = 2_000
BESIDE = ("-wal", "-shm", "-journal")


def path_of(connection: Any) -> Path:
    return Path(connection.settings_dict["NAME"])


def copy(*, source: Path, target: Path, progress: Callable[[int, int, int], object]) -> Figures:
    """The database as it stands at one moment, while others write; and what it holds, counted.

    The moment is held by a reading transaction, which in WAL keeps nobody from writing; without
    it the copy would begin anew with every write. Raises NotKept.
    """
    if not source.is_file():
        raise NotKept(f"There is no database {source}.")
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(_open(source)) as here, closing(sqlite3.connect(target)) as there:
            here.execute("BEGIN")
            here.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            here.backup(there, pages=PAGES, progress=progress)
            here.rollback()
            return _whole(there)
    except sqlite3.Error as error:
        raise NotKept(f"The database {source} can't be copied: {error}.") from error


def count(path: Path) -> Figures:
    """Raises NotKept for what SQLite can't read."""
    try:
        with closing(_open(path)) as database:
            return _whole(database)
    except sqlite3.Error as error:
        raise NotKept(f"{path} can't be read as a database: {error}.") from error


def is_empty(path: Path) -> bool:
    """A file that can't be read isn't: somebody may still save something of it."""
    if not path.is_file() or path.stat().st_size == 0:
        return True
    try:
        with closing(_open(path)) as database:
            return not tables(database.cursor(), kind=KIND)
    except sqlite3.Error:
        return False


def in_the_way(path: Path) -> str | None:
    """Why nothing can be restored here just now. As a side effect the file becomes whole by itself,
    without the log beside it: for that SQLite wants to be alone.
    """
    if not path.is_file():
        return None
    try:
        with closing(_open(path)) as database:
            database.execute("PRAGMA busy_timeout=1000")
            database.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return f"Somebody uses {path}. Stop `arvio serve` and `arvio work` first."
    except sqlite3.DatabaseError:
        pass  # damaged: nobody can use it
    return None


@contextmanager
def new_database(connection: Any, pieces: Iterable[bytes]) -> Iterator[Path]:
    """Inside, `connection` leads to a new file that holds the backup; on the way out it takes the
    place of the old one, and is gone when something fails.
    """
    path = path_of(connection)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.restoring")
    _remove(new)
    usual = connection.settings_dict["NAME"]
    connection.close()
    try:
        with new_file(new) as out:
            for piece in pieces:
                out.write(piece)
        connection.settings_dict["NAME"] = str(new)
        yield new
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        _take_place(new, path)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        _remove(new)


def _take_place(new: Path, path: Path) -> None:
    """A log of the old file beside the new one would be taken for its own."""
    _belong(new, like=path if path.exists() else path.parent)
    with new.open("rb+") as whole:
        os.fsync(whole.fileno())
    for end in BESIDE:
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
    new.rename(path)
    sync_folder(path.parent)


def _belong(new: Path, *, like: Path) -> None:
    """To whom the old one belonged: root restores, and the service has to read it."""
    owner = like.stat()
    if os.geteuid() == 0:
        os.chown(new, owner.st_uid, owner.st_gid)
    if like.is_file():
        new.chmod(stat.S_IMODE(owner.st_mode))


def _remove(path: Path) -> None:
    for end in ("", *BESIDE):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)


def _open(path: Path) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=20, isolation_level=None)


def _whole(database: sqlite3.Connection) -> Figures:
    (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise NotKept(f"The database is damaged: {said}.")
    return figures(database.cursor(), kind=KIND)
