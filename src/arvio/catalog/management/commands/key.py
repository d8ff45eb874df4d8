from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.people.actions import SCOPES, create_key
from arvio.people.models import Key


class Command(BaseCommand):
    help = "Make, list and revoke a marketplace's server keys. A key is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create")
        create.add_argument("marketplace")
        create.add_argument("--name", default="server", help="to tell keys apart")
        create.add_argument(
            "--scope", action="append", choices=SCOPES, help="may be repeated; all when left out"
        )
        listing = verbs.add_parser("list")
        listing.add_argument("marketplace")
        revoke = verbs.add_parser("revoke")
        revoke.add_argument(
            "prefix", help="the key's first ten characters, as `key list` shows them"
        )

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            {"create": _create, "list": _list, "revoke": _revoke}[verb](options)
        except NotFound as error:
            raise CommandError(error.detail) from None


def _create(options: dict[str, Any]) -> None:
    marketplace = get_marketplace(slug=options["marketplace"])
    print_once = create_key(
        kind=Key.Kind.SERVER,
        marketplace_id=marketplace.pk,
        name=options["name"],
        scopes=options["scope"] or SCOPES,
        now=clock.now(),
    )
    Console(highlight=False, soft_wrap=True).print(print_once)


def _list(options: dict[str, Any]) -> None:
    marketplace = get_marketplace(slug=options["marketplace"])
    table = Table("prefix", "kind", "name", "scopes", "made", "revoked")
    for key in Key.objects.filter(marketplace_id=marketplace.pk).order_by("created_at", "id"):
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        scopes = ", ".join(key.scopes)
        table.add_row(
            key.prefix, key.kind, key.name, scopes, f"{key.created_at:%Y-%m-%d %H:%M}", revoked
        )
    Console().print(table)


def _revoke(options: dict[str, Any]) -> None:
    found = Key.objects.filter(prefix=options["prefix"], revoked_at=None)
    if not found.update(revoked_at=clock.now()):
        raise CommandError(f"there is no live key that begins with {options['prefix']!r}")
    Console(highlight=False).print("revoked")
