"""How an operator names a user to a command."""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import CommandError

from arvio.catalog import queries
from arvio.catalog.errors import NotFound
from arvio.catalog.models import User

USER_HELP = "the user's id, or MARKETPLACE/ACCOUNT/USER"


def named_user(named: str) -> User:
    """Raises CommandError."""
    try:
        found = User.objects.filter(pk=UUID(named)).first()
    except ValueError:
        found = _by_refs(named)
    if found is None:
        raise CommandError(f"there is no user {named!r}")
    return found


def _by_refs(named: str) -> User | None:
    parts = named.split("/", maxsplit=2)
    if len(parts) != 3:
        raise CommandError(f"{named!r} is neither an id nor MARKETPLACE/ACCOUNT/USER")
    marketplace, account, ref = parts
    try:
        place = queries.marketplace(slug=marketplace)
        return queries.user(account=queries.account(marketplace=place, ref=account), ref=ref)
    except NotFound:
        return None
