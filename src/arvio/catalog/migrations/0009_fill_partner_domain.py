from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    partners, domains = (apps.get_model("catalog", name) for name in ("Partner", "PartnerDomain"))
    rows = (
        domains(marketplace_id=partner.marketplace_id, partner_id=partner.pk, domain=domain)
        for partner in partners.objects.exclude(domains=[]).order_by("pk").iterator()
        for domain in dict.fromkeys(partner.domains)
    )
    domains.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0008_partner_domain"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
