"""What time it is. Only the edge (a request, the worker, a command) asks; others take `now`.

In the demo the clock can be moved: the offset in seconds lives in a small file that every process
of the demo reads, named by `ARVIO_CLOCK`. Tokens and logins stay on the real clock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def now() -> datetime:
    """The time, aware, in UTC."""
    return real() + offset()


def real() -> datetime:
    """The time nobody moves: of leases, and of what else lives between processes."""
    return datetime.now(UTC)


def offset() -> timedelta:
    name = os.environ.get("ARVIO_CLOCK")
    if not name:
        return timedelta(0)
    try:
        return timedelta(seconds=float(Path(name).read_text()))
    except (FileNotFoundError, ValueError, OverflowError):
        return timedelta(0)


def advance(by: timedelta) -> datetime:
    """Move the demo's clock forward and answer the new time.

    Raises RuntimeError outside the demo.
    """
    name = os.environ.get("ARVIO_CLOCK")
    if not name:
        raise RuntimeError("the clock moves only in the demo")
    there = now() + by  # beyond the year 9999 this fails, before anything is written
    path = Path(name)
    moved = path.with_suffix(f".{os.getpid()}")
    moved.write_text(str((offset() + by).total_seconds()))
    moved.replace(path)
    return there
