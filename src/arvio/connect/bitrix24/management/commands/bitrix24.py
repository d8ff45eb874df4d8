from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from rich.console import Console
from rich.table import Table

from arvio.catalog import queries
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import App
from arvio.connect.bitrix24 import actions, authority, rules
from arvio.connect.bitrix24.models import Connection, Portal
from arvio.connect.bitrix24.pretend import Pretend
from arvio.connect.bitrix24.rules import Unproved

# A well-formed token that no server has given out.
NOBODYS_TOKEN = "0" * 32


class Command(BaseCommand):
    help = "Connect an app to Bitrix24: set it, show it, check it, remove it; or pretend to be it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        made = verbs.add_parser("set", help="say what the app is there; replaces what was")
        checked = verbs.add_parser("check", help="ask the servers; exit 1 if one fails")
        removed = verbs.add_parser("remove", help="forget it; accounts and installations stay")
        for one in (made, checked, removed):
            one.add_argument("marketplace")
            one.add_argument("app")
        made.add_argument("--code", required=True, help="such as vendor.app")
        made.add_argument("--client-id", required=True, help="such as app.573ad8a0346747.09223434")
        made.add_argument(
            "--authorization-server",
            action="append",
            help="may be repeated; " + ", ".join(rules.AUTHORIZATION_SERVERS) + " when left out",
        )
        for flag, families in (
            ("--commercial", rules.COMMERCIAL_FAMILIES),
            ("--non-commercial", rules.NON_COMMERCIAL_FAMILIES),
        ):
            made.add_argument(
                flag,
                action="append",
                metavar="FAMILY",
                help=f"a licence family, may be repeated; {', '.join(families)} when left out",
            )
        shown = verbs.add_parser("show", help="what is connected")
        shown.add_argument("marketplace")
        _add_pretend(verbs)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            VERBS[verb](options)
        except (InvalidFact, NotFound) as error:
            raise CommandError(f"{error.field}: {error.detail}") from None


def _add_pretend(verbs: Any) -> None:
    pretend = verbs.add_parser(
        "pretend", help="play the platform on this machine, to try without it"
    )
    pretend.add_argument("marketplace")
    pretend.add_argument("app")
    pretend.add_argument("--port", type=int, default=8199)
    pretend.add_argument("--code", default="vendor.app")
    pretend.add_argument("--client-id", default="app.573ad8a0346747.09223434")


def _app(options: dict[str, Any]) -> App:
    marketplace = queries.marketplace(slug=options["marketplace"])
    return queries.app(marketplace=marketplace, ref=options["app"])


def _set(options: dict[str, Any]) -> None:
    connection, created = actions.connect(
        app=_app(options),
        code=options["code"],
        client_id=options["client_id"],
        authorization_servers=options["authorization_server"] or rules.AUTHORIZATION_SERVERS,
        commercial_families=options["commercial"] or rules.COMMERCIAL_FAMILIES,
        non_commercial_families=options["non_commercial"] or rules.NON_COMMERCIAL_FAMILIES,
    )
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{'Connected' if created else 'Changed'}: {connection.code}")
    place = f"{options['marketplace']}/connect/{options['app']}/bitrix24"
    opened = f"{options['marketplace']}/in/{options['app']}/from/bitrix24/"
    console.print(f"frame   {settings.BASE_URL}/{opened}")
    console.print(f"events  {settings.BASE_URL}/{place}/events/")
    console.print(f"token   {settings.BASE_URL}/{place}/token/")


def _show(options: dict[str, Any]) -> None:
    marketplace = queries.marketplace(slug=options["marketplace"])
    table = Table("app", "code", "client id", "servers", "commercial", "not", "portals")
    rows = Connection.objects.select_related("app").filter(app__marketplace=marketplace)
    portals = Portal.objects.filter(app__marketplace=marketplace)
    known = dict(portals.values_list("app_id").annotate(count=Count("pk")).order_by("app_id"))
    for row in rows.order_by("app__ref", "pk"):
        table.add_row(
            row.app.ref,
            row.code,
            row.client_id,
            *(
                "\n".join(part)
                for part in (
                    row.authorization_servers,
                    row.commercial_families,
                    row.non_commercial_families,
                )
            ),
            str(known.get(row.app_id, 0)),
        )
    Console(highlight=False).print(table)


def _check(options: dict[str, Any]) -> None:
    """A token that nobody holds must be refused, and by a server that speaks as the platform."""
    app = _app(options)
    connection = Connection.objects.filter(app=app).first()
    if connection is None:
        raise NotFound("app", f"{app.ref!r} isn't connected.")
    failed = False
    console = Console(highlight=False, soft_wrap=True)
    for server in connection.authorization_servers:
        try:
            authority.prove(
                connection=connection, access_token=NOBODYS_TOKEN, server_endpoint=server
            )
            code, detail, well = "believed_anything", "It vouches for a token of nobody.", False
        except Unproved as error:
            code, detail, well = error.code, error.detail, not error.again
        failed |= not well
        console.print(f"{'✓' if well else '✗'} {server}: {code}. {detail}")
    if failed:
        raise CommandError("An authorization server doesn't answer as it should.")


def _remove(options: dict[str, Any]) -> None:
    portals = actions.disconnect(app=_app(options))
    Console(highlight=False).print(f"removed, with the tokens of {portals} portals")


def _pretend(options: dict[str, Any]) -> None:
    _app(options)
    try:
        server = Pretend(
            port=options["port"],
            code=options["code"],
            client_id=options["client_id"],
            arvio=(settings.BASE_URL, options["marketplace"], options["app"]),
        )
    except OSError as error:
        raise CommandError(f"port {options['port']}: {error.strerror}") from None
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"A pretend platform on {server.url}/ until Ctrl-C.")
    with server:
        server.serve_forever()


VERBS = {
    "set": _set,
    "show": _show,
    "check": _check,
    "remove": _remove,
    "pretend": _pretend,
}
