"""The paid place above the list (FEATURES R93, UCPD Annex I 11a): one at a time, labelled, beside
the order and never part of it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from arvio.audit import actions as audit
from arvio.catalog.errors import InvalidFact, NotFound, PlaceTaken
from arvio.catalog.models import App, Marketplace, Placement


@transaction.atomic
def sell_place(
    *, app: App, since_at: datetime, until_at: datetime, actor: str, now: datetime
) -> Placement:
    """Raises InvalidFact (`until`), and PlaceTaken where it is sold for a part of that time."""
    if until_at <= since_at:
        raise InvalidFact("until", "A paid placement ends later than it begins.")
    if until_at <= now:
        raise InvalidFact("until", "A paid placement ends in the future.")
    Marketplace.objects.select_for_update().get(pk=app.marketplace_id)
    taken = Placement.objects.filter(
        marketplace_id=app.marketplace_id,
        app__retired=False,
        since_at__lt=until_at,
        until_at__gt=since_at,
    )
    last = taken.order_by("-until_at", "-id").first()
    if last is not None:
        raise PlaceTaken(last.until_at)
    made = Placement.objects.create(
        marketplace_id=app.marketplace_id, app=app, since_at=since_at, until_at=until_at
    )
    _write(made, "sold", actor, now)
    return made


@transaction.atomic
def end_place(*, placement: Placement, actor: str, now: datetime) -> Placement:
    """It ends now; one that hasn't begun goes. One that has ended stays as it is."""
    found = Placement.objects.select_for_update().get(pk=placement.pk)
    if found.until_at <= now:
        return found
    if found.since_at >= now:
        found.delete()
    else:
        found.until_at = now
        found.save(update_fields=["until_at"])
    _write(found, "ended", actor, now)
    return found


def places_of(*, marketplace: Marketplace) -> QuerySet[Placement]:
    """The newest first."""
    rows = Placement.objects.filter(marketplace=marketplace).select_related("app__partner")
    return rows.order_by("-since_at", "-id")


def place(*, marketplace: Marketplace, placement_id: UUID) -> Placement:
    found = places_of(marketplace=marketplace).filter(pk=placement_id).first()
    if found is None:
        raise NotFound("placement", "There is no such paid place.")
    return found


def _write(placement: Placement, what: str, actor: str, now: datetime) -> None:
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{placement.marketplace_id}",
                tag=f"marketplace:place_{what}",
                actor=actor,
                at=now,
                marketplace_id=placement.marketplace_id,
                app_id=placement.app_id,
                after={
                    "since": placement.since_at.isoformat(),
                    "until": placement.until_at.isoformat(),
                },
            )
        ]
    )
