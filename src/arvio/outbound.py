"""Calls to addresses that others gave us: webhooks' receivers and platforms (DESIGN 12).

A name is looked up once, every address that it has must be public, and the call goes to an address
that was looked at, so that no second look-up leads elsewhere. Nothing is redirected or unpacked, no
answer is read further than 1 MiB, and from the look-up on the whole call ends in time: each wait on
the connection has what is left, so that nobody holds us by a byte a second.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import httpcore
import httpx

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_BYTES = 1024 * 1024
SECONDS = 10.0
FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)
# All that is given out of IPv6. What lies beside it leads nowhere, or to a machine's own network.
GIVEN_OUT = ipaddress.ip_network("2000::/3")
# IPv6 addresses that lead to the IPv4 address in their last 32 bits (RFC 6052).
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# Clouds answer their machines' own questions here, though the addresses look public.
CLOUDS = (ipaddress.ip_network("168.63.129.16"), ipaddress.ip_network("192.0.0.0/24"))


class OutboundError(Exception):
    """A call that wasn't made or wasn't answered.

    `code` is invalid_url, private_address, unknown_host, unreachable, timeout, redirected or
    too_large.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def check_url(*, url: str, allowed: Sequence[Network] = ()) -> None:
    """Raises OutboundError for what could never be called: what is no http(s) address, or names a
    private one. Names are looked up when they are called.
    """
    host = _parts(url).host
    if literal := _literal(host):
        _check_public(literal, host, allowed)


def is_inside(*, host: str, networks: Sequence[Network]) -> bool:
    """Is the host an address in one of the networks? No name is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return _is_in(address, networks)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)


def _literal(host: str) -> Address | None:
    """The address that a host is, also in the spellings of old: 127.1 or 2130706433."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def call(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    allowed: Sequence[Network] = (),
    seconds: float = SECONDS,
) -> Answer:
    """One request, and its answer whatever its status below 300 or from 400 on.

    `allowed` are networks that may be called although they aren't public. Raises OutboundError.
    """
    check_url(url=url, allowed=allowed)
    parts = _parts(url)
    address = _resolve(parts, allowed)
    sent = {"User-Agent": "Arvio", **(headers or {}), "Accept-Encoding": "identity"}
    sent["Host"] = parts.netloc.decode("ascii")
    guarded = _Guarded(address, time.monotonic() + seconds)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=guarded) as pool,
            pool.stream(
                method, _target(parts), headers=list(sent.items()), content=content
            ) as response,
        ):
            return _answer(response)
    except httpcore.TimeoutException:
        raise OutboundError("timeout", f"No answer within {seconds:g} seconds.") from None
    except (*FAILURES, ValueError) as error:
        detail = str(error) or type(error).__name__
        raise OutboundError("unreachable", f"The call failed: {detail}.") from None


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading all certificates takes longer than many a call."""
    return httpx.create_ssl_context(trust_env=False)


def _parts(url: str) -> httpx.URL:
    try:
        parts = httpx.URL(url)
        port = parts.port
    except (httpx.InvalidURL, ValueError, TypeError):
        raise OutboundError("invalid_url", "That isn't an address.") from None
    if parts.scheme not in ("http", "https") or not parts.host or not 0 < (port or 1) < 2**16:
        raise OutboundError("invalid_url", "An address begins with https:// and names a host.")
    if parts.userinfo:
        raise OutboundError("invalid_url", "An address carries no name and password.")
    return parts


def _target(parts: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=parts.raw_scheme, host=_host(parts), port=parts.port, target=parts.raw_path
    )


def _host(parts: httpx.URL) -> str:
    """The encoded name, as it is sent: what a look-up makes of another spelling is its affair."""
    return parts.raw_host.decode("ascii").strip("[]")


def _resolve(parts: httpx.URL, allowed: Sequence[Network]) -> str:
    """An address of the host, all of which are looked at: one that is private refuses the name."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = _host(parts)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutboundError("unknown_host", f"The host {host!r} isn't known.") from None
    addresses = list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in found))
    for one in addresses:
        _check_public(ipaddress.ip_address(one), host, allowed)
    # IPv4 first: a machine without IPv6 is commoner than one without IPv4.
    return min(addresses, key=lambda one: ":" in one)


def _check_public(address: Address, host: str, allowed: Sequence[Network]) -> None:
    if _is_in(address, allowed):
        return
    if not _is_public(address):
        detail = f"{host!r} leads to a private address, and those aren't called."
        raise OutboundError("private_address", detail)


def _is_public(address: Address) -> bool:
    """Public itself, and so is the IPv4 address that it stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        own = any(address in network for network in CLOUDS)
        return address.is_global and not address.is_multicast and not own
    if address.ipv4_mapped:
        return _is_public(address.ipv4_mapped)
    if address in TRANSLATED:
        return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    inner = address.sixtofour
    return address in GIVEN_OUT and address.is_global and (inner is None or _is_public(inner))


def _answer(response: httpcore.Response) -> Answer:
    if 300 <= response.status < 400:
        raise OutboundError("redirected", "It answered by sending us elsewhere.")
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in response.headers}
    return Answer(response.status, headers, _body(response))


def _body(response: httpcore.Response) -> bytes:
    read = bytearray()
    for part in response.iter_stream():
        read += part
        if len(read) > MOST_BYTES:
            raise OutboundError("too_large", "The answer is longer than 1 MiB.")
    return bytes(read)


class _Guarded(httpcore.NetworkBackend):
    """Connects to the address that was looked at, whatever the name says by now."""

    def __init__(self, address: str, until: float) -> None:
        self.address, self.until = address, until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        plain = httpcore.SyncBackend()
        return _Bounded(plain.connect_tcp(self.address, port, _left(self.until)), self.until)


class _Bounded(httpcore.NetworkStream):
    """A connection on which every wait has what is left of the call's time, and no more."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self.stream, self.until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _left(self.until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _left(self.until))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self.stream.start_tls(ssl_context, server_hostname, _left(self.until))
        return _Bounded(inner, self.until)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
