from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from arvio import clock
from arvio.catalog.models import User
from arvio.reviews.actions import erase_user


class Command(BaseCommand):
    help = (
        "Erase a user's words and name, as law asks. "
        "Stars, history and its proof stay; it can't be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user", required=True, help="the user's id, or MARKETPLACE/ACCOUNT/USER"
        )

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        reviews = erase_user(user=_find(user), actor="command", now=clock.now())
        Console(highlight=False).print(f"erased: the user and the words of {reviews} reviews")


def _find(named: str) -> User:
    try:
        found = User.objects.filter(pk=UUID(named)).first()
    except ValueError:
        parts = named.split("/", maxsplit=2)
        if len(parts) != 3:
            raise CommandError(f"{named!r} is neither an id nor MARKETPLACE/ACCOUNT/USER") from None
        marketplace, account, ref = parts
        rows = User.objects.filter(
            account__marketplace__slug=marketplace, account__ref=account, ref=ref
        )
        found = rows.first()
    if found is None:
        raise CommandError(f"there is no user {named!r}")
    return found
