from __future__ import annotations

from django.db import migrations, models

from arvio.indexes import AddIndexLive


class Migration(migrations.Migration):
    """What the next seal looks for. Every row of history is in it at first, and they are many."""

    atomic = False
    dependencies = [("audit", "0004_sealed_rows")]

    operations = [
        AddIndexLive(
            model_name="auditrow",
            index=models.Index(
                condition=models.Q(("marketplace_id__isnull", False), ("seal__isnull", True)),
                fields=["marketplace_id", "id"],
                name="audit_row_unsealed",
            ),
        ),
    ]
