from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Length


def nothing(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """A longer column holds what the shorter one held."""


def forget_longer(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """They are kept for a day only, and don't fit into the shorter column."""
    rows = apps.get_model("api", "KeptAnswer").objects.annotate(length=Length("caller"))
    rows.filter(length__gt=60).delete()


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="keptanswer", name="caller", field=models.CharField(max_length=120)
        ),
        migrations.RunPython(nothing, forget_longer),
    ]
