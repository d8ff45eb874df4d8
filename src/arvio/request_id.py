"""What a request is called, from the page that was asked for to the worker's log line.

Set at the edge (`watching`), taken by each due row that is written meanwhile, set again while the
row is served. Sixteen random figures say nothing of anybody.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 36
# As proxies make them: hexadecimal figures, as a UUID or without its dashes. Nothing that can be
# read as a name, an address or a word of somebody's gets through.
PATTERN = re.compile(rf"[0-9a-fA-F](?:[0-9a-fA-F]|-(?=[0-9a-fA-F])){{15,{LONGEST - 1}}}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Empty where nobody asked for anything: in a command."""
    return _current.get()


def new() -> str:
    return secrets.token_hex(8)


def believed(sent: str) -> str:
    """What a proxy calls the request, or empty when that can't be an id."""
    return sent if PATTERN.fullmatch(sent) else ""


@contextmanager
def named(request_id: str) -> Iterator[str]:
    token = _current.set(request_id)
    try:
        yield request_id
    finally:
        _current.reset(token)


def of_all(ids: Iterable[str]) -> str:
    """One name for work that several asked for: the one they share, else a new one.

    The line that tells of the work has it beside theirs, so a trail that comes in goes on.
    """
    known = set(ids) - {""}
    return known.pop() if len(known) == 1 else new()
