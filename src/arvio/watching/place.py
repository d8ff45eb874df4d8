"""Settings that contradict each other or are dangerous, the clock, and where links lead."""

from __future__ import annotations

import ipaddress
import time
import zoneinfo
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http.request import validate_host

from arvio import clock
from arvio.catalog.models import Marketplace

SHORTEST_KEY, FEWEST_SIGNS = 50, 8
# Leases and sign-in codes live by the clock: seconds don't matter to them, minutes do.
MOST_SKEW = 5
OLDEST_YEAR = 2026
TOO_WIDE = 8
HERE = ("127.0.0.1", "localhost", "::1")
NEVER_ALLOWED = [ipaddress.ip_network(name) for name in ("127.0.0.0/8", "169.254.0.0/16", "::1")]


def choices() -> Iterator[str]:
    base = urlsplit(settings.BASE_URL)
    if settings.DEMO:
        if base.hostname not in HERE:
            yield (
                f"ARVIO_DEMO is on while BASE_URL is {settings.BASE_URL}: everybody may take any "
                "role. Set ARVIO_DEMO=no"
            )
        return
    yield from _address(base.scheme, base.hostname or "")
    yield from _keys()
    yield from _calls_out()


def _address(scheme: str, host: str) -> Iterator[str]:
    if "*" in settings.ALLOWED_HOSTS:
        yield (
            "ALLOWED_HOSTS is *: whoever asks chooses the name that answers go by. Name the hosts "
            "that are served"
        )
    elif not validate_host(host, settings.ALLOWED_HOSTS):
        yield f"BASE_URL names {host}, which ALLOWED_HOSTS doesn't: its pages answer 400. Add it"
    if scheme == "http" and host not in HERE:
        yield (
            "BASE_URL begins with http://, and cookies are sent over https alone: nobody can sign "
            "in. Put TLS in front and set BASE_URL=https://…"
        )
    if scheme == "https" and settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0:
        yield (
            "BASE_URL begins with https://, so a proxy is in front, and TRUSTED_PROXIES is 0: "
            "everybody seems to come from the proxy, and one who tries passwords locks out all. "
            "Set TRUSTED_PROXIES=1"
        )


def _keys() -> Iterator[str]:
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_SIGNS:
        yield (
            f"SECRET_KEY can be guessed: it takes {SHORTEST_KEY} random characters. "
            "Setting another signs everybody out. Make one: python -c "
            "'import secrets; print(secrets.token_urlsafe(48))'"
        )
    providers: Any = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    for provider in providers:
        issuer = provider["settings"]["server_url"]
        if urlsplit(issuer).scheme != "https":
            yield f"OIDC_ISSUER is {issuer}: who signs in could be anybody. Set one with https://"


def _calls_out() -> Iterator[str]:
    for network in settings.OUTBOUND_ALLOWED:
        reached = [one for one in NEVER_ALLOWED if one.version == network.version]
        if network.prefixlen < TOO_WIDE or any(one.overlaps(network) for one in reached):
            yield (
                f"OUTBOUND_ALLOWED has {network}: a webhook's address could reach this machine or "
                "its cloud's own services. Name the networks of your receivers alone"
            )


def links() -> Iterator[str]:
    if not settings.DEMO and urlsplit(settings.BASE_URL).hostname in HERE:
        yield (
            f"BASE_URL is {settings.BASE_URL}: links in mails lead to the reader's own machine. "
            "Set it to where browsers reach the service"
        )


def time_here() -> Iterator[str]:
    if clock.real().year < OLDEST_YEAR:
        yield f"this machine's clock says {clock.real():%Y-%m-%d}. Set it, and keep it with NTP"
    try:
        zoneinfo.ZoneInfo("Europe/Moscow")
    except zoneinfo.ZoneInfoNotFoundError:
        yield "this machine knows no time zones. Install the package tzdata"


def time_there() -> Iterator[str]:
    """Against the database's, which all machines share; SQLite has none of its own."""
    for marketplace in Marketplace.objects.order_by("slug"):
        try:
            zoneinfo.ZoneInfo(marketplace.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            yield (
                f"{marketplace.slug}: the time zone {marketplace.time_zone} isn't known here. "
                "Install the package tzdata"
            )
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        began = time.monotonic()
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
        spent = time.monotonic() - began
    skew = (clock.real() - theirs).total_seconds() - spent / 2
    if abs(skew) > MOST_SKEW:
        yield (
            f"this machine's clock and the database's are {abs(skew):,.0f} s apart: what is due "
            "comes early or late, and leases end early. Keep both with NTP"
        )
