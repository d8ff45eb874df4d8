"""What asking forgets of a customer who is erased, and what is theirs to see (R75).

That they were asked stays, by our own ids: who comes back isn't asked again. Links go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from arvio.asking.models import ReviewRequest, SignInLink, UpdateInvitation
from arvio.catalog import planning
from arvio.catalog.models import Installation, User
from arvio.due import actions as due
from arvio.policy.verdict import moment_text
from arvio.reviews import moves
from arvio.reviews.models import Review


def hold(*, user: User) -> None:
    """What the worker may be serving of this user is waited for, before the user is locked: it
    takes them in this order. Before both come the installations, as whoever tells of one takes it
    and then what is due of it.
    """
    rows = Installation.objects.filter(account=user.account).select_for_update(no_key=True)
    installed = list(rows.order_by("pk").values_list("pk", flat=True))
    kinds = (planning.REQUEST, planning.VERSION)
    due.hold(kinds=kinds, keys=[str(pk) for pk in installed])
    reviews = Review.objects.filter(user=user).values_list("pk", flat=True)
    due.hold(kinds=(moves.FIXED_IN,), keys=[str(pk) for pk in reviews])


def forget(*, user: User, actor: str, now: datetime) -> None:
    """In the transaction of the erasure, before the user is gone."""
    SignInLink.objects.filter(user=user).delete()


def _requests(user: User) -> list[dict[str, Any]]:
    rows = ReviewRequest.objects.filter(user=user).select_related("app")
    return [
        {"app": row.app.ref, "code": row.code, "decided_at": moment_text(row.decided_at)}
        for row in rows.order_by("decided_at", "pk")
    ]


def _invitations(user: User) -> list[dict[str, Any]]:
    rows = UpdateInvitation.objects.filter(review__user=user).select_related("app")
    return [
        {
            "app": row.app.ref,
            "review": str(row.review_id),
            "fixed_in": row.fixed_in,
            "code": row.code,
            "decided_at": moment_text(row.decided_at),
        }
        for row in rows.order_by("decided_at", "pk")
    ]


# Key in the document of personal data -> what stands under it.
PARTS: dict[str, Callable[[User], Any]] = {
    "review_requests": _requests,
    "update_invitations": _invitations,
}
