import django.db.models.deletion
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="GuidelinesVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("document", models.JSONField()),
                ("effective_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=120)),
                (
                    "marketplace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guidelines_versions",
                        to="catalog.marketplace",
                    ),
                ),
            ],
            options={
                "db_table": "guidelines_version",
                "indexes": [
                    models.Index(
                        fields=["marketplace", "effective_at", "number"],
                        name="guidelines_effective",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("marketplace", "number"), name="guidelines_number"
                    )
                ],
            },
        ),
    ]
