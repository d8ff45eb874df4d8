from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows that are there were hashed as the first scheme says."""

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="auditrow",
            name="scheme",
            field=models.PositiveSmallIntegerField(default=1),
            preserve_default=False,
        ),
    ]
