"""Erasure everywhere (law, R75): the one place that page, API and command call.

A room that keeps anything of a customer adds its part to `PARTS`. They all run in one transaction,
and before the user's name, address and reviews are gone, so that each can still find what is
theirs by them. `tests/connect/test_erasing.py` looks for the user in every column of the database.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import transaction

from arvio.asking import erasing as asking
from arvio.catalog.models import User
from arvio.moderation import erasing as moderation
from arvio.reviews.erasing import erase_user, lock_user

logger = logging.getLogger(__name__)


class Part(Protocol):
    """What a room forgets of a user; called with the user as known until now."""

    def __call__(self, *, user: User, actor: str, now: datetime) -> object: ...


PARTS: tuple[Part, ...] = (moderation.forget, asking.forget)


@transaction.atomic
def erase_everywhere(*, user: User, actor: str, now: datetime) -> int:
    """Erase a user for good. Answers how many reviews were concerned.

    All is locked first, in the order in which others lock it.
    """
    moderation.hold(user=user)
    asking.hold(user=user)
    lock_user(user=user)
    for forget in PARTS:
        forget(user=user, actor=actor, now=now)
    reviews = erase_user(user=user, actor=actor, now=now)
    # The log outlives the database: after a restore it says whom to erase again (docs/keeping.md).
    # A backup may be older than the merge that made this user one of two.
    same = [user.pk, *user.former.order_by("pk").values_list("pk", flat=True)]
    transaction.on_commit(lambda: _log(same))
    return reviews


def _log(user_ids: Sequence[UUID]) -> None:
    for pk in user_ids:
        logger.warning("erased user %s", pk)
