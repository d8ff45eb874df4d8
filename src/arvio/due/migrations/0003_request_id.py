from django.db import migrations, models


class Migration(migrations.Migration):
    """With a constant default in the database: PostgreSQL rewrites no row, and a version of Arvio
    that doesn't know the column goes on writing beside this one.
    """

    dependencies = [
        ("due", "0002_leased"),
    ]

    operations = [
        migrations.AddField(
            model_name="due",
            name="request_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=36),
        ),
    ]
