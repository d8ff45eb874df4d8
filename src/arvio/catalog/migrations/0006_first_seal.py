from __future__ import annotations

from datetime import UTC, datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from arvio.ids import uuid7


def ask(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """The worker is to seal the histories of the marketplaces that are there; it asks for the next
    time itself.
    """
    due, now = apps.get_model("due", "Due"), datetime.now(UTC)
    due.objects.bulk_create(
        [
            due(id=uuid7(), kind="seal", key=str(pk), due_at=now)
            for pk in apps.get_model("catalog", "Marketplace").objects.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def take_back(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Nobody serves such rows before this."""
    apps.get_model("due", "Due").objects.filter(kind="seal").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_ban_appeal"),
        ("due", "0002_leased"),
        ("audit", "0004_sealed_rows"),
    ]
    operations = [migrations.RunPython(ask, take_back)]
