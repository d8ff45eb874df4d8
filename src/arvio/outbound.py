"""Calls to addresses that others gave us: webhooks' receivers and platforms (DESIGN 12).

A name is looked up once, every address that it has must be public, and the call goes to an address
that was looked at, so that no second look-up leads elsewhere. Nothing is redirected, no answer is
read further than 1 MiB, and the whole call ends in time.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import httpx

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_BYTES = 1024 * 1024
SECONDS = 10.0
# IPv6 addresses that lead to an IPv4 address written in their last 32 bits (RFC 6052, RFC 8215).
TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


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
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    _check_public(literal, host, allowed)


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
    until = time.monotonic() + seconds
    address = _resolve(parts, allowed)
    sent = {"User-Agent": "Arvio", **(headers or {}), "Host": parts.netloc.decode("ascii")}
    try:
        with (
            httpx.Client(
                trust_env=False, follow_redirects=False, timeout=seconds, verify=_trusted()
            ) as client,
            client.stream(
                method,
                parts.copy_with(host=address),
                headers=sent,
                content=content,
                extensions={"sni_hostname": parts.host},
            ) as response,
        ):
            if 300 <= response.status_code < 400:
                raise OutboundError("redirected", "It answered by sending us elsewhere.")
            return Answer(response.status_code, dict(response.headers), _body(response, until))
    except httpx.TimeoutException:
        raise OutboundError("timeout", f"No answer within {seconds:g} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
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


def _resolve(parts: httpx.URL, allowed: Sequence[Network]) -> str:
    """An address of the host, all of which are looked at: one that is private refuses the name."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    # The encoded name, as it is sent: what a look-up makes of other spellings is its own affair.
    host = parts.raw_host.decode("ascii").strip("[]")
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
    if any(address.version == network.version and address in network for network in allowed):
        return
    if not all(one.is_global and not one.is_multicast for one in _meant(address)):
        detail = f"{host!r} leads to a private address, and those aren't called."
        raise OutboundError("private_address", detail)


def _meant(address: Address) -> list[Address]:
    """The address, and the IPv4 addresses that it stands for, if it does."""
    if address.version == 4:
        return [address]
    inner: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one]
    inner += list(address.teredo or ())
    if any(address in network for network in TRANSLATED):
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    # A mapped address is its IPv4 address; all others must be public themselves too.
    return inner if address.ipv4_mapped else [address, *inner]


def _body(response: httpx.Response, until: float) -> bytes:
    read = bytearray()
    for part in response.iter_bytes():
        read += part
        if len(read) > MOST_BYTES:
            raise OutboundError("too_large", "The answer is longer than 1 MiB.")
        if time.monotonic() > until:
            raise OutboundError("timeout", "The answer took too long.")
    return bytes(read)
