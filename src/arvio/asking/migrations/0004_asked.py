import django.db.models.deletion
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [
        ("asking", "0003_prompts"),
        ("catalog", "0010_clip_url"),
        ("reviews", "0005_removed_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                ("decided_at", models.DateTimeField()),
                (
                    "app",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.app",
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
                "db_table": "review_request",
                "constraints": [
                    models.UniqueConstraint(fields=("app", "user"), name="review_request_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("hash", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "app",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.app",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reviews.review",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="catalog.user"
                    ),
                ),
            ],
            options={
                "db_table": "sign_in_link",
                "indexes": [
                    models.Index(fields=["hash"], name="sign_in_link_by_hash"),
                    models.Index(fields=["expires_at"], name="sign_in_link_expires"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("app", "hash"), name="sign_in_link_hash")
                ],
            },
        ),
        migrations.CreateModel(
            name="UpdateInvitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("fixed_in", models.CharField(max_length=60)),
                ("code", models.CharField(max_length=20)),
                ("decided_at", models.DateTimeField()),
                (
                    "app",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.app",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="reviews.review"
                    ),
                ),
            ],
            options={
                "db_table": "update_invitation",
                "constraints": [
                    models.UniqueConstraint(fields=("app", "review"), name="update_invitation_once")
                ],
            },
        ),
    ]
