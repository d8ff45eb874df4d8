from __future__ import annotations

from django.db import models

from arvio.catalog.models import App
from arvio.ids import uuid7


class Connection(models.Model):
    """What an app is on the platform, and whose word counts about it. It holds no secret."""

    app = models.OneToOneField(App, on_delete=models.PROTECT, primary_key=True, related_name="+")
    code = models.CharField(max_length=100)
    client_id = models.CharField(max_length=100)
    authorization_servers = models.JSONField()
    commercial_families = models.JSONField()
    non_commercial_families = models.JSONField()

    class Meta:
        db_table = "connect_bitrix24_app"

    def __str__(self) -> str:
        return self.code


class Portal(models.Model):
    """What was proved about an app on a portal and can't be asked for later.

    Of its application token only a hash is kept: it is compared, never sent. `token_at` and
    `version_at` are the moments of the latest word, so that order doesn't matter.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False, related_name="+")
    member_id = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, blank=True)
    token_at = models.DateTimeField(null=True)
    version = models.CharField(max_length=60, blank=True)
    version_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "connect_bitrix24_portal"
        constraints = (
            models.UniqueConstraint(fields=("app", "member_id"), name="bitrix24_portal"),
            models.CheckConstraint(
                condition=models.Q(token_hash="", token_at=None)
                | (~models.Q(token_hash="") & models.Q(token_at__isnull=False)),
                name="bitrix24_token_has_moment",
            ),
        )

    def __str__(self) -> str:
        return self.member_id
