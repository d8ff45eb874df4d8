from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from arvio import clock
from arvio.catalog import actions
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import Account, Ban, User
from arvio.catalog.queries import account as get_account
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import user as get_user
from arvio.policy.durations import DurationError, parse


class Command(BaseCommand):
    help = (
        "Ban a user or a whole account from reviewing, or lift the ban. "
        "Published reviews go to the archive and back, and the banned are told by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("marketplace")
        parser.add_argument("account")
        parser.add_argument("--user", help="only this user of the account")
        parser.add_argument("--reason", default="", help="told to the banned as written")
        parser.add_argument("--rule", default="", help="key of the guidelines' rule, such as spam")
        parser.add_argument(
            "--for", dest="length", help="how long, such as P30D; without an end when left out"
        )
        parser.add_argument("--lift", action="store_true")

    def handle(self, *args: Any, lift: bool, **options: Any) -> None:
        now = clock.now()
        try:
            account = get_account(
                marketplace=get_marketplace(slug=options["marketplace"]), ref=options["account"]
            )
            user = _user(account, options["user"])
            if lift:
                rows = Ban.objects.select_related("account")
                bans = list(rows.filter(account=account, user=user, lifted_at=None))
                for ban in bans:
                    actions.lift_ban(ban=ban, reason=options["reason"], now=now)
                Console(highlight=False).print(f"lifted: {len(bans)}")
                return
            until_at = parse(options["length"]).add(now) if options["length"] else None
            made = actions.ban(
                account=account,
                user=user,
                reason=options["reason"],
                rule=options["rule"],
                until_at=until_at,
                now=now,
            )
        except (NotFound, InvalidFact) as error:
            raise CommandError(f"{error.field}: {error.detail}") from None
        except DurationError as error:
            raise CommandError(f"--for: {error}") from None
        Console(highlight=False).print(f"banned: {made}")


def _user(account: Account, ref: str | None) -> User | None:
    if ref is None:
        return None
    user = get_user(account=account, ref=ref)
    if user is None:
        raise NotFound("user", f"There is no user {ref!r} in this account.")
    return user
