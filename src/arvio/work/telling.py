"""What the worker tells of each batch: one line, and figures for whoever counts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from prometheus_client import Counter, Histogram

from arvio import request_id
from arvio.due.models import Due

logger = logging.getLogger(__name__)

# A line names so many of the requests that asked for its work; a batch has up to 500 rows.
MOST_NAMED = 10
ROWS = Counter(
    "arvio_worker_rows",
    "Due rows that this worker took: served, or left to be tried again.",
    ("kind", "outcome"),
)
SECONDS = Histogram(
    "arvio_worker_batch_duration_seconds",
    "How long a batch of due rows took, its commit included.",
    ("kind",),
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60),
)
# What else goes around the work on a batch, by its kind: a span, where somebody traces.
around: Callable[[str], AbstractContextManager[object]] = lambda kind: nullcontext()  # noqa: E731


@dataclass
class Batch:
    """Rows of one kind that are served together, and what they are called in the log."""

    kind: str
    rows: Sequence[Due] = ()
    name: str = ""
    began: float = field(default_factory=time.monotonic)

    @contextmanager
    def of(self, rows: Sequence[Due]) -> Iterator[None]:
        """Around the work on these rows: what it writes down for later goes on under the name."""
        if not rows:
            yield
            return
        self.rows, self.name = rows, request_id.of_all(row.request_id for row in rows)
        with request_id.named(self.name), around(self.kind):
            yield

    def ended(self, answers: list[bool]) -> list[bool]:
        """Tell of it, and hand on for each row whether it was served."""
        if answers or self.rows:
            served = sum(answers)
            left = len(self.rows) - served
            seconds = time.monotonic() - self.began
            SECONDS.labels(self.kind).observe(seconds)
            ROWS.labels(self.kind, "served").inc(served)
            ROWS.labels(self.kind, "left").inc(left)
            self._say(logging.INFO, "batch", served=served, left=left, ms=round(seconds * 1000, 1))
        return answers

    def broke(self, what: str, error: Exception) -> None:
        """Its message isn't told: it may quote somebody (`arvio.failures`)."""
        self._say(logging.ERROR, what, error, rows=len(self.rows))

    def _say(self, level: int, what: str, error: Exception | None = None, **facts: object) -> None:
        asked = sorted({row.request_id for row in self.rows} - {"", self.name})
        if asked:
            facts["requests"] = asked[:MOST_NAMED]
        if len(asked) > MOST_NAMED:
            facts["more_requests"] = len(asked) - MOST_NAMED
        with request_id.named(self.name):
            logger.log(level, what, exc_info=error, extra={"facts": {"kind": self.kind, **facts}})
