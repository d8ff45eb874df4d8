"""What asking forgets of a customer who is erased, and what is theirs to see (R75).

That they were asked stays, by our own ids and the pseudonym that the erasure gives: who comes back
isn't asked again, and the broker's budget and the wish not to be asked last, as limits and bans do.
Links go, and the one text that an app chose.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from arvio.asking.models import ReviewRequest, SignInLink, UpdateInvitation
from arvio.asking.prompt_models import Prompt, PromptUse
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
    Prompt.objects.filter(user=user).update(moment="")


def _prompts(user: User) -> list[dict[str, Any]]:
    """When apps asked this user for a review."""
    rows = Prompt.objects.filter(user=user).select_related("app").order_by("asked_at", "pk")
    return [
        {
            "app": row.app.ref,
            "moment": row.moment,
            "asked_at": moment_text(row.asked_at),
            "outcome": row.outcome or None,
            "outcome_at": moment_text(row.outcome_at),
            "review": str(row.review_id) if row.review_id else None,
        }
        for row in rows
    ]


def _app_uses(user: User) -> list[dict[str, Any]]:
    """What says whether an app may ask: uses with success, and the wish not to be asked."""
    rows = PromptUse.objects.filter(user=user).select_related("app").order_by("last_at", "pk")
    return [
        {
            "app": row.app.ref,
            "uses": row.uses,
            "last_at": moment_text(row.last_at),
            "opted_out_at": moment_text(row.opted_out_at),
        }
        for row in rows
    ]


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
    "prompts": _prompts,
    "app_uses": _app_uses,
    "review_requests": _requests,
    "update_invitations": _invitations,
}
