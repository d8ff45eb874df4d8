import django.db.models.deletion
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_ban_record")]

    operations = [
        migrations.CreateModel(
            name="BanAppeal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("text", models.TextField()),
                ("filed_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open"), ("kept", "Kept"), ("lifted", "Lifted")],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("answered_by", models.CharField(blank=True, max_length=120)),
                ("answer", models.TextField(blank=True)),
                (
                    "marketplace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="catalog.marketplace"
                    ),
                ),
                (
                    "ban",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appeals",
                        to="catalog.ban",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="catalog.user"
                    ),
                ),
            ],
            options={
                "db_table": "ban_appeal",
                "indexes": [
                    models.Index(
                        fields=["marketplace", "outcome", "filed_at"], name="ban_appeal_waiting"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "open")),
                        fields=("ban",),
                        name="ban_appeal_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("outcome", "open")),
                            models.Q(
                                models.Q(("outcome", "open"), _negated=True),
                                ("answered_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="ban_appeal_answered",
                    ),
                ],
            },
        ),
    ]
