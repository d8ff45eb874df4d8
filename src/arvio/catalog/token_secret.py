"""The secret that a marketplace's backend signs viewer tokens with, and the one before it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Marketplace
from arvio.people.tokens import LONGEST

# A token lives for an hour at most: what was signed with the old secret just before is over then.
SHORTEST_KEEP = timedelta(seconds=LONGEST)
LONGEST_KEEP = timedelta(days=30)


def make_secret() -> str:
    return secrets.token_urlsafe(48)


@transaction.atomic
def rotate_secret(
    *, marketplace: Marketplace, keep: timedelta = SHORTEST_KEEP, actor: str, now: datetime
) -> str:
    """Make a new secret and answer it. Tokens that the old one signed are taken as long as it is
    kept, 1 hour to 30 days; 0 ends it at once, and whatever was signed before with it.

    Raises InvalidFact, also while an earlier one still counts: with `keep` that one would end
    before its time.
    """
    if keep and not SHORTEST_KEEP <= keep <= LONGEST_KEEP:
        raise InvalidFact(
            "keep", "The old secret is kept for 1 hour to 30 days, or ends at once (PT0S)."
        )
    found = Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    if keep and len(found.token_secrets(now)) > 1:
        until = f"{found.old_jwt_secret_until:%Y-%m-%d %H:%M} UTC"
        raise InvalidFact(
            "keep", f"An old secret still counts, until {until}. Wait for it, or end it first."
        )
    found.old_jwt_secret = found.jwt_secret if keep else ""
    found.old_jwt_secret_until = now + keep if keep else None
    found.jwt_secret, found.jwt_secret_at = make_secret(), now
    until_at = found.old_jwt_secret_until
    _save(found, "rotated", actor, now, {"old_until": until_at.isoformat() if until_at else None})
    return found.jwt_secret


@transaction.atomic
def end_old_secret(*, marketplace: Marketplace, actor: str, now: datetime) -> bool:
    """Refuse what the old secret signed from this moment on; False where none counts."""
    found = Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    if len(found.token_secrets(now)) == 1:
        return False
    found.old_jwt_secret, found.old_jwt_secret_until = "", None
    _save(found, "ended", actor, now, {})
    return True


FIELDS = ("jwt_secret", "jwt_secret_at", "old_jwt_secret", "old_jwt_secret_until")


def _save(
    marketplace: Marketplace, done: str, actor: str, now: datetime, facts: dict[str, Any]
) -> None:
    """The history knows when, by whom and until when, and no secret."""
    marketplace.save(update_fields=FIELDS)
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{marketplace.pk}",
                tag=f"marketplace:token_secret_{done}",
                actor=actor,
                at=now,
                marketplace_id=marketplace.pk,
                after=facts,
            )
        ]
    )
