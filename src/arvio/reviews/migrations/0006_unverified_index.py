from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """What a badge asks: is any published review not from an installation we know of?"""

    dependencies = [
        ("catalog", "0005_ban_appeal"),
        ("reviews", "0005_removed_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("verified_install", False)),
                fields=["app", "state"],
                name="review_unverified",
            ),
        ),
    ]
