from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seal")]

    operations = [
        migrations.AddField(
            model_name="auditrow",
            name="seal",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
