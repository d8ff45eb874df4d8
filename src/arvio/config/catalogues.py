"""Compile the message catalogues, locale/*/LC_MESSAGES/*.po to .mo, by Babel: no system tool.

The .po files are the source; make compiles those whose .mo file is missing or older.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_one(*, source: Path) -> Path:
    """Compile one catalogue. Raises PoFileError, which names the line, where it can't be read."""
    with source.open("rb") as lines:
        catalogue = read_po(lines, locale=source.parent.parent.name, abort_invalid=True)
    target = source.with_suffix(".mo")
    # Written beside and moved into place: a server that starts meanwhile never reads half a file.
    unfinished = source.with_suffix(".mo.part")
    with unfinished.open("wb") as words:
        write_mo(words, catalogue)
    unfinished.replace(target)
    return target


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compile_one(source=Path(name))
