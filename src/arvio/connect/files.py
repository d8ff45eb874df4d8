"""Text files from outside, read line by line in bounded memory.

What is wrong with a file as a whole ends the import before anything is taken.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

LONGEST_LINE = 8 * 1024 * 1024
ALLOWED = "Arvio reads text in UTF-8, with or without a byte order mark."
MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class FileProblem(Exception):
    """The file can't be imported; the message says why and what is allowed."""


class Lines:
    """The lines of a file with their line ends, from the first each time it is iterated.

    `number` is that of the line given last. `cut` says that the file ends inside a line: without a
    line end, or within a character, whose bytes are left out. Raises FileProblem.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self.cut = False
        if not path.exists():
            raise FileProblem(f"There is no file {str(path)!r}.")
        if not path.is_file():
            raise FileProblem(f"{str(path)!r} is no file. An import reads its file twice.")

    def __iter__(self) -> Iterator[str]:
        self.number, self.cut = 0, False
        try:
            with self.path.open("rb") as stream:
                self._refuse_wide(stream.read(4))
                stream.seek(0)
                while line := stream.readline(LONGEST_LINE + 1):
                    self.number += 1
                    yield self._decoded(line)
        except OSError as error:
            raise FileProblem(f"{self.path} can't be read: {error.strerror}.") from error

    def _refuse_wide(self, start: bytes) -> None:
        if not start:
            raise FileProblem(f"{self.path} is empty.")
        for mark, name in MARKS:
            if start.startswith(mark):
                raise FileProblem(f"{self.path} is in {name}. {ALLOWED}")

    def _decoded(self, line: bytes) -> str:
        if len(line) > LONGEST_LINE:
            raise self._problem(f"is longer than {LONGEST_LINE // 1024 // 1024} MiB")
        if b"\0" in line:
            raise self._problem("has a NUL byte: the file is binary, damaged or in UTF-16")
        self.cut = not line.endswith(b"\n")
        if self.number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            if self.cut and error.reason == "unexpected end of data":
                return line[: error.start].decode()
            raise self._problem(f"has a byte that isn't UTF-8 (byte {error.start + 1})") from error

    def _problem(self, what: str) -> FileProblem:
        return FileProblem(f"{self.path}: line {self.number} {what}. {ALLOWED}")
