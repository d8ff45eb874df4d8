from django.db import migrations, models

from arvio.indexes import AddIndexLive


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0015_leads_to"),
    ]

    operations = [
        AddIndexLive(
            model_name="account",
            index=models.Index(
                condition=models.Q(("leads_to__isnull", False)),
                fields=["leads_to"],
                name="account_former",
            ),
        ),
    ]
