from django.db import migrations, models
from django.db.models import deletion


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0014_own_accent_and_paid_label"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="leads_to",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="A former account, or the former id of one: what names it means this one.",
                null=True,
                on_delete=deletion.PROTECT,
                related_name="former",
                to="catalog.account",
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="renamed",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A former id alone: what is told of it is true of where it leads.",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="leads_to",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The same person in the account that this one's was merged into.",
                null=True,
                on_delete=deletion.PROTECT,
                related_name="former",
                to="catalog.user",
            ),
        ),
    ]
