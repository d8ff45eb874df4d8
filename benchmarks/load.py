"""A bounded load on 127.0.0.1: so many connections for so many seconds."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    path: str
    method: str = "GET"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def requests_per_second(
    *, port: int, next_request: Callable[[], Request | None], connections: int, seconds: float
) -> float:
    """Requests answered per second. Ends by itself after `seconds`, or when `next_request` has no
    more. Any answer from 400 up is an error.
    """
    counts = [0] * connections
    failures: list[str] = []
    deadline = time.monotonic() + seconds

    def run(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < deadline and not failures:
            request = next_request()
            if request is None:
                break
            connection.request(request.method, request.path, request.body, request.headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status >= 400:
                failures.append(f"{request.path}: {answer.status} {said[:300]!r}")
            counts[place] += 1
        connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(connections)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    return sum(counts) / (time.monotonic() - started)
