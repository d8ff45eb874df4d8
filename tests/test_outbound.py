"""What may be called, and what of an answer is read."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from arvio import outbound
from arvio.outbound import OutboundError

pytestmark = pytest.mark.once
LOOPBACK = [ipaddress.ip_network("127.0.0.1")]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
        elif self.path == "/long":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * (outbound.MOST_BYTES + 1))
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        else:
            self.send_response(201)
            self.end_headers()
            self.wfile.write(self.headers["Host"].encode() + b" " + body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(OutboundError) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]",
        "[fc00::1]", "[::ffff:169.254.169.254]", "[::ffff:7f00:1]", "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]", "[ff02::1]",
    ],
)  # fmt: skip
def test_a_private_address_is_refused_when_it_is_named_and_when_it_is_called(host: str) -> None:
    url = f"http://{host}/hook"

    assert code_of(lambda: outbound.check_url(url=url)) == "private_address"
    assert code_of(lambda: outbound.call(method="POST", url=url)) == "private_address"


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f.1", "127.1", "017700000001"])
def test_other_spellings_of_a_private_address_are_refused_when_they_are_called(
    spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answers("127.0.0.1"))

    code = code_of(lambda: outbound.call(method="POST", url=f"http://{spelling}/"))

    assert code in ("private_address", "unknown_host", "invalid_url")


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["::1"], ["93.184.215.14", "10.0.0.1"]])
def test_a_name_that_leads_to_a_private_address_is_refused_whatever_else_it_leads_to(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answers(*addresses))
    url = "https://hooks.example/"

    assert code_of(lambda: outbound.call(method="POST", url=url)) == "private_address"


def _answers(*addresses: str) -> Callable[..., list[Any]]:
    def getaddrinfo(host: str, port: int, **options: Any) -> list[Any]:
        return [(None, None, None, "", (address, port)) for address in addresses]

    return getaddrinfo


@pytest.mark.parametrize(
    "url", ["ftp://store.example/", "//store.example", "https://", "https://a:b@store.example/",
            "http://[::1", "javascript:1", "https://store.example:99999/", ""],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    assert code_of(lambda: outbound.check_url(url=url)) == "invalid_url"


@pytest.mark.parametrize("url", ["https://hooks.example/a?b=c", "http://93.184.215.14:8080/"])
def test_a_public_address_may_be_named(url: str) -> None:
    outbound.check_url(url=url)


def test_an_allowed_network_may_be_called_and_gets_the_name_it_was_called_by(port: int) -> None:
    answer = outbound.call(
        method="POST",
        url=f"http://127.0.0.1:{port}/hook",
        content=b"words",
        allowed=LOOPBACK,
    )

    assert (answer.status, answer.text) == (201, f"127.0.0.1:{port} words")


@pytest.mark.parametrize(
    ("path", "code"), [("away", "redirected"), ("long", "too_large"), ("slow", "timeout")]
)
def test_an_answer_that_leads_away_or_never_ends_is_no_answer(
    path: str, code: str, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/{path}"

    def call() -> object:
        return outbound.call(method="POST", url=url, allowed=LOOPBACK, seconds=0.5)

    assert code_of(call) == code


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"

    call = lambda: outbound.call(method="POST", url=url, allowed=LOOPBACK)  # noqa: E731

    assert code_of(call) == "unreachable"
