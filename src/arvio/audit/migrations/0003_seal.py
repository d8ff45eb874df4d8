from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_scheme")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("marketplace_id", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("size", models.PositiveIntegerField()),
                ("tree_root", models.CharField(max_length=64)),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "audit_seal",
                "constraints": [
                    models.UniqueConstraint(fields=("marketplace_id", "number"), name="seal_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="SealLeaf",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "seal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaves",
                        to="audit.seal",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("subject", models.CharField(max_length=80)),
                ("seq", models.PositiveIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "audit_seal_leaf",
                "indexes": [
                    models.Index(fields=["subject", "seq"], name="seal_leaf_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("seal", "number"), name="seal_leaf_number")
                ],
            },
        ),
    ]
