from __future__ import annotations

from django.db import models
from django.db.models import Q

from arvio.catalog.models import Account, App
from arvio.connect.hubspot import rules
from arvio.ids import uuid7


def usual_kinds() -> dict[str, str]:
    return dict(rules.USUAL_KINDS)


class Connection(models.Model):
    """An app of a marketplace, as the platform knows it. The client secret is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.OneToOneField(App, on_delete=models.PROTECT, related_name="+")
    platform_app_id = models.BigIntegerField()
    client_id = models.CharField(max_length=100)
    client_secret = models.TextField()
    api_base = models.CharField(max_length=200)
    api = models.CharField(max_length=10, choices=[(name, name) for name in rules.APIS])
    kinds = models.JSONField(default=usual_kinds)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "connect_hubspot"

    def __str__(self) -> str:
        return f"{self.app_id} as {self.platform_app_id}"


class Grant(models.Model):
    """What an account has granted an app: the refresh token, sealed, and what came of asking with
    it. `generation` grows with each token that is proved, so that the answer about an older one
    is known for what it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    refresh_token = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=1)
    account_type = models.CharField(max_length=60, blank=True)
    proved_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    gone_since_at = models.DateTimeField(null=True)
    gone_checks = models.PositiveSmallIntegerField(default=0)
    told_gone_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "connect_hubspot_grant"
        constraints = (
            models.UniqueConstraint(fields=("app", "account"), name="hubspot_grant_of"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(refresh_token=""), name="hubspot_ended_forgets"
            ),
            models.CheckConstraint(
                condition=Q(gone_since_at=None, gone_checks=0)
                | Q(gone_since_at__isnull=False, gone_checks__gt=0),
                name="hubspot_gone_since",
            ),
        )

    def __str__(self) -> str:
        return f"{self.app_id} on {self.account_id}"

    @property
    def watched(self) -> bool:
        return self.ended_at is None and self.refresh_token != ""
