"""What a platform's connector is: a folder in this room with a module `platform` that has a
`PLATFORM`, and that may be a Django app. Delete the folder, and the platform is gone.

A connector proves what a platform says, at the platform's own authority, and turns it into facts.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from arvio.catalog.models import App
    from arvio.due.models import Due

HERE = Path(__file__).parent
NAMES = tuple(sorted(path.parent.name for path in HERE.glob("*/platform.py")))
APPS = tuple(f"arvio.connect.{name}" for name in NAMES if (HERE / name / "apps.py").exists())


@dataclass(frozen=True)
class Call:
    """A request as it reached us. `url` is whole, as the platform called it (`BASE_URL`); `headers`
    have lower-case names; of a name that came twice in `query` or `form` the last counts.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Opened:
    """Who opened the frame, as the platform's own authority said: what a viewer token carries."""

    account: str
    user: str
    name: str = ""
    email: str | None = None
    locale: str | None = None


class NotProved(Exception):
    """What the platform is said to say can't be believed, or can't be asked about now.

    `status` is 403, 503 where it may be tried again, or 400 and 413 for a body that can't be read.
    `code` and `detail` are for engineers.
    """

    def __init__(self, code: str, detail: str, *, status: int = 403) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status


@dataclass(frozen=True)
class Kind:
    """A kind of due row that a connector brings along, in `KINDS` of its module `platform`: work
    outside the database, `serve` called as `work.kinds.OUTSIDE` says, for `batch` rows at most.
    """

    name: str
    serve: Callable[[Sequence[Due], datetime, Callable[[], bool]], list[bool]]
    batch: int


class Platform(Protocol):
    def open_frame(self, *, app: App, call: Call, now: datetime) -> Opened:
        """Prove who opens the app's page in a frame of the platform; the facts that came along
        (account, plan, installation) are taken. Raises NotProved.
        """

    def take_event(self, *, app: App, call: Call, now: datetime) -> str:
        """Take an event of the app, once however often it comes; answers in a word what was done,
        such as `installed` or `ignored`. Raises NotProved.
        """


@cache
def platform(name: str) -> Platform | None:
    """The platform of this name, or None where there is no such folder."""
    if name not in NAMES:
        return None
    found: Platform = _module(name).PLATFORM
    return found


def kinds() -> list[Kind]:
    """The kinds of due rows of all connectors. Call it when Django's apps are loaded."""
    return [kind for name in NAMES for kind in getattr(_module(name), "KINDS", ())]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"arvio.connect.{name}.platform")
