"""What `arvio work` starts beside its loop: tracing, and its figures on a port of their own.

The worker answers no requests else, so its figures are asked for where WORKER_METRICS says.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.core.management.base import CommandError

from arvio.watching import access, figures, tracing

PATH = "/metrics"
TEXT = "text/plain; charset=utf-8"


def start() -> None:
    """Raises CommandError where the port can't be had."""
    tracing.start()
    if settings.WORKER_METRICS:
        serve_figures(address=settings.WORKER_METRICS)


def serve_figures(*, address: tuple[str, int]) -> WSGIServer:
    try:
        server = make_server(*address, answer, handler_class=_Quiet)
    except (OSError, OverflowError) as error:
        host, port = address
        raise CommandError(
            f"can't listen on {host}, port {port}: {error}. Set WORKER_METRICS to another"
        ) from None
    Thread(target=server.serve_forever, name="figures", daemon=True).start()
    return server


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status, kind, body = "404 Not Found", TEXT, b"Figures are at /metrics.\n"
    if environ["PATH_INFO"] == PATH:
        if access.may_read(environ.get("HTTP_AUTHORIZATION", "")):
            status, kind, body = "200 OK", figures.CONTENT_TYPE, figures.of_worker()
        else:
            status, body = "401 Unauthorized", b"METRICS_TOKEN goes here.\n"
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


class _Quiet(WSGIRequestHandler):
    # Who connects and says nothing is not waited for.
    timeout = 5

    def log_message(self, format: str, *args: object) -> None:
        return
