"""`arvio erase --user`: forget a customer, as law asks (R75)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console

from arvio import clock
from arvio.connect.erasing import erase_everywhere
from arvio.connect.naming_user import USER_HELP, named_user


class Command(BaseCommand):
    help = (
        "Erase a user's words and name, as law asks. History and its proof stay, and the stars or "
        "not as the policy says; it can't be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help=USER_HELP)

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        reviews = erase_everywhere(user=named_user(user), actor="command", now=clock.now())
        Console(highlight=False).print(f"erased: the user and the words of {reviews} reviews")
