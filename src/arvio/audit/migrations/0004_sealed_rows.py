from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seal")]

    operations = [
        migrations.AddField(
            model_name="auditrow",
            name="seal",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="auditrow",
            index=models.Index(
                condition=models.Q(("marketplace_id__isnull", False), ("seal__isnull", True)),
                fields=["marketplace_id", "id"],
                name="audit_row_unsealed",
            ),
        ),
    ]
