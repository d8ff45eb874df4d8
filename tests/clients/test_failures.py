"""The client against a server that fails: what is sent again, when, and what is not."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest

from arvio_client import AnswerError, Busy, Client, Invalid, NotFound, ServerFailed, Unreachable

pytestmark = pytest.mark.once
RATING: dict[str, Any] = {"app": "calls", "count": 0, "mean": None}
Answer = tuple[int, bytes, dict[str, str]]


def problem(status: int, code: str = "", **headers: str) -> Answer:
    body = json.dumps({"status": status, "code": code, "detail": "Not now."}).encode()
    return status, body, {name.replace("_", "-"): value for name, value in headers.items()}


OK: Answer = (200, json.dumps(RATING).encode(), {})
HANGS_UP: Answer = (0, b"", {})


@dataclass
class Server:
    """Gives its answers one after the other, and keeps what it was asked."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], float]] = field(default_factory=list)

    @property
    def pauses(self) -> list[float]:
        times = [at for *_, at in self.asked]
        return [later - earlier for earlier, later in pairwise(times)]


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.rfile.read(int(headers.get("content-length", 0)))
            state.asked.append((self.command, self.path, headers, time.monotonic()))
            status, body, more = state.answers.pop(0)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = answer  # noqa: N815 - http.server asks for these

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{http.server_port}"
    Thread(target=http.serve_forever, args=[0.01], daemon=True).start()
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def arvio(server: Server) -> Iterator[Client]:
    with Client(server.url, "store", key="arv_x", pause=0.01, timeout=5) as client:
        yield client


@pytest.mark.parametrize(
    "failure",
    [problem(503), problem(429), problem(409, "idempotency_key_in_use"), HANGS_UP],
    ids=["503", "429", "409", "hangs up"],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda arvio: arvio.rating("calls"),
        lambda arvio: arvio.put_account("acme", name="Acme", plan="basic", kind="production"),
        lambda arvio: arvio.make_viewer_token(
            account="acme", user="anna", surface="web", name="Anna"
        ),
    ],
    ids=["GET", "PUT", "POST"],
)
def test_what_passes_is_asked_again(
    server: Server, arvio: Client, failure: Answer, call: Callable[[Client], Any]
) -> None:
    server.answers = [failure, failure, OK]
    assert call(arvio) == RATING
    assert len(server.asked) == 3
    assert len({(method, path) for method, path, *_ in server.asked}) == 1


def test_the_attempts_of_a_creating_post_share_a_key_and_the_next_call_has_its_own(
    server: Server, arvio: Client
) -> None:
    server.answers = [HANGS_UP, OK, OK]
    for _ in range(2):
        arvio.make_viewer_token(account="acme", user="anna", surface="web", name="Anna")
    first, again, other = [headers["idempotency-key"] for _, _, headers, _ in server.asked]
    assert first == again != other


def test_the_key_goes_with_facts_and_stays_at_home_when_the_public_is_asked(
    server: Server, arvio: Client
) -> None:
    server.answers = [OK, OK, OK]
    arvio.put_account("acme", name="Acme", plan="basic", kind="production")
    arvio.rating("calls")
    arvio.eligibility("calls", token="a.b.c")
    sent = [headers.get("authorization") for _, _, headers, _ in server.asked]
    assert sent == ["Bearer arv_x", None, "Bearer a.b.c"]


def test_after_the_last_attempt_the_error_comes_out(server: Server, arvio: Client) -> None:
    server.answers = [problem(503, "asleep")] * 4
    with pytest.raises(ServerFailed) as caught:
        arvio.rating("calls")
    assert caught.value.code == "asleep" and len(server.asked) == 4


def test_nobody_there_is_an_error_of_its_own(server: Server, arvio: Client) -> None:
    server.answers = [HANGS_UP] * 4
    with pytest.raises(Unreachable) as caught:
        arvio.rating("calls")
    assert caught.value.__cause__ is not None and "/apps/calls/rating" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "family"),
    [
        (problem(500), ServerFailed),
        (problem(422, "invalid"), Invalid),
        (problem(409, "other"), Invalid),
        (problem(410, "removed"), NotFound),
    ],
)
def test_what_will_not_pass_is_asked_once(
    server: Server, arvio: Client, answer: Answer, family: type[AnswerError]
) -> None:
    server.answers = [answer]
    with pytest.raises(family):
        arvio.rating("calls")
    assert len(server.asked) == 1


@pytest.mark.parametrize("by_date", [False, True], ids=["seconds", "a date"])
def test_retry_after_is_honoured(server: Server, arvio: Client, by_date: bool) -> None:
    header = formatdate(time.time() + 2, usegmt=True) if by_date else "1"
    server.answers = [problem(429, Retry_After=header), OK]
    arvio.rating("calls")
    assert server.pauses[0] >= 0.9


def test_a_long_retry_after_is_told_and_not_slept(server: Server, arvio: Client) -> None:
    server.answers = [problem(429, "too_many_requests", Retry_After="3600")]
    with pytest.raises(Busy) as caught:
        arvio.rating("calls")
    assert caught.value.retry_after == 3600 and len(server.asked) == 1


@pytest.mark.parametrize("failure", [problem(503), HANGS_UP], ids=["503", "hangs up"])
def test_pauses_grow(server: Server, failure: Answer) -> None:
    server.answers = [failure, failure, OK]
    with Client(server.url, "store", pause=0.1) as arvio:
        arvio.rating("calls")
    assert server.pauses[0] >= 0.1 and server.pauses[1] >= 0.2


def test_a_server_that_never_answers_is_left_in_time() -> None:
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "http://{}:{}".format(*silent.getsockname())
        with Client(url, "store", timeout=0.1, retries=0) as arvio, pytest.raises(Unreachable):
            arvio.rating("calls")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("status", [200, 302, 502])
def test_a_page_of_a_proxy_is_an_error_without_a_code(
    server: Server, arvio: Client, status: int
) -> None:
    server.answers = [(status, b"<html>", {})]
    with pytest.raises(ServerFailed) as caught:
        arvio.rating("calls")
    assert (caught.value.status, caught.value.code) == (status, "")
