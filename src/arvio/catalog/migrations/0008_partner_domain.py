import django.db.models.deletion
from django.db import migrations, models

import arvio.ids


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_account_heard_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerDomain",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=arvio.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("domain", models.CharField(max_length=253)),
                (
                    "marketplace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.marketplace",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="catalog.partner"
                    ),
                ),
            ],
            options={"db_table": "partner_domain"},
        ),
        migrations.AddConstraint(
            model_name="partnerdomain",
            constraint=models.UniqueConstraint(
                fields=("marketplace", "domain", "partner"), name="partner_domain_of"
            ),
        ),
    ]
