from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("caller", models.CharField(max_length=60)),
                ("route", models.CharField(max_length=300)),
                ("key", models.CharField(max_length=200)),
                ("body_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("location", models.CharField(blank=True, max_length=300)),
                ("answer", models.TextField()),
                ("kept_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kept_answer",
                "indexes": [models.Index(fields=["kept_at"], name="kept_answer_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("caller", "route", "key"), name="kept_answer_key"
                    )
                ],
            },
        ),
    ]
