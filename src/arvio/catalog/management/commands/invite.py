from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from rich.console import Console

from arvio import clock
from arvio.catalog.errors import MemberRefused, NotFound
from arvio.catalog.inviting import invite
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.queries import marketplace as get_marketplace
from arvio.catalog.queries import partner as get_partner
from arvio.people.models import Role

REFUSALS = {
    "already_member": "{email} is a member already, and signs in at /accounts/login/ by a code.",
    "already_invited": "{email} is invited already. The pages can send the link again.",
    "too_many": "too many invitations there are open",
}


class Command(BaseCommand):
    help = (
        "Invite somebody to a partner or to a marketplace's staff, the first owner or operator for "
        "one: mails the link and prints it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--marketplace", required=True)
        place = parser.add_mutually_exclusive_group(required=True)
        place.add_argument("--partner", metavar="REF", help="to this partner")
        for kind in ("operator", "moderator"):
            place.add_argument(
                f"--{kind}", action="store_const", dest="staff", const=kind, help="to the staff"
            )
        parser.add_argument(
            "--role",
            choices=[kind.value for kind in Role.MEMBER_KINDS],
            default="owner",
            help="at the partner",
        )
        parser.add_argument("--name", default="")
        parser.add_argument("--language", help="of the mail; the marketplace's first when left out")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            validate_email(email)
            marketplace = get_marketplace(slug=options["marketplace"])
            language = options["language"] or marketplace.languages[0]
            if language not in marketplace.languages:
                raise CommandError(f"{marketplace.slug} speaks {', '.join(marketplace.languages)}")
            place: Partner | Marketplace = marketplace
            if options["partner"]:
                place = get_partner(marketplace=marketplace, ref=options["partner"])
            sent = invite(
                place=place,
                by=None,
                email=email,
                kind=options["staff"] or options["role"],
                language=language,
                name=options["name"],
                now=clock.now(),
                real_now=clock.real(),
            )
        except ValidationError:
            raise CommandError(f"{email!r} isn't an e-mail address") from None
        except NotFound as error:
            raise CommandError(error.detail) from None
        except MemberRefused as refusal:
            raise CommandError(REFUSALS[refusal.code].format(email=email)) from None
        Console(highlight=False, soft_wrap=True).print(sent.url)
