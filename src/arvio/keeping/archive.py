"""The file of a backup: a zip of the database and of a manifest that says what it is.

It is written beside and renamed when it is whole, so that a name is a backup or isn't there.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from arvio.keeping.errors import NotKept
from arvio.keeping.rules import Manifest, read, written

DATABASE, MANIFEST = "database", "manifest.json"
# A manifest names tables and migrations; whatever is larger is none.
LONGEST_MANIFEST = 4 * 2**20
PIECE = 2**20
PART = ".part"
# What zipfile says of what it can't unpack, a wrong bit in its lists included.
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)

Progress = Callable[[int], None]


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """For whoever runs this alone (mode 600), on the disk when it gets its name, or gone."""
    part = path.with_name(f".{path.name}{PART}")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def pack(
    *,
    out: IO[bytes],
    database: IO[bytes],
    squeeze: bool,
    describe: Callable[[str, int], Manifest],
    progress: Progress,
) -> Manifest:
    """Write a database and what `describe` says of its SHA-256 and length.

    `squeeze` what isn't small already. The manifest comes last, since it tells of what is before.
    """
    digest, length = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(DATABASE)
    entry.compress_type = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", allowZip64=True) as packed:
        with packed.open(entry, "w", force_zip64=True) as inside:
            while piece := database.read(PIECE):
                digest.update(piece)
                length += len(piece)
                inside.write(piece)
                progress(len(piece))
        manifest = describe(digest.hexdigest(), length)
        packed.writestr(MANIFEST, json.dumps(written(manifest), indent=1))
    return manifest


def manifest_of(path: Path) -> Manifest:
    """What a file says that it is. Raises NotKept for what is no backup, or not a whole one."""
    try:
        with zipfile.ZipFile(path) as packed:
            if packed.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
                raise NotKept(f"{path}: its manifest is too large to be one.")
            packed.getinfo(DATABASE)
            return read(json.loads(packed.read(MANIFEST)))
    except OSError as error:
        raise NotKept(f"{path} can't be read: {error.strerror or error}.") from error
    except KeyError:
        raise NotKept(f"{path}: It isn't a backup of Arvio.") from None
    except BROKEN:
        raise NotKept(f"{path} isn't a whole backup of Arvio: it is cut off or damaged.") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise NotKept(f"{path}: Its manifest is damaged.") from None
    except ValueError as error:
        raise NotKept(f"{path}: {error}") from None


def check_whole(path: Path, manifest: Manifest, progress: Progress) -> None:
    """Every byte of the database, before any of them is believed. Raises NotKept."""
    digest, length = hashlib.sha256(), 0
    for piece in pieces(path):
        digest.update(piece)
        length += len(piece)
        progress(len(piece))
    if (length, digest.hexdigest()) != (manifest.bytes, manifest.sha256):
        raise NotKept(f"{path} is damaged: its database isn't the one that its manifest tells of.")


def pieces(path: Path) -> Iterator[bytes]:
    """The database inside, piece by piece."""
    try:
        with zipfile.ZipFile(path) as packed, packed.open(DATABASE) as inside:
            while piece := inside.read(PIECE):
                yield piece
    except (*BROKEN, EOFError, OSError, KeyError) as error:
        raise NotKept(f"{path} is damaged: {error}.") from error
