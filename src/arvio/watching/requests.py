"""The edge of every request, first of all middleware: its name, its line in the log, its figures.

A request is told of by its route, never by its path, query, headers or body.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from arvio import request_id
from arvio.watching import callers, figures, tracing

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked for every few seconds by machines: told of at DEBUG.
QUIET = ("watching:", "static")


class Watched:
    """Names the request, for as long as it is answered; its answer says the name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.believes = settings.TRUSTED_PROXIES > 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        sent = request.headers.get(HEADER, "") if self.believes else ""
        with request_id.named(request_id.believed(sent) or request_id.new()) as name:
            with tracing.request(request) as span:
                response = self.get_response(request)
                route, method = route_of(request), method_of(request)
                span(route=route, method=method, status=response.status_code)
            response.headers[HEADER] = name
            seconds = time.perf_counter() - began
            figures.count(route=route, method=method, status=response.status_code, seconds=seconds)
            level = logging.DEBUG if route.startswith(QUIET) else logging.INFO
            if logger.isEnabledFor(level):
                facts = {
                    "method": method,
                    "route": route,
                    "status": response.status_code,
                    "ms": round(seconds * 1000, 1),
                    "caller": callers.kind(request),
                }
                logger.log(level, "request", extra={"facts": facts})
        return response


def route_of(request: HttpRequest) -> str:
    """A page's name, the pattern of a route of the API; so there are only so many of them."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
    return match.view_name if match.url_name else match.route


def method_of(request: HttpRequest) -> str:
    method = str(request.META.get("REQUEST_METHOD", ""))  # the edge of the API makes GET of a HEAD
    return method if method in METHODS else "other"
