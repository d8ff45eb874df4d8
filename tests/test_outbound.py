"""What may be called, and what of an answer is read."""

import contextlib
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from arvio import clock, outbound
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
        elif self.path == "/packed":
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(gzip.compress(b"x" * outbound.MOST_BYTES))
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
        "[2002:7f00:1::]", "[ff02::1]", "[::127.0.0.1]", "[fec0::1]", "[::ffff:0:7f00:1]",
        "[64:ff9b:1::808:808]", "[5f00::1]", "192.0.0.192", "168.63.129.16",
        "[2001:db8::1]", "[fd00:ec2::254]",
    ],
)  # fmt: skip
def test_a_private_address_is_refused_when_it_is_named_and_when_it_is_called(host: str) -> None:
    url = f"http://{host}/hook"

    assert code_of(lambda: outbound.check_url(url=url)) == "private_address"
    assert code_of(lambda: outbound.call(method="POST", url=url)) == "private_address"


@pytest.mark.parametrize(
    "spelling", ["2130706433", "0x7f.1", "127.1", "017700000001", "0xa9fea9fe", "127.1."]
)
def test_other_spellings_of_a_private_address_are_private_addresses(spelling: str) -> None:
    url = f"http://{spelling}/"

    assert code_of(lambda: outbound.check_url(url=url)) == "private_address"
    assert code_of(lambda: outbound.call(method="POST", url=url)) == "private_address"


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["::1"], ["93.184.215.14", "10.0.0.1"]])
def test_a_name_that_leads_to_a_private_address_is_refused_whatever_else_it_leads_to(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answers(*addresses))
    url = "https://hooks.example/"

    assert code_of(lambda: outbound.call(method="POST", url=url)) == "private_address"


def _answers(*addresses: str) -> Callable[..., list[Any]]:
    def getaddrinfo(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 0, "",
             (address, port))
            for address in addresses
        ]  # fmt: skip

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


def _drip_a_header(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        peer.sendall(b"x")
        time.sleep(0.05)


def _ask_for_patience(peer: socket.socket) -> None:
    while True:
        peer.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("stall", [_drip_a_header, _ask_for_patience])
def test_who_never_comes_to_an_answer_ends_in_time(stall: Callable[[socket.socket], None]) -> None:
    """Each byte is in time; all of them together aren't."""

    def serve() -> None:
        peer, _ = listening.accept()
        with peer, contextlib.suppress(OSError):
            stall(peer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        began = time.monotonic()
        call = lambda: outbound.call(method="POST", url=url, allowed=LOOPBACK, seconds=0.5)  # noqa: E731

        assert code_of(call) == "timeout"
        assert time.monotonic() - began < 2
        thread.join(timeout=5)
        assert not thread.is_alive(), "nobody hung up"


def test_nothing_is_unpacked(port: int) -> None:
    """A thousand bytes may be a million, and are read as they come."""
    answer = outbound.call(method="POST", url=f"http://127.0.0.1:{port}/packed", allowed=LOOPBACK)

    assert len(answer.body) < 10_000


def _certified(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate for a name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = clock.real()
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(pem))
    secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return cert, secret


@pytest.mark.parametrize(
    ("name", "code"), [("hooks.example", ""), ("other.example", "unreachable")]
)
def test_a_certificate_must_be_the_names_whatever_address_is_called(
    name: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = _certified("hooks.example", tmp_path)
    monkeypatch.setattr(outbound, "_trusted", lambda: ssl.create_default_context(cafile=cert))
    monkeypatch.setattr(socket, "getaddrinfo", _answers("127.0.0.1"))
    server = HTTPServer(("127.0.0.1", 0), Handler)
    spoken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    spoken.load_cert_chain(cert, key)
    server.socket = spoken.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://{name}:{server.server_port}/hook"

    def call() -> outbound.Answer:
        return outbound.call(method="POST", url=url, content=b"hi", allowed=LOOPBACK)

    try:
        if code:
            assert code_of(call) == code
        else:
            assert call().text == f"{name}:{server.server_port} hi"
    finally:
        server.shutdown()
        server.server_close()


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"

    call = lambda: outbound.call(method="POST", url=url, allowed=LOOPBACK)  # noqa: E731

    assert code_of(call) == "unreachable"
