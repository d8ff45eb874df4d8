from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import partner as get_partner
from arvio.people.actions import SCOPES, create_key
from arvio.people.models import Key, Person, Role


class Command(BaseCommand):
    help = "Make, list and revoke API keys. A key is printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create")
        create.add_argument("marketplace")
        create.add_argument(
            "--kind",
            choices=Key.Kind.values,
            default=Key.Kind.SERVER.value,
            help="whose key: the marketplace's own server's, or that of one person",
        )
        create.add_argument("--person", metavar="EMAIL", help="of a partner or moderator key")
        create.add_argument("--partner", metavar="REF", help="of a partner key")
        create.add_argument("--name", help="to tell keys apart; the kind when left out")
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
    place, person = _holder(marketplace, options)
    server = person is None
    if options["scope"] and not server:
        raise CommandError("only a server key has scopes; others may what their person may")
    print_once = create_key(
        kind=options["kind"],
        marketplace_id=marketplace.pk,
        partner_id=place.pk if isinstance(place, Partner) else None,
        person=person,
        name=options["name"] or options["kind"],
        scopes=(options["scope"] or SCOPES) if server else (),
        now=clock.now(),
    )
    Console(highlight=False, soft_wrap=True).print(print_once)


def _holder(
    marketplace: Marketplace, options: dict[str, Any]
) -> tuple[Marketplace | Partner, Person | None]:
    """Where the key belongs and to whom; nobody for the server's."""
    kind = options["kind"]
    if kind == Key.Kind.SERVER:
        if options["person"] or options["partner"]:
            raise CommandError("a server key has no person and no partner")
        return marketplace, None
    if not options["person"] or (kind == Key.Kind.PARTNER) != bool(options["partner"]):
        raise CommandError("a partner key needs --person and --partner, a moderator key --person")
    place: Marketplace | Partner = marketplace
    if kind == Key.Kind.PARTNER:
        place = get_partner(marketplace=marketplace, ref=options["partner"])
    kinds = Role.MEMBER_KINDS if kind == Key.Kind.PARTNER else Role.STAFF_KINDS
    role = (
        Role.objects.select_related("person")
        .filter(place_id=place.pk, kind__in=kinds, person__email=options["person"].lower())
        .first()
    )
    if role is None:
        raise CommandError(f"{options['person']} has no role there")
    return place, role.person


def _list(options: dict[str, Any]) -> None:
    marketplace = get_marketplace(slug=options["marketplace"])
    table = Table("prefix", "kind", "person", "name", "scopes", "made", "revoked")
    keys = Key.objects.select_related("person").filter(marketplace_id=marketplace.pk)
    for key in keys.order_by("created_at", "id"):
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        scopes = ", ".join(key.scopes)
        table.add_row(
            key.prefix,
            key.kind,
            key.person.email if key.person else "",
            key.name,
            scopes,
            f"{key.created_at:%Y-%m-%d %H:%M}",
            revoked,
        )
    Console().print(table)


def _revoke(options: dict[str, Any]) -> None:
    found = Key.objects.filter(prefix=options["prefix"], revoked_at=None)
    if not found.update(revoked_at=clock.now()):
        raise CommandError(f"there is no live key that begins with {options['prefix']!r}")
    Console(highlight=False).print("revoked")
