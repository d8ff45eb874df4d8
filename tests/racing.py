"""Threads on connections of their own that start at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection


def race(runners: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each answered, or the exception that it ended with, in their order."""
    answers: list[Any] = [None] * len(runners)
    together = threading.Barrier(len(runners))

    def run(place: int) -> None:
        try:
            connection.ensure_connection()
            together.wait()
            answers[place] = runners[place]()
        except BaseException as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(runners))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
