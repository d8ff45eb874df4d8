from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from arvio import clock, outbound
from arvio.catalog import queries as catalog
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import App
from arvio.connect.hubspot import actions, asking, queries, rules, sealing
from arvio.connect.hubspot.models import Connection
from arvio.connect.hubspot.pretend import Pretend, Server
from arvio.connect.hubspot.rules import Doubtful

# No token that was ever given looks like this one.
NOBODYS_TOKEN = "arvio-asks-whether-it-is-heard"  # noqa: S105 - not a secret


class Command(BaseCommand):
    help = "Connect an app to HubSpot, and look how its connection stands. See docs/hubspot.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        put = _verb(verbs, "set", "make a connection, or change what is given")
        put.add_argument("--app-id", type=int, help="the app's number at HubSpot")
        put.add_argument("--client-id")
        put.add_argument(
            "--client-secret-file",
            metavar="FILE",
            help="a file that holds the client secret and nothing else; - reads standard input",
        )
        put.add_argument("--api-base", metavar="URL", help=f"usually {rules.USUAL_BASE}")
        put.add_argument("--api", choices=rules.APIS, help=f"usually {rules.APIS[0]}")
        put.add_argument(
            "--kind",
            action="append",
            default=[],
            metavar="TYPE=KIND",
            help=f"what an accountType is: {', '.join(rules.KINDS)}; may be repeated",
        )
        _verb(verbs, "show", "the connection and its figures, without secrets")
        _verb(verbs, "check", "ask the platform whether it knows us; exit 1 on a problem")
        _verb(verbs, "remove", "forget the connection and its tokens; installations stay")
        play = verbs.add_parser("pretend", help="a stand-in for HubSpot on this machine, to try")
        play.add_argument("--port", type=int, default=8790)
        play.add_argument("--client-secret", default="pretend-secret")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "pretend":
            _pretend(options)
            return
        try:
            marketplace = catalog.marketplace(slug=options["marketplace"])
            app = catalog.app(marketplace=marketplace, ref=options["app"])
            {"set": _set, "show": _show, "check": _check, "remove": _remove}[verb](app, options)
        except (NotFound, InvalidFact) as error:
            raise CommandError(error.detail) from None


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text)
    parser.add_argument("marketplace")
    parser.add_argument("app")
    return parser


def _say(*lines: str) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for line in lines:
        console.print(line)


# --- set ---------------------------------------------------------------------------------------


def _set(app: App, options: dict[str, Any]) -> None:
    values: dict[str, Any] = {}
    if options["app_id"] is not None:
        if not 0 < options["app_id"] < 2**63:
            raise CommandError("--app-id is a number above 0")
        values["platform_app_id"] = options["app_id"]
    if options["client_id"]:
        values["client_id"] = options["client_id"]
    if options["api_base"]:
        values["api_base"] = _base(options["api_base"])
    if options["api"]:
        values["api"] = options["api"]
    if options["kind"]:
        values["kinds"] = _kinds(app, options["kind"])
    secret = _secret(options["client_secret_file"])
    made = actions.connect_app(app=app, values=values, client_secret=secret, now=clock.now())
    _say("connected" if made else "changed", *_doors(app))


def _doors(app: App) -> list[str]:
    place = f"{settings.BASE_URL}/{app.marketplace.slug}"
    return [
        f"events     {place}/connect/{app.ref}/hubspot/events/",
        f"token      {place}/connect/{app.ref}/hubspot/token/",
        f"frame      {place}/in/{app.ref}/from/hubspot/",
    ]


def _base(url: str) -> str:
    url = url.rstrip("/")
    try:
        outbound.check_url(url=url, allowed=settings.OUTBOUND_ALLOWED)
    except outbound.OutboundError as error:
        raise CommandError(f"--api-base: {error.detail}") from None
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise CommandError("--api-base has no query")
    inside = outbound.is_inside(host=parts.hostname or "", networks=settings.OUTBOUND_ALLOWED)
    if parts.scheme != "https" and not inside:
        raise CommandError(
            "--api-base begins with https://: tokens and the secret are sent there. http:// is "
            "for an address inside OUTBOUND_ALLOWED"
        )
    return url


def _kinds(app: App, given: list[str]) -> dict[str, str]:
    found = Connection.objects.filter(app=app).first()
    kinds = dict(found.kinds if found else rules.USUAL_KINDS)
    for one in given:
        name, equals, kind = one.partition("=")
        if not name or not equals or kind not in rules.KINDS:
            raise CommandError(f"--kind {one}: write TYPE={' or TYPE='.join(rules.KINDS)}")
        kinds[name] = kind
    return kinds


def _secret(name: str | None) -> str:
    if name is None:
        return ""
    try:
        read = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--client-secret-file: {error}") from None
    secret = read.strip()
    if not secret or not secret.isascii() or not secret.isprintable():
        raise CommandError("--client-secret-file holds no secret, or more than one line")
    return secret


# --- show, check, remove -----------------------------------------------------------------------


def _show(app: App, options: dict[str, Any]) -> None:
    connection = queries.connection(app=app)
    found = queries.figures(app=app)
    kinds = ", ".join(f"{key} {value}" for key, value in sorted(connection.kinds.items()))
    checked = f"{found.last_checked_at:%Y-%m-%d %H:%M} UTC" if found.last_checked_at else "never"
    _say(
        f"app id     {connection.platform_app_id}",
        f"client id  {connection.client_id}",
        "secret     set, and never shown",
        f"api        {connection.api_base}, {connection.api}",
        f"kinds      {kinds}",
        *_doors(app),
        f"accounts   {found.grants}: {found.watched} with a token, {found.failing} failing, "
        f"{found.ended} ended; last checked: {checked}",
    )
    for trouble, n in sorted(found.troubles.items()):
        _say(f"trouble    {trouble}: {n}")
    for unknown in sorted(set(found.types) - set(connection.kinds) - {""}):
        _say(
            f"unknown    accountType {unknown}: {found.types[unknown]}, taken as {rules.SANDBOX}. "
            f"Say what it is: --kind {unknown}=production"
        )


def _check(app: App, options: dict[str, Any]) -> None:
    connection = queries.connection(app=app)
    try:
        sealing.unseal(connection.client_secret)
    except sealing.Unreadable:
        raise CommandError(
            "the client secret can't be read: SECRET_KEY has changed. Set it again with "
            "--client-secret-file"
        ) from None
    try:
        asking.token_info(connection=connection, access_token=NOBODYS_TOKEN, now=clock.now())
    except Doubtful as doubt:
        if doubt.code == "token_not_active":
            heard = "the platform answers; " + (
                "v1 says nothing about client id and secret"
                if connection.api == "v1"
                else "client id and secret weren't refused"
            )
            _say(heard)
            return
        raise CommandError(f"{doubt.code}: {doubt.detail}") from None
    raise CommandError("the platform vouches for a token that nobody was given")


def _remove(app: App, options: dict[str, Any]) -> None:
    queries.connection(app=app)
    grants = actions.disconnect_app(app=app)
    _say(f"removed, with the tokens of {grants} accounts; their installations stay as they are")


# --- pretend -----------------------------------------------------------------------------------


def _pretend(options: dict[str, Any]) -> None:
    played = Pretend(client_secret=options["client_secret"])
    try:
        server = Server(played, port=options["port"])
    except OSError as error:
        raise CommandError(f"port {options['port']}: {error.strerror}") from None
    with server as base_url:
        _say(
            f"A stand-in for HubSpot on {base_url}. Ctrl-C ends it.",
            f"app id {played.app_id}, client id {played.client_id}, "
            f"client secret {played.client_secret}",
        )
        sys.stdout.flush()
        while True:
            time.sleep(3600)
