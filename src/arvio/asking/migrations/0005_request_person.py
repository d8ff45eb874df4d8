"""Requests say who was asked, in whatever account. Those of before were counted by user."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def fill(apps: Any, schema_editor: Any) -> None:
    rows: Any = apps.get_model("asking", "ReviewRequest").objects
    batch = []
    for row in rows.filter(person="").only("user_id").iterator(chunk_size=1_000):
        row.person = str(row.user_id)
        batch.append(row)
        if len(batch) == 1_000:
            rows.bulk_update(batch, ["person"])
            batch = []
    rows.bulk_update(batch, ["person"])


class Migration(migrations.Migration):
    dependencies = [("asking", "0004_asked")]

    operations = [
        migrations.AddField(
            model_name="reviewrequest",
            name="person",
            field=models.CharField(max_length=71, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="reviewrequest",
            constraint=models.UniqueConstraint(
                fields=("app", "person"), condition=Q(code="sent"), name="review_request_person"
            ),
        ),
        migrations.AddIndex(
            model_name="reviewrequest",
            index=models.Index(fields=["person"], name="review_request_by_person"),
        ),
    ]
