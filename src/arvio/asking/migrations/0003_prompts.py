import django.db.models.deletion
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [
        ("asking", "0002_guidelines_accepted"),
        ("catalog", "0010_clip_url"),
    ]

    operations = [
        migrations.CreateModel(
            name="Prompt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("moment", models.CharField(blank=True, max_length=60)),
                ("asked_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=6)),
                ("outcome_at", models.DateTimeField(blank=True, null=True)),
                ("review_id", models.UUIDField(blank=True, null=True)),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.user",
                    ),
                ),
            ],
            options={
                "db_table": "prompt",
                "indexes": [
                    models.Index(fields=["user", "app", "asked_at"], name="prompt_of_user"),
                    models.Index(fields=["asked_at"], name="prompt_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("outcome_at", None)),
                            models.Q(
                                ("outcome__in", ("opened", "later", "never", "failed")),
                                ("outcome_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="prompt_outcome",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PromptDay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day_date", models.DateField()),
                ("what", models.CharField(max_length=20)),
                ("count", models.IntegerField(default=0)),
                (
                    "app",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.app",
                    ),
                ),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.marketplace",
                    ),
                ),
            ],
            options={
                "db_table": "prompt_day",
                "indexes": [
                    models.Index(fields=["day_date", "marketplace"], name="prompt_day_by_day")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("app", "day_date", "what"), name="prompt_day_what"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 0)), name="prompt_day_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromptSpread",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day_date", models.DateField()),
                ("nth", models.PositiveSmallIntegerField()),
                ("gap", models.PositiveSmallIntegerField()),
                ("count", models.IntegerField(default=0)),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.marketplace",
                    ),
                ),
            ],
            options={
                "db_table": "prompt_spread",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("marketplace", "day_date", "nth", "gap"), name="prompt_spread_of"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 0)), name="prompt_spread_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromptTurn",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("person", models.CharField(max_length=71)),
                ("budget", models.CharField(max_length=71)),
                ("number", models.PositiveIntegerField()),
                ("app_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.marketplace",
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
                "db_table": "prompt_turn",
                "indexes": [
                    models.Index(fields=["marketplace", "person"], name="prompt_turn_person"),
                    models.Index(fields=["asked_at"], name="prompt_turn_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("marketplace", "budget", "number"), name="prompt_turn_number"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PromptUse",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person", models.CharField(max_length=71)),
                ("uses", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                ("opted_out_at", models.DateTimeField(blank=True, null=True)),
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
                "db_table": "prompt_use",
                "indexes": [
                    models.Index(fields=["app", "person"], name="prompt_use_person"),
                    models.Index(fields=["last_at"], name="prompt_use_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("app", "user"), name="prompt_use_of")
                ],
            },
        ),
    ]
