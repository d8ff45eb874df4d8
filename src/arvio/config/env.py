"""Settings from the environment, each declared once here; docs/settings.md is compared with it.

`var/arvio.env` of the working folder is read first (the demo writes it); the environment wins.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

FILE = Path("var/arvio.env")


@dataclass(frozen=True)
class Setting:
    name: str
    kind: str
    default: str | None
    example: str
    meaning: str


SETTINGS = {
    setting.name: setting
    for setting in (
        Setting(
            "ARVIO_DEMO",
            "yes or no",
            "no",
            "yes",
            "Demo mode: role bar, movable clock, `/demo/` routes. Never in production.",
        ),
        Setting(
            "SECRET_KEY",
            "text",
            None,
            "50 random characters",
            "Signs sessions and the links in mails, seals what is secret. Required outside the "
            "demo.",
        ),
        Setting(
            "SECRET_KEY_FALLBACKS",
            "texts, comma between",
            "",
            "the key before, the first key",
            "What `SECRET_KEY` was before, the newest first; what they signed and sealed still "
            "counts. The first one ever stays the last here (docs/keys.md).",
        ),
        Setting(
            "ALLOWED_HOSTS",
            "names, comma between",
            None,
            "reviews.example.com",
            "Host names served. Required outside the demo.",
        ),
        Setting(
            "DATABASE_URL",
            "URL",
            "sqlite:///var/arvio.sqlite3",
            "postgresql://arvio:secret@db.example.com/arvio",
            "The database: SQLite or PostgreSQL 15 and newer.",
        ),
        Setting(
            "DATABASE_TIMEOUT",
            "whole number",
            "60",
            "20",
            "Seconds that one statement of a page or of the API may take on PostgreSQL; a third of "
            "it for a lock. 0 sets no end, as a pooler that takes no options needs it.",
        ),
        Setting(
            "READY_LATEST",
            "whole number",
            "60",
            "15",
            "Minutes that what is due may be late before `/-/ready` answers 503. 0: it is only "
            "told.",
        ),
        Setting(
            "BASE_URL",
            "URL",
            "http://127.0.0.1:8000",
            "https://reviews.example.com",
            "Where browsers reach the service, whatever a proxy in front makes of it; links in "
            "mails begin with it, and forms are taken from its pages.",
        ),
        Setting(
            "SMTP_URL",
            "URL",
            "",
            "smtp://user:password@mail.example.com:587",
            "Where mail leaves; `smtps://` for TLS at once, `?tls=no` for none. Without it mails "
            "wait; in the demo they are only shown.",
        ),
        Setting(
            "MAIL_FROM",
            "name and address",
            "",
            "Reviews <reviews@example.com>",
            "The sender of all mails. Required with `SMTP_URL`.",
        ),
        Setting(
            "HOST", "address", "127.0.0.1", "192.0.2.7", "Address that `arvio serve` listens on."
        ),
        Setting("PORT", "whole number", "8000", "8000", "Port that `arvio serve` listens on."),
        Setting(
            "ARVIO_PROCESSES",
            "whole number",
            "1",
            "4",
            "Processes that answer requests on this machine; one for each core is a good start.",
        ),
        Setting(
            "ARVIO_THREADS",
            "whole number",
            "4",
            "8",
            "Threads that answer requests in one process.",
        ),
        Setting(
            "TRUSTED_PROXIES",
            "whole number",
            "0",
            "1",
            "Proxies in front that add to `X-Forwarded-For`; with 0 that header is not believed.",
        ),
        Setting(
            "OUTBOUND_ALLOWED",
            "networks, comma between",
            "",
            "10.20.0.0/16",
            "Private networks that webhooks and connectors may call; all others are refused. In "
            "the demo `127.0.0.1` too.",
        ),
        Setting(
            "OIDC_ISSUER",
            "URL",
            "",
            "https://login.example.com",
            "OpenID Connect provider that people may sign in with. Empty: none.",
        ),
        Setting(
            "OIDC_NAME",
            "text",
            "OpenID Connect",
            "Example Login",
            "The provider's name on the sign-in page.",
        ),
        Setting(
            "OIDC_CLIENT_ID",
            "text",
            "",
            "arvio",
            "What the provider calls this service. Required with `OIDC_ISSUER`.",
        ),
        Setting(
            "OIDC_CLIENT_SECRET",
            "text",
            "",
            "50 random characters",
            "The secret shared with the provider. Required with `OIDC_ISSUER`.",
        ),
        Setting(
            "METRICS_TOKEN",
            "text",
            "",
            "50 random characters",
            "Opens the figures at `/metrics` to whoever sends it as a Bearer token; at least 16 "
            "characters. Empty: nobody sees them.",
        ),
        Setting(
            "WORKER_METRICS",
            "address and port",
            "",
            "127.0.0.1:9102",
            "Where `arvio work` answers `/metrics` with its own figures. Empty: nowhere.",
        ),
        Setting(
            "PROMETHEUS_MULTIPROC_DIR",
            "folder",
            "",
            "/run/arvio/figures",
            "Where the processes of one server count together; emptied at the start. Empty: "
            "`arvio serve` makes a folder of its own.",
        ),
        Setting(
            "LOG_FORMAT",
            "line or json",
            "line",
            "json",
            "How a line of the log is written: for people, or as a JSON object.",
        ),
        Setting(
            "LOG_LEVEL",
            "debug, info, warning or error",
            "info",
            "warning",
            "From which level on Arvio logs; a line for each request and each batch is info.",
        ),
        Setting(
            "SENTRY_DSN",
            "URL",
            "",
            "https://key@sentry.example.com/1",
            "Where errors are sent, without what was sent to us. Needs the extra `arvio[sentry]`.",
        ),
        Setting(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "URL",
            "",
            "http://127.0.0.1:4318",
            "Where spans are sent by OTLP over HTTP. Needs the extra `arvio[otel]`.",
        ),
        Setting(
            "ARVIO_CLOCK",
            "file name",
            "",
            "var/clock",
            "The demo's clock offset. Set by the demo only.",
        ),
    )
}


def read_file(path: Path) -> None:
    """Take `NAME=value` lines of a file for names that the environment doesn't set."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip())


def text(name: str) -> str:
    setting = SETTINGS[name]
    value = os.environ.get(name, setting.default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it to {setting.kind}, such as {name}={setting.example}"
        )
    return value


def optional(name: str) -> str | None:
    return os.environ.get(name, SETTINGS[name].default)


def flag(name: str) -> bool:
    return _parsed(name, {"yes": True, "no": False, "1": True, "0": False}.__getitem__)


def number(name: str, *, least: int = 0) -> int:
    return _parsed(name, lambda value: _number(value, least))


def _number(value: str, least: int) -> int:
    if int(value) < least:
        raise ValueError(value)
    return int(value)


def filled(name: str) -> str:
    """A text that must be set because of what else is set."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is empty. Set it to {SETTINGS[name].kind}, such as "
            f"{name}={SETTINGS[name].example}"
        )
    return value


def one_of(name: str, *choices: str) -> str:
    return _parsed(name, dict(zip(choices, choices, strict=True)).__getitem__)


def address(name: str) -> tuple[str, int] | None:
    """Host and port, such as `127.0.0.1:9102` or `[::1]:9102`; None when it is empty."""
    return _parsed(name, _address) if text(name) else None


def _address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not 0 < int(port) < 65536:
        raise ValueError(value)
    return host.removeprefix("[").removesuffix("]"), int(port)


def for_extra(name: str, *, extra: str, package: str) -> str:
    """An URL that needs packages which Arvio runs without."""
    value = text(name).rstrip("/")
    if not value:
        return ""
    if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        # The value isn't repeated: a key may be in it.
        raise ImproperlyConfigured(
            f"{name} can't be read. It takes {SETTINGS[name].kind}, such as "
            f"{name}={SETTINGS[name].example}"
        )
    try:
        import_module(package)
    except ImportError:
        raise ImproperlyConfigured(
            f"{name} is set, but {package} isn't installed. "
            f"Install it with pip install 'arvio[{extra}]', or leave {name} empty"
        ) from None
    return value


def names(name: str) -> list[str]:
    return [part.strip() for part in text(name).split(",") if part.strip()]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [_parsed(name, lambda _, one=one: ipaddress.ip_network(one)) for one in names(name)]  # type: ignore[misc]  # mypy knows no defaults of lambdas


def _parsed(name: str, parse: Callable[[str], T]) -> T:
    value = text(name)
    try:
        return parse(value)
    except (ValueError, KeyError):
        setting = SETTINGS[name]
        raise ImproperlyConfigured(
            f"{name} is {value!r}. It takes {setting.kind}, such as {name}={setting.example}"
        ) from None
