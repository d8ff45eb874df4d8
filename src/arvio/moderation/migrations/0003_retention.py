"""Marketplaces that were there before get their nightly look at what was removed."""

from typing import Any

from django.db import migrations
from django.utils import timezone

from arvio.ids import uuid7


def look(apps: Any, schema_editor: Any) -> None:
    due = apps.get_model("due", "Due")
    now = timezone.now()
    places = apps.get_model("catalog", "Marketplace").objects.values_list("pk", flat=True)
    due.objects.bulk_create(
        [due(id=uuid7(), kind="retention", key=str(pk), due_at=now) for pk in places],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0002_figures_indexes"),
        ("catalog", "0001_initial"),
        ("due", "0001_initial"),
    ]

    operations = [migrations.RunPython(look, migrations.RunPython.noop)]
