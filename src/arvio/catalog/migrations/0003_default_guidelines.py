"""Marketplaces that were there before guidelines get those that come with Arvio, from now on."""

from typing import Any

from django.db import migrations

from arvio import clock
from arvio.catalog.guidelines.files import default_document


def give(apps: Any, schema_editor: Any) -> None:
    versions = apps.get_model("catalog", "GuidelinesVersion").objects
    now = clock.real()
    for marketplace in apps.get_model("catalog", "Marketplace").objects.order_by("pk"):
        versions.create(
            marketplace=marketplace,
            number=1,
            document=default_document(languages=marketplace.languages),
            effective_at=now,
            created_at=now,
            created_by="migration",
        )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_guidelines")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
