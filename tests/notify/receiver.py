"""A real receiver of webhooks on loopback, which answers as a test says and keeps what came."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from arvio.catalog.members import Member
from arvio.notify.webhooks import actions
from arvio.notify.webhooks.actions import Holder
from arvio.notify.webhooks.models import WebhookEndpoint
from arvio.notify.webhooks.rules import EVENTS, PARTNER_EVENTS
from arvio.work.kinds import KINDS
from arvio.work.loop import work_once
from tests.cast import Stage

LOOPBACK = [ip_network("127.0.0.1")]
OUT = "webhook"


@dataclass(frozen=True)
class Came:
    """One request."""

    headers: dict[str, str]
    body: str
    path: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return str(self.payload["type"])

    @property
    def data(self) -> dict[str, str]:
        return dict(self.payload["data"])


@dataclass
class Receiver:
    """`answer` says which status a request gets, `text` with what words; `came` are all requests,
    `taken` those that were answered with 2xx.
    """

    port: int
    answer: Callable[[Came], int] = lambda came: 204
    text: str = ""
    delay: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    taken: list[Came] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[str]:
        return [one.event for one in self.taken]

    def serve(self, came: Came) -> tuple[int, bytes]:
        self.came.append(came)
        time.sleep(self.delay)
        status = self.answer(came)
        if 200 <= status < 300:
            self.taken.append(came)
        return status, b"" if status == 204 else self.text.encode()


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(size).decode()
            if len(body.encode()) < size:
                return  # whoever sent it was killed meanwhile
            came = Came(headers, body, self.path)
            status, answer = receiver.serve(came)
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: Any) -> None:
            """Who is killed hangs up in the middle of an answer."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


def holder(stage: Stage) -> Holder:
    return Holder(stage.marketplace, "person:olli")


def partners(member: Member) -> Holder:
    return Holder(member.marketplace, member.actor, member.partner)


def endpoint(
    holder: Holder, url: str = "https://hooks.example/in", *events: str, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """All that may be heard, unless events are named."""
    offered = PARTNER_EVENTS if holder.partner else EVENTS
    return actions.create_webhook(
        holder=holder, url=url, description="", events=events or offered, now=now
    )


def send(now: datetime) -> None:
    """What the worker does with webhooks at this moment, and nothing else."""
    work_once(now=now, kinds=["webhook_aggregates", "webhook_wake", OUT])


def settle(now: datetime) -> None:
    """All but mail."""
    work_once(now=now, kinds=[*KINDS, OUT])
