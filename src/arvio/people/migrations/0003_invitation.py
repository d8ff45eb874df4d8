import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="role",
            name="source",
            field=models.CharField(
                choices=[("server", "Server"), ("invitation", "Invitation")],
                default="server",
                help_text="A server's list replaces only what came from the server.",
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("marketplace_id", models.UUIDField()),
                ("place_id", models.UUIDField(help_text="The partner.")),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("replier", "Replier"),
                            ("reader", "Reader"),
                            ("moderator", "Moderator"),
                            ("operator", "Operator"),
                        ],
                        max_length=12,
                    ),
                ),
                ("language", models.CharField(max_length=5)),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "person_invitation",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("place_id", "email"),
                        name="invitation_one_open",
                    )
                ],
            },
        ),
    ]
