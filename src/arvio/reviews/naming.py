"""What an author is called in public."""

from __future__ import annotations

from uuid import UUID

from arvio.policy.model import NameStyle
from arvio.policy.names import NAMELESS, display_name
from arvio.reviews.models import Review, Source


def author_name(review: Review, style: NameStyle) -> str:
    """By the policy in force."""
    user = review.user
    return name_of(
        source=review.source,
        erased=review.live_version.erased_at is not None,
        user=(user.pk, user.name) if user else None,
        account_name=review.account.name,
        style=style,
    )


def name_of(
    *,
    source: str,
    erased: bool,
    user: tuple[UUID, str] | None,
    account_name: str,
    style: NameStyle,
) -> str:
    """`user` is (id, name). An imported review keeps the name that its file gave.

    Once erased, it stays nameless, even if the person comes back and is known again (R75).
    """
    if erased:
        return NAMELESS
    if source == Source.IMPORTED:
        return (user[1] or NAMELESS) if user else account_name
    if user is None:
        return account_name
    pk, full_name = user
    return display_name(
        style=style, full_name=full_name, account_name=account_name, person_key=str(pk)
    )
