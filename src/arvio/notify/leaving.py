"""A member has left a partner: how they wanted to be told, and what they were still to be told."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from arvio.catalog.models import App
from arvio.due import actions as due
from arvio.notify import digests
from arvio.notify.models import DigestItem, Preference
from arvio.people.models import Role


@transaction.atomic
def forget_members(*, keys: Sequence[str]) -> None:
    """`keys` are person:partner. Who has come back meanwhile keeps all."""
    pairs = {
        (UUID(person), UUID(partner)) for person, _, partner in (k.partition(":") for k in keys)
    }
    roles = Role.objects.filter(person__in={person for person, _ in pairs})
    gone = pairs - set(roles.values_list("person_id", "place_id"))
    if not gone:
        return
    due.cancel(kind=digests.KIND, keys=[f"{person}:{partner}" for person, partner in gone])
    items, wishes = Q(pk__in=[]), Q(pk__in=[])
    for person, partner in sorted(gone):
        items |= Q(reader_id=person, partner_id=partner)
        apps = App.objects.filter(partner=partner).values("pk")
        wishes |= Q(reader_id=person) & (Q(place_id=partner) | Q(place_id__in=apps))
    DigestItem.objects.filter(items, message=None).delete()
    Preference.objects.filter(wishes).delete()
