"""Merging everywhere: the one place that page, API and worker call, as `erasing` is for erasure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from arvio.asking import merging as asking
from arvio.catalog import merging as catalog
from arvio.catalog import queries
from arvio.catalog.merging import Merge
from arvio.catalog.models import Account, Marketplace
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.moderation import merging as moderation
from arvio.reviews import merging as reviews

SWEEP = "account_merged"
# Longer than anything takes that had read the old account before it was merged.
LATER = timedelta(minutes=2)


@transaction.atomic
def merge_accounts(
    *, marketplace: Marketplace, ref: str, into: str, actor: str, now: datetime
) -> Account:
    """Two accounts become one, with users, installations, reviews, bans and what was asked. The id
    `ref` leads to the other from now on. Nothing is deleted that somebody wrote, and no limit
    applies. Repeating it changes nothing.

    Raises NotFound and InvalidFact (into: itself, or `ref` was merged elsewhere).
    """
    merge = catalog.hold(marketplace=marketplace, ref=ref, into=into, now=now)
    if merge is None:
        return queries.account(marketplace=marketplace, ref=into)
    counts = _join(merge)
    catalog.close(merge=merge, actor=actor, counts=counts)
    due.schedule(rows=[_sweep(merge.old.pk, now)])
    return merge.new


@transaction.atomic
def sweep(*, account_ids: Sequence[UUID], now: datetime) -> None:
    """Whatever was written to a merged account by who had read it before: it moves too."""
    rows = Account.objects.select_related("marketplace").filter(pk__in=account_ids)
    for old in rows.exclude(leads_to=None).order_by("pk"):
        merge = catalog.hold_again(old=old, now=now)
        counts = _join(merge)
        if any(counts.values()) or merge.joined:
            catalog.close(merge=merge, actor="policy", counts=counts)
            due.schedule(rows=[_sweep(old.pk, now)])


def _join(merge: Merge) -> dict[str, int]:
    """All that is locked is locked first, in the order in which others lock it."""
    installed = catalog.hold_installations(merge=merge)
    catalog.join_users(merge=merge)
    held = reviews.hold(merge=merge)
    catalog.join_installations(merge=merge, rows=installed)
    bans = catalog.join_bans(merge=merge)
    moved = reviews.join_reviews(merge=merge, reviews=held)
    moderation.join_threads(merge=merge)
    asking.join_asks(merge=merge)
    return {
        "users": merge.moved_users + len(merge.joined),
        "joined": len(merge.joined),
        "installations": merge.moved_installations,
        "reviews": moved,
        "bans": bans,
    }


def _sweep(account_id: UUID, now: datetime) -> Due:
    return Due(kind=SWEEP, key=str(account_id), due_at=now + LATER)
