from __future__ import annotations

import zoneinfo
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from arvio import clock
from arvio.catalog import accents, staff, staffing
from arvio.catalog.clips import clip_address, set_clip
from arvio.catalog.errors import InvalidFact, MemberRefused, NotFound
from arvio.catalog.management import token_secret
from arvio.catalog.marketplaces import (
    change_marketplace,
    create_marketplace,
    set_policy,
)
from arvio.catalog.models import Marketplace, PolicyVersion
from arvio.catalog.policies.actions import cancel_version, roll_back
from arvio.catalog.policies.timeline import local_moment, timeline
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import policy_in_force
from arvio.catalog.traits import LANGUAGES, TRAITS
from arvio.people.models import Role
from arvio.policy.load import parse_toml
from arvio.policy.problems import PolicyError

ACCENT = f"one of {', '.join(accents.ACCENTS)}, or a colour that can be read, such as #1a5fc2"


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
        create.add_argument("--accent", default="indigo", help=ACCENT)
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
        _policy_arguments(verbs)
        people = verbs.add_parser(
            "staff",
            help="the whole staff, E-MAIL:moderator or E-MAIL:operator; or one by one; or show it",
        )
        people.add_argument("slug")
        people.add_argument("member", nargs="*")
        token_secret.add_arguments(verbs)
        people.add_argument(
            "--add", action="append", metavar="E-MAIL:ROLE", help="the others stay; may be repeated"
        )
        people.add_argument(
            "--remove", action="append", metavar="E-MAIL", help="the others stay; may be repeated"
        )
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
        help="what it is called, looks like and counts by; who may frame and call it; "
        "without options, show it",
    )
    change.add_argument("slug")
    change.add_argument("--name", help="as people read it")
    change.add_argument(
        "--language",
        dest="languages",
        action="append",
        choices=LANGUAGES,
        help="may be repeated; all that are given take the place of all there were",
    )
    change.add_argument("--accent", help=ACCENT)
    change.add_argument("--calendar", help="country of the working days, such as FI")
    change.add_argument("--time-zone", help="such as Europe/Helsinki")
    change.add_argument("--plans-url", help="where customers choose a plan; '' for nowhere")
    change.add_argument("--clip-url", help="a clip of how to review; '' for the one that is ours")
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


def _policy_arguments(verbs: Any) -> None:
    policy = verbs.add_parser(
        "policy", help="give a marketplace its next policy version, now or at a moment to come"
    )
    policy.add_argument("slug")
    what = policy.add_mutually_exclusive_group(required=True)
    what.add_argument("--policy", help="name of a preset; see arvio policy list")
    what.add_argument("--back-to", type=int, metavar="N", help="say again just what version N says")
    what.add_argument(
        "--cancel", type=int, metavar="N", help="version N, which is to come, never begins"
    )
    policy.add_argument("--overrides", type=Path)
    policy.add_argument(
        "--at",
        metavar="MOMENT",
        help="when it takes effect, such as 2026-12-01T00:00 in the marketplace's time zone",
    )
    policies = verbs.add_parser("policies", help="all versions of a marketplace's policy")
    policies.add_argument("slug")


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
    given = {trait: options[trait] for trait in TRAITS if trait in options}
    found = change_marketplace(
        marketplace=get_marketplace(slug=options["slug"]),
        frame_hosts=options["frame_host"],
        origins=options["origin"],
        actor="command",
        now=clock.now(),
        **given,
    )
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(f"{found.slug} is called {found.name}.")
    light, dark = accents.pair(found.accent)
    console.print(f"Languages: {', '.join(found.languages)}")
    console.print(f"Accent: {found.accent} ({light} on light, {dark} on dark)")
    console.print(f"Working days: {found.calendar}, {found.time_zone}")
    console.print(f"Plans: {found.plans_url or 'nowhere'}")
    console.print(f"Clip: {clip_address(found)}")
    console.print(f"May frame it: {', '.join(found.frame_hosts) or 'nobody'}")
    console.print(f"May call it from a page: {', '.join(found.origins) or 'nobody'}")


def _policy(options: dict[str, Any]) -> None:
    now, marketplace = clock.now(), get_marketplace(slug=options["slug"])
    if options["overrides"] and not options["policy"]:
        raise CommandError("Overrides belong to a preset: name it with --policy.")
    if options["at"] and options["cancel"] is not None:
        raise CommandError("A version that is cancelled keeps its moment: leave --at out.")
    at = _moment(options["at"], marketplace.time_zone) if options["at"] else now
    if options["back_to"] is not None:
        number = options["back_to"]
        version = roll_back(
            marketplace=marketplace, number=number, effective_at=at, actor="command", now=now
        )
    elif options["cancel"] is not None:
        number = options["cancel"]
        version = cancel_version(marketplace=marketplace, number=number, actor="command", now=now)
    else:
        version = set_policy(
            marketplace=marketplace,
            preset=options["policy"],
            overrides=_overrides(options["overrides"]),
            effective_at=at,
            actor="command",
            now=now,
        )
    _tell(marketplace, version, now)


def _tell(marketplace: Marketplace, version: PolicyVersion, now: datetime) -> None:
    """What holds now, and what still takes over afterwards."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    turns = timeline(marketplace=marketplace, now=now)
    if version.effective_at <= now:
        console.print(f"{marketplace.slug} now obeys {version.preset}, version {version.number}.")
    else:
        at = _local(version.effective_at, marketplace.time_zone)
        made = f"{version.preset}, version {version.number}"
        console.print(f"{marketplace.slug} obeys {made}, from {at} on.")
    for turn in reversed(turns):
        one = turn.version
        if turn.state == "to_come" and one.effective_at > version.effective_at:
            at = _local(one.effective_at, marketplace.time_zone)
            console.print(f"Version {one.number} still takes over at {at}.")


def _policies(options: dict[str, Any]) -> None:
    marketplace = get_marketplace(slug=options["slug"])
    table = Table("number", "preset", "from", "state", "made", "by", "repeats")
    for turn in timeline(marketplace=marketplace, now=clock.now()):
        one = turn.version
        table.add_row(
            str(one.number),
            one.preset,
            _local(one.effective_at, marketplace.time_zone),
            STATES[turn.state],
            _local(one.created_at, marketplace.time_zone),
            one.created_by,
            f"version {turn.repeats}" if turn.repeats else "",
        )
    Console().print(table)


STATES = {
    "in_force": "in force",
    "to_come": "to come",
    "over": "over",
    "dropped": "cancelled before it began",
}


def _moment(text: str, time_zone: str) -> datetime:
    at = local_moment(text, time_zone)
    if at is None:
        raise CommandError(f"--at {text!r} isn't a day and a time such as 2026-12-01T00:00.")
    return at


def _local(at: datetime, time_zone: str) -> str:
    return f"{at.astimezone(zoneinfo.ZoneInfo(time_zone)):%Y-%m-%d %H:%M %Z}"


def _overrides(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return parse_toml(text=path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read: {error}") from None


def _staff(options: dict[str, Any]) -> None:
    marketplace, now = get_marketplace(slug=options["slug"]), clock.now()
    one_by_one = options["add"] or options["remove"]
    if one_by_one and options["member"]:
        raise CommandError("Name the whole staff, or use --add and --remove: not both.")
    if options["member"]:
        members = [_with_role(member) for member in options["member"]]
        staffing.name_staff(
            marketplace=marketplace,
            members=[(email, "", kind) for email, kind in members],
            now=now,
        )
    for email, kind in map(_with_role, options["add"] or []):
        staffing.add_staff(marketplace=marketplace, email=email, kind=kind, now=now)
    for email in options["remove"] or []:
        try:
            staffing.remove_staff(marketplace=marketplace, email=email, now=now)
        except MemberRefused:
            raise CommandError(f"{email!r} isn't on the staff of {marketplace.slug}") from None
    console = Console(highlight=False, soft_wrap=True, markup=False)
    found = staff.colleagues(marketplace=marketplace)
    console.print(f"{marketplace.slug} has a staff of {len(found)}.")
    for one in found:
        console.print(f"{one.person.email}: {one.kind}")


def _with_role(member: str) -> tuple[str, str]:
    email, colon, kind = member.rpartition(":")
    if not colon or "@" not in email or kind not in Role.STAFF_KINDS:
        raise CommandError(f"{member!r} isn't E-MAIL:moderator or E-MAIL:operator")
    return email, kind


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
    "policies": _policies,
    "staff": _staff,
    "clip": _clip,
    "secret": token_secret.handle,
    "list": _list,
}
