"""`arvio marketplace secret`: the secret that viewer tokens are signed with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from rich.console import Console

from arvio import clock
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.token_secret import end_old_secret, rotate_secret
from arvio.policy import durations

ACTOR = "command"


def add_arguments(verbs: Any) -> None:
    parser = verbs.add_parser(
        "secret", help="the secret for viewer tokens: how it stands, make a new one, end the old"
    )
    parser.add_argument("slug")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--show", action="store_true", help="print the secret")
    what.add_argument("--rotate", action="store_true", help="make a new one and print it")
    what.add_argument(
        "--end-old", action="store_true", help="refuse what the one before signed from now on"
    )
    parser.add_argument(
        "--keep",
        metavar="DURATION",
        help="with --rotate: how long tokens of the old one are taken, PT1H to P30D, or PT0S to "
        "end it at once; PT1H when left out, which is as long as a token lives",
    )


def handle(options: dict[str, Any]) -> None:
    """Raises InvalidFact and NotFound."""
    if options["keep"] and not options["rotate"]:
        raise CommandError("--keep goes with --rotate")
    marketplace, now = get_marketplace(slug=options["slug"]), clock.now()
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if options["rotate"]:
        try:
            keep = durations.parse(options["keep"] or "PT1H").add(now) - now
        except durations.DurationError as error:
            raise CommandError(str(error)) from None
        console.print(rotate_secret(marketplace=marketplace, keep=keep, actor=ACTOR, now=now))
    elif options["end_old"]:
        if not end_old_secret(marketplace=marketplace, actor=ACTOR, now=now):
            raise CommandError(f"{marketplace.slug} has no old secret that counts")
        console.print("ended")
    elif options["show"]:
        console.print(marketplace.jwt_secret)
    else:
        made = marketplace.jwt_secret_at or marketplace.created_at
        console.print(f"The secret for viewer tokens was made on {made:%Y-%m-%d %H:%M} UTC.")
        if len(marketplace.token_secrets(now)) > 1:
            until = marketplace.old_jwt_secret_until
            console.print(f"Tokens of the one before are taken until {until:%Y-%m-%d %H:%M} UTC.")
