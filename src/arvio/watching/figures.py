"""Figures of the requests that the processes of one server answered, in Prometheus' form.

`arvio serve` gives its processes one folder to count in (`config/shared_figures.py`), so whichever
of them is asked answers for all.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.conf import settings
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from arvio.watching import state

# When a counter was made doubles its lines, and Prometheus sees by itself where one begins anew.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it says nothing of its types
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUESTS = Counter(
    "arvio_http_requests",
    "Requests answered, by route, method and class of status.",
    ("route", "method", "status"),
)
SECONDS = Histogram(
    "arvio_http_request_duration_seconds",
    "How long answers took, by route and method.",
    ("route", "method"),
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


def count(*, route: str, method: str, status: int, seconds: float) -> None:
    # A folder that somebody took away costs figures and no answer.
    with suppress(OSError):
        REQUESTS.labels(route, method, f"{status // 100}xx").inc()
        SECONDS.labels(route, method).observe(seconds)


def of_server() -> bytes:
    """What `/metrics` answers: these figures, and what stands in the database."""
    registry = CollectorRegistry()
    registry.register(state.Collector())
    return _counted() + generate_latest(registry)


def of_worker() -> bytes:
    """What one worker answers: its rows and batches, its own memory and time."""
    return generate_latest(REGISTRY)


def _counted() -> bytes:
    folder = settings.FIGURES_FOLDER
    if folder and Path(folder).is_dir():
        shared = CollectorRegistry()
        MultiProcessCollector(shared, folder)  # type: ignore[no-untyped-call]  # likewise
        return generate_latest(shared)
    return generate_latest(REGISTRY)
