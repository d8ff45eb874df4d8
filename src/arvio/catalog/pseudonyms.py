"""What an erased user is called instead of by the platform's id (R75).

The pseudonym is keyed with our secret: nobody can read the id out of it, and whoever comes back
with the id is found again, so that limits and bans outlast an erasure. So it rests on the first
secret there was, which stays the last of `SECRET_KEY_FALLBACKS`, and not on the one in use.
"""

from __future__ import annotations

import re
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "arvio.catalog.erased"
WRITTEN = re.compile(r"erased-[0-9a-f]{64}")


def is_pseudonym(ref: str) -> bool:
    return WRITTEN.fullmatch(ref) is not None


def pseudonym(*, marketplace_id: UUID, ref: str) -> str:
    """The same wherever in the marketplace the id is met; a pseudonym stays what it is."""
    if is_pseudonym(ref):
        return ref
    said = f"{marketplace_id}/{ref}"
    digest = salted_hmac(SALT, said, secret=first_secret(), algorithm="sha256").hexdigest()
    return f"erased-{digest}"


def first_secret() -> str:
    """For what is kept in the database and found by being made again."""
    secrets: list[str] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return secrets[-1]


def names_of(*, marketplace_id: UUID, ref: str) -> tuple[str, str]:
    """What the user's row may be called: the platform's id, or its pseudonym."""
    return ref, pseudonym(marketplace_id=marketplace_id, ref=ref)
