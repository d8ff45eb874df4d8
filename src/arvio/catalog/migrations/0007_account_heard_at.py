from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0006_first_seal"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="heard_at",
            field=models.DateTimeField(
                help_text="When we first heard of it; empty for what came in a file.", null=True
            ),
        ),
    ]
