from __future__ import annotations

from django.db import migrations, models

from arvio.indexes import AddIndexLive


class Migration(migrations.Migration):
    """What a badge asks: is any published review not from an installation we know of?"""

    atomic = False
    dependencies = [
        ("catalog", "0005_ban_appeal"),
        ("reviews", "0005_removed_index"),
    ]

    operations = [
        AddIndexLive(
            model_name="review",
            index=models.Index(
                condition=models.Q(("verified_install", False)),
                fields=["app", "state"],
                name="review_unverified",
            ),
        ),
    ]
