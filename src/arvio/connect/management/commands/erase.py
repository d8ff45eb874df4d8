"""`arvio erase`: forget a customer, or a visitor who has reported something, as law asks (R75)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console

from arvio import clock
from arvio.connect.erasing import erase_everywhere
from arvio.connect.naming_user import USER_HELP, named_user
from arvio.moderation.erasing import forget_address


class Command(BaseCommand):
    help = (
        "Erase a user's words and name, or a reporter's, as law asks. History and its proof stay, "
        "and the stars or not as the policy says; it can't be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--user", help=USER_HELP)
        whom.add_argument("--reporter", metavar="EMAIL", help="a visitor who reported something")

    def handle(self, *args: Any, user: str | None, reporter: str | None, **options: Any) -> None:
        console = Console(highlight=False)
        if reporter:
            reports = forget_address(email=reporter, now=clock.now())
            console.print(f"erased: the address and the words of {reports} reports")
        elif user:
            reviews = erase_everywhere(user=named_user(user), actor="command", now=clock.now())
            console.print(f"erased: the user and the words of {reviews} reviews")
