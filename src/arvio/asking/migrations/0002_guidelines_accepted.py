import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [
        ("asking", "0001_initial"),
        ("catalog", "0003_default_guidelines"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GuidelinesAccepted",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("accepted_at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="catalog.partner"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="catalog.guidelinesversion"
                    ),
                ),
            ],
            options={
                "db_table": "guidelines_accepted",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "version"), name="guidelines_accepted_once"
                    )
                ],
            },
        ),
    ]
