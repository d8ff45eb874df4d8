"""An app has moved to another partner: what is still open is that one's to carry on.

What was closed stays with whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from arvio.catalog.models import App
from arvio.moderation.models import Thread


@transaction.atomic
def follow_partner(*, app_ids: Sequence[UUID]) -> None:
    """Where the new partner has an open thread of its own on the same matter, that one goes on."""
    for pk, partner in App.objects.filter(pk__in=app_ids).values_list("pk", "partner_id"):
        key = f"partner:{partner}"
        rows = Thread.objects.filter(
            app=pk, party=Thread.Party.PARTNER, state=Thread.State.OPEN
        ).exclude(partner=partner)
        own = Thread.objects.filter(
            app=pk, about_id=OuterRef("about_id"), party_key=key, state=Thread.State.OPEN
        )
        rows.exclude(Exists(own)).update(partner=partner, party_key=key)
