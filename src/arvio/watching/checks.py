"""The checks behind `arvio doctor`, as a table: a name, and what finds problems.

A problem is a sentence or two: what is wrong, and what to do. docs/doctor.md has a line for each.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from arvio.outage import FULL, outage
from arvio.watching import content, database, disk, flow, keys, place

# One check takes no longer, whoever doesn't answer; a statement of it half of that.
SECONDS = 20


@dataclass(frozen=True)
class Check:
    look: Callable[[], Iterator[str]]
    asks_database: bool = True


@dataclass(frozen=True)
class Result:
    """`problems` is None where nobody looked, because the database doesn't answer."""

    name: str
    problems: list[str] | None

    @property
    def ok(self) -> bool | None:
        return None if self.problems is None else not self.problems


CHECKS: dict[str, Check] = {
    "settings fit together": Check(place.choices, asks_database=False),
    "links lead here": Check(place.links, asks_database=False),
    "the clock and its time zones": Check(place.time_here, asks_database=False),
    "the database": Check(database.itself),
    "the database's clock": Check(place.time_there),
    "migrations are applied": Check(database.migrations),
    "guards of what is append-only": Check(database.standing),
    "room on the disk": Check(disk.room),
    "a policy in force for each marketplace": Check(content.policies),
    "the working days of each marketplace": Check(content.calendars),
    "keys go on": Check(keys.ending),
    "worker keeps up": Check(flow.worker),
    "nothing was given up": Check(flow.given_up),
    "histories are sealed": Check(flow.seals),
    "mail leaves": Check(flow.mail),
    "webhooks arrive": Check(flow.hooks),
}


def run() -> Iterator[Result]:
    """One after the other. When the database doesn't answer one of them, the rest that needs it
    isn't looked at.
    """
    away = False
    for name, check in CHECKS.items():
        if away and check.asks_database:
            yield Result(name, None)
            continue
        try:
            with _bounded(), _patience(check):
                problems = list(check.look())
        except TimeoutError:
            problems = [f"no answer within {SECONDS} seconds. Try again when less is going on"]
        except (DatabaseError, InterfaceError) as error:
            said = outage(error)
            away = said is not None and said is not FULL
            problems = [_told(error, away=away)]
        except Exception as error:  # the others are still worth hearing
            problems = [f"this check itself broke: {type(error).__name__}: {error}. Tell us of it"]
        yield Result(name, problems)


def _told(error: Exception, *, away: bool) -> str:
    words = str(error).strip().partition("\n")[0]
    if outage(error) is FULL:
        return f"the disk is full: {words}. Make room on the disk of the database"
    if away:
        return f"the database can't be used: {words}. Does it run, and is DATABASE_URL right?"
    return f"the database doesn't know what is asked: {words}. Run: arvio migrate"


@contextmanager
def _patience(check: Check) -> Iterator[None]:
    """A check that fails in the middle leaves no transaction behind for the next."""
    if not check.asks_database or connection.in_atomic_block:
        yield
        return
    with database.patience(seconds=SECONDS // 2):
        yield


@contextmanager
def _bounded() -> Iterator[None]:
    """Whatever it waits for. Only a command's own thread can be woken in that way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def wake(number: int, frame: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, wake)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
