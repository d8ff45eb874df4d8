from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """An accent may be a colour of one's own, which only lifts a list of choices."""

    dependencies = [("catalog", "0013_secret_rotation")]

    operations = [
        migrations.AlterField(
            model_name="marketplace",
            name="accent",
            field=models.CharField(
                default="indigo",
                help_text="One of the eight by name, or a colour: #1a5fc2.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="marketplace",
            name="paid_label",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="How a paid place is labelled: a wording by name, or own words by language.",
            ),
        ),
    ]
