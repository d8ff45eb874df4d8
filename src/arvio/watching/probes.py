"""`/-/live` and `/-/ready`, for whoever has to know in a moment whether to send requests here.

They are answered before everything else, whatever the host is called: health checkers come by
address, with no cookie, and also when the database is away.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from arvio import clock
from arvio.watching import readiness
from arvio.watching.readiness import Readiness

# Seconds that an answer is kept: asking often asks the database no more often.
KEPT = 1.5
RETRY_AFTER = "5"
Answer = Callable[[HttpRequest], HttpResponse]


class Probes:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        # Nothing is resolved for it, and whoever counts requests and logs them goes by the match.
        request.resolver_match = _match(probe, request.path_info)
        return probe(request)


def live(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return _answer(request, {"live": True})


def ready(request: HttpRequest) -> HttpResponse:
    """200, or 503 where requests would fail; the body says of each part how it is."""
    found = LATEST.readiness()
    said = {
        "ready": found.ready,
        "degraded": found.degraded,
        "checks": [{"name": one.name, "ok": one.ok, "what": one.what} for one in found.states],
    }
    response = _answer(request, said, status=200 if found.ready else 503)
    if response.status_code == 503:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


class Latest:
    """What was found last, for `KEPT` seconds. One thread looks; the others take what there is,
    so that a database that doesn't answer holds up one of them and not all.
    """

    def __init__(self, look: Callable[[], Readiness]) -> None:
        self._look = look
        self._looking = threading.Lock()
        self._found: tuple[float, Readiness] | None = None

    def readiness(self) -> Readiness:
        found = self._found
        if found and time.monotonic() - found[0] < KEPT:
            return found[1]
        if found is None:
            self._looking.acquire()
        elif not self._looking.acquire(blocking=False):
            return found[1]
        try:
            if self._found is found or self._found is None:  # else another has looked meanwhile
                seen = self._look()
                self._found = (time.monotonic(), seen)
            return self._found[1]
        finally:
            self._looking.release()


def _match(probe: Answer, path: str) -> ResolverMatch:
    name = path.rpartition("/")[2]
    return ResolverMatch(
        probe, (), {}, name, app_names=["watching"], namespaces=["watching"], route=path[1:]
    )


def _answer(request: HttpRequest, said: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = HttpResponse(content_type="application/json", status=status)
    if request.method not in ("GET", "HEAD"):
        response.status_code = 405
        response.headers["Allow"] = "GET, HEAD"
    elif request.method == "GET":
        response.content = json.dumps(said, ensure_ascii=False).encode()
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # The log has a line of it when it changes.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


LATEST = Latest(lambda: readiness.look(now=clock.now()))
PROBES: dict[str, Answer] = {"/-/live": live, "/-/ready": ready}
