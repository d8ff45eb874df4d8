"""What a backup says of itself, what is refused of it, and which go when there are newer ones."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from arvio.keeping import making, programs, rules
from arvio.keeping.archive import check_whole, manifest_of, new_file, pack
from arvio.keeping.errors import NotKept
from arvio.keeping.rules import Figures, Manifest

pytestmark = pytest.mark.once

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FIGURES = Figures(["reviews.0001_initial"], {"review": 3}, {"0192": "7 abc"})
WORDS = b"Words of somebody. " * 90_000


def manifest(digest: str = "", length: int = 0, **fields: Any) -> Manifest:
    values: dict[str, Any] = {
        "format": rules.FORMAT,
        "arvio": "0.1.0",
        "made_at": NOW,
        "database": "sqlite",
        "server": "3.40",
        "schema": "",
        "secret": "5ec4e7",
        "sha256": digest,
        "bytes": length,
        "figures": FIGURES,
    }
    return Manifest(**{**values, **fields})


def backup(path: Path, **fields: Any) -> Path:
    with new_file(path) as out:
        pack(
            out=out,
            database=io.BytesIO(WORDS),
            squeeze=False,
            describe=lambda digest, length: manifest(digest, length, **fields),
            progress=lambda done: None,
        )
    return path


def look(path: Path) -> Manifest:
    found = manifest_of(path)
    check_whole(path, found, lambda done: None)
    return found


def test_a_backup_says_what_it_is(tmp_path: Path) -> None:
    found = look(backup(tmp_path / "a.zip"))
    assert found.figures == FIGURES
    assert found.made_at == NOW
    assert found.bytes == len(WORDS)
    assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600


def cut_off(whole: bytes) -> bytes:
    return whole[: len(whole) * 9 // 10]


def flipped(whole: bytes) -> bytes:
    return whole[:5_000] + bytes([whole[5_000] ^ 1]) + whole[5_001:]


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name.replace("_json", ".json"), content)
    return out.getvalue()


def with_manifest(**fields: Any) -> Callable[[bytes], bytes]:
    document = {**rules.written(manifest()), **fields}
    return lambda whole: zipped(database=WORDS, manifest_json=json.dumps(document).encode())


def marked(place: int, value: int) -> Callable[[bytes], bytes]:
    """One byte of what the list at the end says of the database."""

    def change(whole: bytes) -> bytes:
        entry = whole.index(b"PK\x01\x02") + place
        return whole[:entry] + bytes([value]) + whole[entry + 1 :]

    return change


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda whole: b"", "cut off or damaged"),
        (lambda whole: b"%PDF-1.7 a letter", "cut off or damaged"),
        (cut_off, "cut off or damaged"),
        (flipped, "is damaged"),
        (lambda whole: zipped(letter=b"Dear all"), "isn't a backup of Arvio"),
        (lambda whole: zipped(database=b"", manifest_json=b"[1]"), "isn't a backup of Arvio"),
        (lambda whole: zipped(database=b"", manifest_json=b"{"), "manifest is damaged"),
        (with_manifest(format=2), "of format 2, and this Arvio reads up to 1"),
        (with_manifest(made_at="yesterday"), "manifest is damaged"),
        (with_manifest(rows=None), "manifest is damaged"),
        (with_manifest(bytes=float("inf")), "manifest is damaged"),
        (marked(8, 0x01), "is damaged"),  # "encrypted", by one bit
        (marked(10, 0x63), "is damaged"),  # packed in a way that nobody knows
        (with_manifest(sha256="0" * 64, bytes=len(WORDS)), "isn't the one that its manifest"),
    ],
)
def test_what_is_no_whole_backup_is_refused_with_a_sentence(
    tmp_path: Path, broken: Callable[[bytes], bytes], said: str
) -> None:
    path = backup(tmp_path / "a.zip")
    path.write_bytes(broken(path.read_bytes()))
    with pytest.raises(NotKept, match=said):
        look(path)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, None),
        ({"database": "postgresql"}, "a backup of PostgreSQL, and DATABASE_URL names SQLite"),
        (
            {"arvio": "9.0", "figures": Figures(["reviews.0400_moods"], {}, {})},
            r"newer Arvio \(9.0\): this one doesn't know 1 of its migrations, such as reviews.0400",
        ),
        ({"made_at": NOW + timedelta(days=2)}, "this machine's clock right"),
    ],
)
def test_what_fits_not_here_is_refused(fields: dict[str, Any], said: str | None) -> None:
    found = rules.refusal(
        manifest(**fields), database="sqlite", known=["reviews.0001_initial"], now=NOW
    )
    if said is None:
        assert found is None
    else:
        with pytest.raises(NotKept, match=said):
            raise NotKept(found)


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        with new_file(tmp_path / "a.zip") as out:
            out.write(WORDS)
            raise NotKept("no space left")

    with pytest.raises(NotKept):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_older_backups_go_and_whatever_else_is_there_stays(tmp_path: Path) -> None:
    names = []
    for day in range(4):
        at = NOW + timedelta(days=day)
        names.append(backup(making.file_in(tmp_path, now=at), made_at=at).name)
    others = ["arvio-2020-01-01T000000Z.zip", "holidays.zip"]
    for name in others:
        (tmp_path / name).write_bytes(b"of somebody")
    (tmp_path / ".arvio-2020-01-01T000000Z.zip.part").write_bytes(b"of somebody who was stopped")
    gone = making.prune(folder=tmp_path, keep=2, at=datetime.now(UTC) + timedelta(days=2))  # noqa: TID251 - beside a file's own time
    assert len(gone) == 3
    assert {path.name for path in tmp_path.iterdir()} == {*names[2:], *others}


def test_a_program_that_fits_the_server_is_chosen_and_what_to_install_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    with pytest.raises(NotKept, match=r"There is no pg_dump here.*postgresql-client-16"):
        programs.find("pg_dump", server=16)
    for version in (15, 17, 18):
        program(tmp_path / str(version) / "bin", version)
    assert programs.find("pg_dump", server=17).parent.parent.name == "17"
    assert programs.find("pg_dump", server=16).parent.parent.name == "17"
    with pytest.raises(NotKept, match=r"server is PostgreSQL 19.* of version 18, which is older"):
        programs.find("pg_dump", server=19)
    program(tmp_path / "path", 17)
    assert programs.find("pg_dump", server=17).parent.name == "path"


def program(folder: Path, version: int) -> None:
    folder.mkdir(parents=True)
    path = folder / "pg_dump"
    path.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.2'\n")
    path.chmod(0o755)


def test_a_password_is_told_by_the_environment() -> None:
    told = programs.environment(
        {"dbname": "arvio", "host": "db", "password": "hunter2", "sslmode": "require", "port": None}
    )
    assert (told["PGDATABASE"], told["PGPASSWORD"], told["PGSSLMODE"]) == (
        "arvio",
        "hunter2",
        "require",
    )
    assert "PGPORT" not in told or told["PGPORT"]
