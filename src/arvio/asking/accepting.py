"""Partners read the guidelines before they collect reviews (R111): who confirmed it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from arvio.asking.errors import GuidelinesNotAccepted
from arvio.asking.models import GuidelinesAccepted
from arvio.audit import actions as audit
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound, Overtaken
from arvio.catalog.members import Member
from arvio.catalog.models import GuidelinesVersion, Partner


@dataclass(frozen=True)
class Reading:
    """The guidelines in force, and who of a partner has confirmed them, if anybody has."""

    version: GuidelinesVersion
    accepted: GuidelinesAccepted | None


def reading(*, partner: Partner, now: datetime) -> Reading | None:
    """None where the marketplace has no guidelines in force; two statements."""
    try:
        version = catalog.guidelines(marketplace=partner.marketplace, now=now)
    except NotFound:
        return None
    rows = GuidelinesAccepted.objects.select_related("person")
    return Reading(version, rows.filter(partner=partner, version=version).first())


def check_accepted(*, partner: Partner, now: datetime) -> None:
    """Raises GuidelinesNotAccepted while nobody of the partner has confirmed what is in force."""
    found = reading(partner=partner, now=now)
    if found is not None and found.accepted is None:
        raise GuidelinesNotAccepted


@transaction.atomic
def accept_guidelines(*, member: Member, number: int, now: datetime) -> GuidelinesAccepted:
    """Confirm for the partner that the version with this number is read.

    Of several members who do it, the first counts. Raises NotFound, or Overtaken where another
    version is in force than the one that was read.
    """
    version = catalog.guidelines(marketplace=member.marketplace, now=now)
    if version.number != number:
        raise Overtaken(version.number)
    Partner.objects.select_for_update().get(pk=member.partner.pk)
    rows = GuidelinesAccepted.objects.filter(partner=member.partner, version=version)
    if found := rows.select_related("person").first():
        return found
    made = GuidelinesAccepted.objects.create(
        partner=member.partner, version=version, person=member.person, accepted_at=now
    )
    audit.append(
        entries=[
            audit.Entry(
                subject=f"partner:{member.partner.pk}",
                tag="partner:guidelines_accepted",
                actor=member.actor,
                at=now,
                marketplace_id=member.marketplace.pk,
                after={"guidelines": version.number},
            )
        ]
    )
    return made
