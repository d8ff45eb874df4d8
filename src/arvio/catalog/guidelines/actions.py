from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from arvio.audit import actions as audit
from arvio.catalog import queries
from arvio.catalog.errors import InvalidFact, Overtaken
from arvio.catalog.guidelines.rules import read_document
from arvio.catalog.models import GuidelinesVersion, Marketplace


@transaction.atomic
def set_guidelines(
    *,
    marketplace: Marketplace,
    document: Mapping[str, Any],
    effective_at: datetime,
    actor: str,
    now: datetime,
    base: int | None = None,
) -> GuidelinesVersion:
    """Make the next immutable version. Raises FormError, InvalidFact or Overtaken.

    `base` is the number of the version that the writer began with: where there is a newer one,
    somebody else has written meanwhile, and nothing is made.
    """
    if effective_at < now:
        raise InvalidFact("effective_at", "Guidelines take effect now or later, not in the past.")
    policy = queries.policy_in_force(marketplace=marketplace, now=now).policy
    cleaned = read_document(
        raw=document, languages=marketplace.languages, reasons=policy.reports.reasons
    )
    Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    versions = GuidelinesVersion.objects.filter(marketplace=marketplace)
    last = versions.aggregate(last=Max("number"))["last"] or 0
    if base is not None and base != last:
        raise Overtaken(last)
    version = GuidelinesVersion.objects.create(
        marketplace=marketplace,
        number=last + 1,
        document=cleaned,
        effective_at=effective_at,
        created_at=now,
        created_by=actor,
    )
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{marketplace.pk}",
                tag="marketplace:guidelines_set",
                actor=actor,
                at=now,
                marketplace_id=marketplace.pk,
                after={"guidelines": version.number, "effective_at": effective_at.isoformat()},
            )
        ]
    )
    return version
