from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from arvio import clock
from arvio.catalog.clips import clip_address, set_clip
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.management import token_secret
from arvio.catalog.marketplaces import (
    LANGUAGES,
    change_marketplace,
    create_marketplace,
    put_staff,
    set_policy,
)
from arvio.catalog.models import ACCENTS, Marketplace
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import policy_in_force
from arvio.people.models import Role
from arvio.policy.load import parse_toml
from arvio.policy.problems import PolicyError


class Command(BaseCommand):
    help = "Create and change a marketplace, its policy, its staff and its clip; list them all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="a new marketplace with its policy")
        create.add_argument("slug")
        create.add_argument(
            "--policy", required=True, help="name of a preset; see arvio policy list"
        )
        create.add_argument(
            "--overrides", type=Path, help="a TOML file with what differs from the preset"
        )
        create.add_argument("--name", help="as people read it; the slug when left out")
        create.add_argument(
            "--language", action="append", choices=LANGUAGES, help="may be repeated"
        )
        create.add_argument("--accent", default="indigo", choices=ACCENTS)
        create.add_argument(
            "--calendar", default="US", help="country of the working days, such as FI"
        )
        create.add_argument("--time-zone", default="UTC")
        create.add_argument(
            "--frame-host", action="append", default=[], help="may frame the product pages"
        )
        create.add_argument(
            "--origin", action="append", default=[], help="may call viewer routes from a page"
        )
        _change_arguments(verbs)
        policy = verbs.add_parser(
            "policy", help="give a marketplace its next policy version, from now on"
        )
        policy.add_argument("slug")
        policy.add_argument("--policy", required=True)
        policy.add_argument("--overrides", type=Path)
        staff = verbs.add_parser(
            "staff", help="name the whole staff: E-MAIL:moderator or E-MAIL:operator"
        )
        staff.add_argument("slug")
        staff.add_argument("member", nargs="*")
        token_secret.add_arguments(verbs)
        clip = verbs.add_parser(
            "clip", help="the address of a clip of how to review; none for the one that is ours"
        )
        clip.add_argument("slug")
        clip.add_argument("url", nargs="?", default="")
        verbs.add_parser("list", help="all marketplaces with their policies")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            VERBS[verb](options)
        except (InvalidFact, NotFound) as error:
            raise CommandError(f"{error.field}: {error.detail}") from None
        except PolicyError as error:
            raise CommandError(str(error)) from None


def _change_arguments(verbs: Any) -> None:
    change = verbs.add_parser(
        "change",
        help="its name, who may frame it and who may call it; without options, show them",
    )
    change.add_argument("slug")
    change.add_argument("--name", help="as people read it")
    hosts = change.add_mutually_exclusive_group()
    hosts.add_argument(
        "--frame-host",
        action="append",
        help="may frame the product pages; all that are given take the place of all there were",
    )
    hosts.add_argument("--no-frame-hosts", dest="frame_host", action="store_const", const=[])
    origins = change.add_mutually_exclusive_group()
    origins.add_argument(
        "--origin",
        action="append",
        help="may call viewer routes from a page; they, too, take the place of all there were",
    )
    origins.add_argument("--no-origins", dest="origin", action="store_const", const=[])


def _create(options: dict[str, Any]) -> None:
    made = create_marketplace(
        slug=options["slug"],
        name=options["name"] or options["slug"],
        preset=options["policy"],
        overrides=_overrides(options["overrides"]),
        languages=options["language"] or LANGUAGES,
        accent=options["accent"],
        calendar=options["calendar"],
        time_zone=options["time_zone"],
        frame_hosts=options["frame_host"],
        origins=options["origin"],
        now=clock.now(),
    )
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"Made {made.name} at /{made.slug}/ with the policy {options['policy']}.")
    console.print(f"Secret for viewer tokens (HS256): {made.jwt_secret}")
    console.print(f"Next: arvio key create {made.slug} --name backend")


def _change(options: dict[str, Any]) -> None:
    found = change_marketplace(
        marketplace=get_marketplace(slug=options["slug"]),
        name=options["name"],
        frame_hosts=options["frame_host"],
        origins=options["origin"],
        actor="command",
        now=clock.now(),
    )
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{found.slug} is called {found.name}.")
    console.print(f"May frame it: {', '.join(found.frame_hosts) or 'nobody'}")
    console.print(f"May call it from a page: {', '.join(found.origins) or 'nobody'}")


def _policy(options: dict[str, Any]) -> None:
    now = clock.now()
    version = set_policy(
        marketplace=get_marketplace(slug=options["slug"]),
        preset=options["policy"],
        overrides=_overrides(options["overrides"]),
        effective_at=now,
        actor="command",
        now=now,
    )
    Console(highlight=False).print(
        f"{options['slug']} now obeys {version.preset}, version {version.number}."
    )


def _overrides(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return parse_toml(text=path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read: {error}") from None


def _staff(options: dict[str, Any]) -> None:
    members = []
    for member in options["member"]:
        email, colon, kind = member.rpartition(":")
        if not colon or "@" not in email or kind not in Role.STAFF_KINDS:
            raise CommandError(f"{member!r} isn't E-MAIL:moderator or E-MAIL:operator")
        members.append((email, "", kind))
    put_staff(marketplace=get_marketplace(slug=options["slug"]), members=members)
    Console(highlight=False).print(f"{options['slug']} has a staff of {len(members)}.")


def _clip(options: dict[str, Any]) -> None:
    found = set_clip(
        marketplace=get_marketplace(slug=options["slug"]),
        url=options["url"],
        actor="command",
        now=clock.now(),
    )
    Console(highlight=False, soft_wrap=True).print(
        f"{found.slug} shows {clip_address(found)} as its clip.", markup=False
    )


def _list(options: dict[str, Any]) -> None:
    table = Table("slug", "name", "policy", "languages", "time zone")
    for marketplace in Marketplace.objects.order_by("slug"):
        version = policy_in_force(marketplace=marketplace, now=clock.now())
        languages = ", ".join(marketplace.languages)
        table.add_row(
            marketplace.slug, marketplace.name, str(version), languages, marketplace.time_zone
        )
    Console().print(table)


VERBS = {
    "create": _create,
    "change": _change,
    "policy": _policy,
    "staff": _staff,
    "clip": _clip,
    "secret": token_secret.handle,
    "list": _list,
}
