"""A file that is no text in UTF-8 is refused as a whole, with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from arvio.connect import files
from arvio.connect.files import FileProblem, Lines

pytestmark = pytest.mark.once


def made(folder: Path, content: bytes) -> Lines:
    path = folder / "file.csv"
    path.write_bytes(content)
    return Lines(path)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_is_read_with_and_without_a_mark(tmp_path: Path, mark: bytes) -> None:
    lines = made(tmp_path, mark + "Ä,1\r\nö,2\n".encode())
    assert list(lines) == ["Ä,1\r\n", "ö,2\n"]
    assert list(lines) == ["Ä,1\r\n", "ö,2\n"]
    assert (lines.number, lines.cut) == (2, False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        ("Store\n".encode("utf-16"), "is in UTF-16"),
        ("Store\n".encode("utf-32"), "is in UTF-32"),
        ("Store\n".encode("utf-16-le"), "line 1 has a NUL byte"),
        (b"\x89PNG\r\n\x1a\n\0\0", "isn't UTF-8"),
        ("Store\nKäse\n".encode("cp1252"), "line 2 has a byte that isn't UTF-8 (byte 2)"),
        (b"Store\n\xff\n", "line 2 has a byte that isn't UTF-8 (byte 1)"),
        (b"Store\na\0b\n", "line 2 has a NUL byte"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FileProblem) as caught:
        list(made(tmp_path, content))
    assert said in str(caught.value)


def test_a_line_without_end_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 1024 * 1024)
    with pytest.raises(FileProblem, match="line 1 is longer than 1 MiB"):
        list(made(tmp_path, b"x" * (3 * 1024 * 1024)))


def test_a_file_cut_within_a_character_is_cut_there(tmp_path: Path) -> None:
    lines = made(tmp_path, "one\ntwö".encode()[:-1])
    assert list(lines) == ["one\n", "tw"]
    assert lines.cut


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="There is no file"):
        Lines(tmp_path / "nothing.csv")
    with pytest.raises(FileProblem, match="is no file"):
        Lines(tmp_path)
