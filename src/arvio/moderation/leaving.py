"""Whoever leaves the staff leaves their cases to whoever comes: none waits for an empty chair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from arvio.catalog.staff import RIGHTS
from arvio.moderation.history import POLICY, write_all
from arvio.moderation.models import Case
from arvio.moderation.states import WAITING
from arvio.people.models import Role


@transaction.atomic
def leave_cases(*, keys: Sequence[str], now: datetime) -> None:
    """Keys are `marketplace:person`. Whoever is staff again meanwhile keeps their cases."""
    for key in keys:
        marketplace_id, _, person_id = key.partition(":")
        _leave(UUID(marketplace_id), UUID(person_id), now)


def _leave(marketplace_id: UUID, person_id: UUID, now: datetime) -> None:
    roles = Role.objects.filter(person_id=person_id, place_id=marketplace_id, kind__in=list(RIGHTS))
    if roles.exists():
        return
    rows = Case.objects.select_for_update(of=("self",)).filter(
        marketplace_id=marketplace_id, assigned_to_id=person_id, state__in=sorted(WAITING)
    )
    cases = list(rows.order_by("pk"))
    if not cases:
        return
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(assigned_to=None)
    write_all(cases, "case:assigned", POLICY, now, {"to": None, "why": "staff_left"})
