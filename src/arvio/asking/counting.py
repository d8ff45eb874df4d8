"""Who counts as one person when people are asked: a user of an account, or the user wherever in the
marketplace they are (`limits.user_scope`, CONTRACT 2).
"""

from __future__ import annotations

from uuid import UUID

from arvio.catalog.models import User
from arvio.catalog.pseudonyms import pseudonym


def counted_as(*, user: User, marketplace_id: UUID, scope: str) -> str:
    """A key of up to 71 signs that tells no name and stays the same over an erasure."""
    if scope == "marketplace":
        return pseudonym(marketplace_id=marketplace_id, ref=user.ref)
    return str(user.pk)
