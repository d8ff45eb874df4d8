"""Which action serves which kind of due row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from arvio.catalog.models import App, Marketplace, PolicyVersion
from arvio.due.models import Due
from arvio.ratings import actions as ratings
from arvio.reviews import actions as reviews
from arvio.reviews import rekeying


def _publish(rows: Sequence[Due], now: datetime) -> None:
    reviews.publish_due(review_ids=[UUID(row.key) for row in rows], now=now)


def _edit(rows: Sequence[Due], now: datetime) -> None:
    reviews.apply_due_edits(review_ids=[UUID(row.key) for row in rows], now=now)


def _archive_check(rows: Sequence[Due], now: datetime) -> None:
    reviews.check_archive(keys=[row.key for row in rows], now=now)


def _policy(rows: Sequence[Due], now: datetime) -> None:
    """A policy version has come into force: every app's score and places are looked at again, in batches."""
    versions = PolicyVersion.objects.select_related("marketplace").filter(
        pk__in=[UUID(row.key) for row in rows]
    )
    for marketplace in {version.marketplace for version in versions}:
        ratings.spread_rebuild(marketplace=marketplace, now=now)


def _rebuild(rows: Sequence[Due], now: datetime) -> None:
    apps: dict[Marketplace, list[UUID]] = defaultdict(list)
    for app in (
        App.objects.select_related("marketplace")
        .filter(pk__in=[UUID(row.key) for row in rows])
        .order_by("pk")
    ):
        apps[app.marketplace].append(app.pk)
    for marketplace, app_ids in apps.items():
        rekeying.rekey(marketplace=marketplace, app_ids=app_ids, now=now)
        ratings.rescore(marketplace=marketplace, app_ids=app_ids, now=now)


def _ageing(rows: Sequence[Due], now: datetime) -> None:
    for marketplace in Marketplace.objects.filter(pk__in=[UUID(row.key) for row in rows]):
        ratings.spread_rebuild(marketplace=marketplace, now=now)


# In this order, so that a policy in force is known before what rests on it, and an archive check sees what was published.
KINDS: dict[str, Callable[[Sequence[Due], datetime], None]] = {
    "policy": _policy,
    "publish": _publish,
    "edit": _edit,
    "archive_check": _archive_check,
    "rebuild": _rebuild,
    "ageing": _ageing,
}
BATCH = {
    "publish": 500,
    "edit": 200,
    "archive_check": 20,
    "policy": 1,
    "rebuild": 100,
    "ageing": 10,
}
