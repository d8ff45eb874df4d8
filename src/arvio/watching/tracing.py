"""Optional: what breaks goes to Sentry, spans of requests and batches go out by OTLP.

Neither is given more than the log is: routes, kinds, statuses, the request's name, and of an
exception its kind and place. What would carry values is taken off before anything leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from arvio import request_id
from arvio.failures import kind
from arvio.watching.logs import message
from arvio.work import telling

# What of a Sentry event, and of a place in its code, leaves as it is.
EVENT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk")
FRAME = ("filename", "function", "lineno", "module", "in_app")
LABELS = ("route", "method", "status", "kind")

_tracer: Any = None


def start() -> None:
    """Once in each process that works: a server's, the worker's."""
    if settings.SENTRY_DSN:
        _start_sentry()
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _start_otel()


def _start_sentry() -> None:
    sdk = import_module("sentry_sdk")
    logs = import_module("sentry_sdk.integrations.logging")
    sdk.init(
        dsn=settings.SENTRY_DSN,
        release=f"arvio@{version('arvio')}",
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Not one that reads requests, statements or arguments: what breaks is logged, once.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[logs.LoggingIntegration(level=None, event_level=logging.ERROR)],
        traces_sample_rate=None,
        before_send=scrub,
    )


def scrub(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """The event made anew of what may leave: kinds and places of exceptions, the line's words and
    facts, the request's name.
    """
    record = hint.get("log_record")
    facts = getattr(record, "facts", {})
    tags = {name: str(facts[name]) for name in LABELS if name in facts}
    kept = {name: event[name] for name in EVENT if name in event}
    raised = (hint.get("exc_info") or (None, None))[1]
    values = [_exception(value) for value in (event.get("exception") or {}).get("values") or ()]
    if values:
        # The last is the one that was caught; what the others say besides their kind is left out.
        values[-1]["value"] = kind(raised) if raised else ""
        kept["exception"] = {"values": values}
    if record is not None:
        kept["message"] = message(record)
    return {**kept, "tags": {**tags, "request_id": request_id.current()}}


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or ()
    places = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "value": "",
        "stacktrace": {"frames": places},
    }


def _start_otel() -> None:
    global _tracer
    trace = import_module("opentelemetry.sdk.trace")
    resources = import_module("opentelemetry.sdk.resources")
    export = import_module("opentelemetry.sdk.trace.export")
    otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resource = resources.Resource({"service.name": "arvio", "service.version": version("arvio")})
    provider = trace.TracerProvider(resource=resource)
    endpoint = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces"
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint=endpoint)))
    _tracer = provider.get_tracer("arvio")
    telling.around = batch


def _nothing(**facts: object) -> None:
    return


@contextmanager
def request(request: HttpRequest) -> Iterator[Callable[..., None]]:
    """Around a request; what it gives takes the facts that are known when it has been answered."""
    if _tracer is None:
        yield _nothing
        return
    kinds = import_module("opentelemetry.trace").SpanKind
    with _span("request", kinds.SERVER) as span:

        def tell(*, route: str, method: str, status: int) -> None:
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.response.status_code", status)

        yield tell


@contextmanager
def batch(due_kind: str) -> Iterator[None]:
    """Around the worker's work on rows of one kind."""
    kinds = import_module("opentelemetry.trace").SpanKind
    with _span(f"batch {due_kind}", kinds.CONSUMER) as span:
        span.set_attribute("arvio.kind", due_kind)
        yield


@contextmanager
def _span(name: str, span_kind: Any) -> Iterator[Any]:
    # An exception's message is no attribute either: its kind is.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with _tracer.start_as_current_span(name, kind=span_kind, **quiet) as span:
        span.set_attribute("arvio.request_id", request_id.current())
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            raise
