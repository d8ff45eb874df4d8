from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PART = 500
GROUP = 10**13


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give each review its place in the inbox, as `inbox_rows.item_of` did when this was written.

    In parts by key; a place that is there already stays, so a second run goes on.
    """
    review = apps.get_model("reviews", "Review")
    rows = review.objects.select_related("app").order_by("pk")
    part = list(rows[:PART])
    while part:
        _fill_part(apps, part)
        part = list(rows.filter(pk__gt=part[-1].pk)[:PART])


def _fill_part(apps: Apps, part: Sequence[Any]) -> None:
    reply, item = apps.get_model("reviews", "Reply"), apps.get_model("reviews", "InboxItem")
    version = apps.get_model("reviews", "ReviewVersion")
    live = {row.review_id: row for row in reply.objects.filter(review__in=part, state="live")}
    stars = {
        (row.review_id, row.number): row.stars
        for row in version.objects.filter(review__in=list(live))
    }
    made = [_item(item, row, live.get(row.pk), stars) for row in part]
    item.objects.bulk_create(made, ignore_conflicts=True)


def _item(model: Any, row: Any, reply: Any, stars: dict[Any, int]) -> Any:
    waiting = row.state in ("held", "published") and not row.answered
    newest = GROUP - int(row.submitted_at.timestamp() * 1000)
    if waiting and row.state == "held" and row.publishes_at is not None:
        rank = int(row.publishes_at.timestamp() * 1000)
    elif waiting:
        rank = GROUP + newest
    else:
        rank = (3 if row.state in ("removed", "rejected") else 2) * GROUP + newest
    return model(
        review_id=row.pk,
        app_id=row.app_id,
        partner_id=row.app.partner_id,
        state=row.state,
        stars=row.stars,
        language=row.language,
        has_text=row.has_text,
        answered=row.answered,
        waiting=waiting,
        rank=rank,
        submitted_at=row.submitted_at,
        replied_at=reply.replied_at if reply else None,
        stars_at_reply=stars.get((row.pk, reply.version_number), row.stars) if reply else None,
    )


def nothing(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """The table goes with the migration before."""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_partner_inbox")]
    operations = [migrations.RunPython(fill, nothing)]
