from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import partner as get_partner
from arvio.people.actions import SCOPES, create_key, revoke_keys, rotate_key
from arvio.people.errors import KeyRefused
from arvio.people.models import Key, Person, Role, live
from arvio.policy import durations

REFUSED = {
    "no_such_key": "there is no such key",
    "over": "the key has ended or was revoked",
    "rotated": "the key has a successor already; `arvio key list` shows it",
    "keep": "an old key is kept for P30D at most",
    "ends": "the end must be still to come",
}
PREFIX = "the key's first ten characters, as `key list` shows them"


class Command(BaseCommand):
    help = "Make, list, rotate and revoke API keys. A key is printed once."

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
        create.add_argument(
            "--lasts", metavar="DURATION", help="such as P1Y; it ends by itself then"
        )
        listing = verbs.add_parser("list", help="all keys, when they were last used, when they end")
        listing.add_argument("marketplace")
        rotate = verbs.add_parser("rotate", help="make the key that takes another one's place")
        rotate.add_argument("prefix", help=PREFIX)
        rotate.add_argument(
            "--keep",
            metavar="DURATION",
            default="PT24H",
            help="how long the old one works yet, PT0S to P30D; PT24H when left out",
        )
        revoke = verbs.add_parser("revoke", help="refuse a key from now on")
        revoke.add_argument("prefix", help=PREFIX)
        revoke.add_argument("--reason", default="", help="for the key's history")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            VERBS[verb](options)
        except NotFound as error:
            raise CommandError(error.detail) from None
        except KeyRefused as refusal:
            raise CommandError(REFUSED[refusal.code]) from None


def _create(options: dict[str, Any]) -> None:
    marketplace = get_marketplace(slug=options["marketplace"])
    place, person = _holder(marketplace, options)
    server = person is None
    if options["scope"] and not server:
        raise CommandError("only a server key has scopes; others may what their person may")
    now = clock.now()
    token = create_key(
        kind=options["kind"],
        marketplace_id=marketplace.pk,
        partner_id=place.pk if isinstance(place, Partner) else None,
        person=person,
        name=options["name"] or options["kind"],
        scopes=(options["scope"] or SCOPES) if server else (),
        ends_at=_after(options["lasts"], now) if options["lasts"] else None,
        now=now,
    )
    _print(token)


def _print(text: str) -> None:
    Console(highlight=False, soft_wrap=True, markup=False).print(text)


def _after(duration: str, now: datetime) -> datetime:
    try:
        return durations.parse(duration).add(now)
    except durations.DurationError as error:
        raise CommandError(str(error)) from None


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
    marketplace, now = get_marketplace(slug=options["marketplace"]), clock.now()
    table = Table("prefix", "kind", "person", "name", "scopes", "made", "last used", "ends")
    keys = Key.objects.select_related("person").filter(marketplace_id=marketplace.pk)
    for key in keys.order_by("created_at", "id"):
        table.add_row(
            key.prefix,
            key.kind,
            key.person.email if key.person else "",
            key.name,
            ", ".join(key.scopes),
            _moment(key.created_at),
            _moment(key.last_used_at),
            _end(key, now),
        )
    Console().print(table)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _end(key: Key, now: datetime) -> str:
    if key.revoked_at:
        return f"revoked {_moment(key.revoked_at)}"
    return _moment(key.ends_at) if key.is_live(now) else f"ended {_moment(key.ends_at)}"


def _rotate(options: dict[str, Any]) -> None:
    now = clock.now()
    found = Key.objects.filter(live(now), prefix=options["prefix"])
    keys = list(found.order_by("pk")[:2])
    if len(keys) != 1:
        many = "there are several live keys" if keys else "there is no live key"
        raise CommandError(f"{many} beginning with {options['prefix']!r}")
    keep: timedelta = _after(options["keep"], now) - now
    _print(rotate_key(key=keys[0], keep=keep, now=now))


def _revoke(options: dict[str, Any]) -> None:
    keys = Key.objects.filter(prefix=options["prefix"])
    if not revoke_keys(keys=keys, reason=options["reason"], now=clock.now()):
        raise CommandError(f"there is no live key that begins with {options['prefix']!r}")
    _print("revoked")


VERBS = {"create": _create, "list": _list, "rotate": _rotate, "revoke": _revoke}
