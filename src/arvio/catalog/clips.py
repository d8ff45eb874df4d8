"""The short clip of how to review: a marketplace's own, or else the one that comes with Arvio."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog import traits
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Marketplace

OURS = "widgets/how-to.svg"


def clip_address(marketplace: Marketplace) -> str:
    """The whole address of a picture or a video (FEATURES R106). The prompt shows only an own one:
    ours needs an `img-src` that a partner's page may not have.
    """
    return marketplace.clip_url or f"{settings.BASE_URL}{settings.STATIC_URL}{OURS}"


@transaction.atomic
def set_clip(*, marketplace: Marketplace, url: str, actor: str, now: datetime) -> Marketplace:
    """Show this clip from now on; an empty address brings ours back. Raises InvalidFact."""
    for problem in traits.problems({"clip_url": url}):
        raise InvalidFact(problem.field, problem.detail)
    found = Marketplace.objects.select_for_update().get(pk=marketplace.pk)
    if found.clip_url == url:
        return found
    found.clip_url = url
    found.save(update_fields=["clip_url"])
    audit.append(
        entries=[
            audit.Entry(
                subject=f"marketplace:{found.pk}",
                tag="marketplace:clip_set",
                actor=actor,
                at=now,
                marketplace_id=found.pk,
                after={"own": bool(url)},
            )
        ]
    )
    return found
