"""Where mail leaves, as SMTP_URL says it; the settings read it before there are any models."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    user: str = ""
    password: str = ""
    security: str = "starttls"

    def __str__(self) -> str:
        return f"{self.host}, port {self.port}"


def read_url(text: str) -> Server:
    """`smtp://user:password@host:587`, `?tls=no` in one's own network, `smtps://` for TLS at once.

    Raises ValueError with a sentence that doesn't repeat the password.
    """
    url = urlsplit(text)
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    tls = options.pop("tls", "yes")
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise ValueError("it begins with smtp:// or smtps:// and names a host")
    if options or tls not in ("yes", "no") or url.path not in ("", "/") or url.fragment:
        raise ValueError("after host and port it takes ?tls=yes or ?tls=no, nothing else")
    if url.scheme == "smtps" and tls == "no":
        raise ValueError("smtps:// is TLS; without it, write smtp:// and ?tls=no")
    if url.username and tls == "no" and url.hostname not in LOOPBACK:
        raise ValueError("a password doesn't travel without TLS; leave out ?tls=no")
    if bool(url.username) != bool(url.password):
        raise ValueError("a user comes with a password, as smtp://user:password@host")
    security = "tls" if url.scheme == "smtps" else "starttls" if tls == "yes" else "none"
    port = url.port or {"tls": 465, "starttls": 587, "none": 25}[security]
    return Server(
        url.hostname, port, unquote(url.username or ""), unquote(url.password or ""), security
    )
