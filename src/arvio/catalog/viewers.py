"""From a proved viewer token to the viewer it speaks of (CONTRACT 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from arvio.catalog import actions, queries
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Viewer
from arvio.people.tokens import Claims


def enter(*, marketplace: Marketplace, claims: Claims, now: datetime) -> Viewer:
    """Create or refresh the user. An account that nobody told us of stays unknown, and so does its
    user.
    """
    viewer = Viewer(
        marketplace=marketplace,
        surface=claims.surface,
        name=claims.name,
        email=claims.email or "",
        locale=claims.locale or "",
    )
    try:
        account = queries.account(marketplace=marketplace, ref=claims.account)
    except NotFound:
        return viewer
    user, _ = actions.put_user(
        account=account,
        ref=claims.user,
        name=claims.name,
        email=viewer.email,
        locale=viewer.locale,
        now=now,
    )
    return replace(viewer, account=account, user=user)
