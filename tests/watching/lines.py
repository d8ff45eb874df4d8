"""What the log says, in both its formats, from DEBUG on and from whoever speaks."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from arvio.watching.logs import Json, Line

LOUD = ("", "arvio", "django", "django.request")


@dataclass
class Lines:
    """`shown` as people read it, `facts` as machines do."""

    shown: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    @property
    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.raw]

    def of(self, logger: str, **wanted: Any) -> list[dict[str, Any]]:
        found = [line for line in self.facts if line["logger"] == logger]
        return [line for line in found if wanted.items() <= line.items()]


@contextmanager
def written() -> Iterator[Lines]:
    lines = Lines()

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.shown.append(Line().format(record))
            lines.raw.append(Json().format(record))

    handler, root = Keeping(), logging.getLogger()
    before = {name: logging.getLogger(name).level for name in LOUD}
    root.addHandler(handler)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
