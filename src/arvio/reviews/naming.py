"""What an author is called in public."""

from __future__ import annotations

from arvio.policy.model import NameStyle
from arvio.policy.names import NAMELESS, display_name
from arvio.reviews.models import Review, Source


def author_name(review: Review, style: NameStyle) -> str:
    """By the policy in force; an imported review keeps the name that its file gave.

    Once erased, it stays nameless, even if the person comes back and is known again (R75).
    """
    if review.live_version.erased_at is not None:
        return NAMELESS
    if review.source == Source.IMPORTED:
        return (review.user.name or NAMELESS) if review.user else review.account.name
    if review.user is None:
        return review.account.name
    return display_name(
        style=style,
        full_name=review.user.name,
        account_name=review.account.name,
        person_key=str(review.user.pk),
    )
