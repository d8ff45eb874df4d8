"""What leaves for Sentry and by OTLP, received on loopback and read: kinds, places and routes."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured

from arvio.config import env

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = ("Korhonen", "anna@customer.example", "zebra", "secret-token", "q=", "Authorization")

# A page and a batch that fail with somebody's words in message, query, header, body and variables.
FAILING = """
import os
os.environ.update(DJANGO_SETTINGS_MODULE="tests.settings", DATABASE_URL="sqlite://")
import django
django.setup()
from django.conf import settings
from django.test import Client
from arvio.config import wsgi
from arvio.due.models import Due
from arvio.web.views import storefront
from arvio.work.telling import Batch
def quoting(*args, **kwargs):
    words = "Anna Korhonen, anna@customer.example: the zebra"
    try:
        {}[words]
    except KeyError:
        raise RuntimeError(words)
storefront.storefront = quoting
page = Client(raise_request_exception=False)
page.get("/store/", {"q": "Korhonen"}, headers={"authorization": "Bearer secret-token"})
page.post("/store/", {"text": "the zebra"})
batch = Batch("publish")
try:
    with batch.of([Due(kind="publish", key="x", request_id="c0ffee")]):
        quoting()
except RuntimeError as error:
    batch.broke("row failed", error)
if settings.SENTRY_DSN:
    import sentry_sdk
    sentry_sdk.flush(5)
else:
    from arvio.watching import tracing
    tracing._tracer.span_processor.force_flush(5000)
"""


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    came: list[tuple[str, bytes]] = []

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            packed = self.headers.get("Content-Encoding", "")
            plain = gzip.decompress(body) if packed == "gzip" else body
            came.append((self.path, f"{self.headers}".encode() + b"\n" + plain))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        server.server_close()


def sent(name: str, value: str) -> list[tuple[str, str]]:
    """What reached the receiver, by path, when the failing program ran with this setting."""
    with receiver() as (host, came):
        ran = subprocess.run(
            [sys.executable, "-c", FAILING],
            cwd=ROOT,
            env={"PATH": "", name: value.format(host=host)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    found = [(path, body.decode("utf-8", "replace")) for path, body in came]
    assert [word for word in WORDS for _, body in found if word in body] == []
    return found


def test_to_sentry_goes_what_broke_and_nothing_that_was_sent_to_us() -> None:
    pytest.importorskip("sentry_sdk")
    found = sent("SENTRY_DSN", "http://key@{host}/7")
    assert {path for path, _ in found} == {"/api/7/envelope/"}
    events = [json.loads(body.splitlines()[-1]) for _, body in found]
    assert {event["logger"] for event in events} == {"django.request", "arvio.work.telling"}
    for event in events:
        assert event.keys() <= {
            *("event_id", "timestamp", "level", "logger", "platform", "release", "environment"),
            *("sdk", "exception", "message", "tags"),
        }
        values = event["exception"]["values"]
        assert [value["type"] for value in values] == ["KeyError", "RuntimeError"]
        assert [value["value"] for value in values] == ["", "RuntimeError"]
        assert event["tags"]["request_id"]
        for frame in values[-1]["stacktrace"]["frames"]:
            assert frame.keys() <= {"filename", "function", "lineno", "module", "in_app"}
    assert {event["tags"].get("kind") for event in events} == {None, "publish"}


def test_by_otlp_go_spans_of_requests_and_batches() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    [(path, body), *_] = sent("OTEL_EXPORTER_OTLP_ENDPOINT", "http://{host}")
    assert path == "/v1/traces"
    for known in ("GET web:storefront", "batch publish", "arvio.request_id", "RuntimeError"):
        assert known in body


@pytest.mark.parametrize(
    ("name", "extra", "package"),
    [
        ("SENTRY_DSN", "sentry", "sentry_sdk"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "otel", "opentelemetry"),
    ],
)
def test_a_setting_without_its_package_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, extra: str, package: str
) -> None:
    monkeypatch.setenv(name, "https://key@sentry.example/1")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImproperlyConfigured) as refusal:
        env.for_extra(name, extra=extra, package=package)
    assert f"pip install 'arvio[{extra}]'" in str(refusal.value)
    monkeypatch.setenv(name, "key@sentry")
    with pytest.raises(ImproperlyConfigured, match=f"{name} can't be read") as refusal:
        env.for_extra(name, extra=extra, package=package)
    assert "key@sentry'" not in str(refusal.value)
