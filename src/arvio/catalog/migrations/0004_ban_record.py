from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_default_guidelines")]

    operations = [
        migrations.AddField(
            model_name="ban", name="rule", field=models.CharField(blank=True, max_length=40)
        ),
        migrations.AddField(
            model_name="ban",
            name="guidelines_number",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="ban",
            name="imposed_by",
            field=models.CharField(default="command", max_length=120),
        ),
        migrations.AddField(
            model_name="ban", name="lifted_by", field=models.CharField(blank=True, max_length=120)
        ),
        migrations.AddField(
            model_name="ban", name="lift_reason", field=models.TextField(blank=True)
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(fields=["marketplace", "since_at", "id"], name="ban_marketplace"),
        ),
    ]
