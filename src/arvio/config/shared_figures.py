"""One folder in which the processes of a server count their requests together.

Chosen before anything imports prometheus_client, which looks at the environment once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from arvio.config import env

NAME = "PROMETHEUS_MULTIPROC_DIR"
# Memory where there is some: a full disk would end a process in the middle of a count.
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@contextmanager
def one_folder() -> Iterator[Path]:
    """Empty at the start: whoever counted in it before has ended."""
    env.read_file(env.FILE)
    if named := env.text(NAME):
        folder = Path(named)
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.db"):
            old.unlink()
        yield folder
        return
    memory = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="arvio-figures-", dir=memory) as made:
        os.environ[NAME] = made
        try:
            yield Path(made)
        finally:
            os.environ.pop(NAME)
