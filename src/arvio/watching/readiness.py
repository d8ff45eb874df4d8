"""Whether this process can serve, in a few quick reads: `/-/ready`.

Everybody may read it: it names no host, no person and no error of a library. `arvio doctor` says
more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from arvio.audit import guards
from arvio.due import queries as due
from arvio.notify import queries as notify
from arvio.outage import outage
from arvio.watching import database, disk
from arvio.watching.flow import LATE, SERVED

logger = logging.getLogger(__name__)

NAMES = ("database", "migrations", "guards", "disk", "worker", "mail")
SECONDS = 2
UNKNOWN = "not looked at: what it rests on is missing"


@dataclass(frozen=True)
class State:
    """`ok` is None where nobody looked. Only what is `needed` makes the whole not ready."""

    name: str
    ok: bool | None
    what: str
    needed: bool = True


@dataclass(frozen=True)
class Readiness:
    states: Sequence[State]

    @property
    def ready(self) -> bool:
        return not any(state.ok is False and state.needed for state in self.states)

    @property
    def degraded(self) -> list[str]:
        """What fails and doesn't keep pages and API from being served."""
        return [state.name for state in self.states if state.ok is False and not state.needed]


def look(*, now: datetime) -> Readiness:
    """Some statements, none longer than two seconds."""
    found: list[State] = []
    why = ""
    try:
        with database.patience(seconds=SECONDS):
            for state in _states(now):
                found.append(state)  # what is known when the next one fails
    except (DatabaseError, InterfaceError) as error:
        why = str(error)
        found.append(_failed(error, found))
    known = {state.name: state for state in found}
    if known["database"].ok:
        known["disk"] = _disk()
    readiness = Readiness([known.get(name) or State(name, None, UNKNOWN) for name in NAMES])
    _note(readiness, why)
    return readiness


def _states(now: datetime) -> Iterator[State]:
    """In the order of what rests on what; it ends where the next would only fail."""
    writable = database.takes_writes()
    yield State("database", writable, "answers" if writable else "answers, but takes no writes")
    waiting = database.migrations_waiting()
    yield State("migrations", not waiting, f"{len(waiting)} wait" if waiting else "all applied")
    if waiting:
        return
    missing = len(guards.missing(connection))
    yield State("guards", not missing, f"{missing} are missing" if missing else "all standing")
    yield _worker(now)
    yield _mail()


def _worker(now: datetime) -> State:
    oldest = due.oldest(now=now, among=SERVED)
    late = now - oldest if oldest else timedelta(0)
    if late <= LATE:
        return State("worker", True, "nothing is late")
    limit = settings.READY_LATEST
    minutes = int(late.total_seconds() // 60)
    what = f"something is due for {minutes:,} minutes"
    return State("worker", False, what, needed=0 < limit <= minutes)


def _mail() -> State:
    """From the outbox: nobody's question here opens a connection to the mail server."""
    relay = notify.relay()
    if relay is None and (settings.SMTP or settings.DEMO):
        return State("mail", True, "leaves")
    waiting = notify.waiting().count()
    if relay is None:
        what = f"no mail server is set; {waiting:,} mails wait"
    else:
        since = f"{relay.down_at:%Y-%m-%d %H:%M} UTC"
        what = f"the mail server takes nothing since {since}; {waiting:,} mails wait"
    return State("mail", False, what, needed=False)


def _disk() -> State:
    try:
        with database.patience(seconds=SECONDS):
            full = disk.is_full()
    except (DatabaseError, InterfaceError):
        return State("disk", None, UNKNOWN)
    return State("disk", not full, "is full: nothing can be saved" if full else "takes writes")


def _failed(error: Exception, found: Sequence[State]) -> State:
    said = outage(error)
    if said and said.code == "busy":
        return State("database", False, "is too busy to answer in time")
    if said is None and found:
        # The table that was to be read isn't there, or isn't as it should be.
        return State("migrations", False, "some wait")
    return State("database", False, "can't be reached")


def _note(readiness: Readiness, why: str) -> None:
    """A line in the log when it changes, with what the answer doesn't tell."""
    global _noted
    failing = {state.name: state.what for state in readiness.states if state.ok is False}
    if (names := frozenset(failing)) != _noted:
        _noted = names
        words = "; ".join(f"{name} {what}" for name, what in failing.items())
        if failing:
            logger.warning("not as it should be: %s%s", words, f" ({why})" if why else "")
        else:
            logger.warning("all is as it should be again")


_noted: frozenset[str] = frozenset()
