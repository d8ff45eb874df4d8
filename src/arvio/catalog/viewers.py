"""From a proved viewer token to the viewer it speaks of (CONTRACT 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from arvio.catalog import actions, queries
from arvio.catalog.models import Marketplace, User
from arvio.catalog.queries import Viewer
from arvio.people.tokens import Claims


def enter(*, marketplace: Marketplace, claims: Claims, now: datetime) -> Viewer:
    """Create or refresh the user. An account that nobody told us of stays unknown, and so does its
    user. What the token leaves out is as we know it: a token without an e-mail takes none away.
    """
    viewer = Viewer(
        marketplace=marketplace,
        surface=claims.surface,
        name=claims.name,
        email=(claims.email or "").strip().lower(),
        locale=claims.locale or "",
    )
    account = queries.known_account(marketplace_id=marketplace.pk, ref=claims.account)
    if account is None:
        return viewer
    user = queries.user(account=account, ref=claims.user)
    if user is not None:
        viewer = replace(
            viewer,
            name=viewer.name or user.name,
            email=user.email if claims.email is None else viewer.email,
            locale=user.locale if claims.locale is None else viewer.locale,
        )
    # Every page view comes here: only who is new or changed is worth a transaction that writes.
    if user is None or _is_new(viewer, user):
        user, _ = actions.put_user(
            account=account,
            ref=claims.user,
            name=viewer.name,
            email=viewer.email,
            locale=viewer.locale,
            now=now,
        )
    return replace(viewer, account=account, user=user)


def _is_new(viewer: Viewer, user: User) -> bool:
    return (viewer.name, viewer.email, viewer.locale) != (user.name, user.email, user.locale)
