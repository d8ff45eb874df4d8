from django.db import migrations, models

from arvio.indexes import AddIndexLive


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0016_account_former"),
    ]

    operations = [
        AddIndexLive(
            model_name="user",
            index=models.Index(
                condition=models.Q(("leads_to__isnull", False)),
                fields=["leads_to"],
                name="user_former",
            ),
        ),
    ]
