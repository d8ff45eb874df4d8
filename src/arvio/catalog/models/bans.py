from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from arvio.catalog.models.facts import Account, User
from arvio.catalog.models.marketplaces import Marketplace
from arvio.ids import uuid7


class Ban(models.Model):
    """A user or a whole account may not review, for a reason, until an end or until lifted.

    Rows stay: they are the history of who was banned. `rule` is a key of the guidelines in version
    `guidelines_number`; both are unknown for bans that are older than guidelines.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    reason = models.TextField()
    rule = models.CharField(max_length=40, blank=True)
    guidelines_number = models.PositiveIntegerField(null=True, blank=True)
    imposed_by = models.CharField(max_length=120, default="command")
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=120, blank=True)
    lift_reason = models.TextField(blank=True)

    class Meta:
        db_table = "ban"
        constraints = (
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gt=models.F("since_at")),
                name="ban_ends_later",
            ),
        )
        indexes = (
            models.Index(fields=("account", "lifted_at"), name="ban_account"),
            models.Index(fields=("marketplace", "since_at", "id"), name="ban_marketplace"),
        )

    def __str__(self) -> str:
        return f"{self.user or self.account}: {self.reason}"

    @property
    def subject(self) -> str:
        """Whom its audit rows and archive checks are about."""
        return f"user:{self.user_id}" if self.user_id else f"account:{self.account_id}"

    def is_in_force(self, now: datetime) -> bool:
        return self.lifted_at is None and (self.until_at is None or now < self.until_at)


class BanAppeal(models.Model):
    """A banned person says why the ban is wrong; somebody else than who imposed it answers."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        LIFTED = "lifted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="appeals")
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    text = models.TextField()
    filed_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        db_table = "ban_appeal"
        constraints = (
            models.UniqueConstraint(
                fields=("ban",), condition=Q(outcome="open"), name="ban_appeal_open"
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", answered_at=None)
                | (~Q(outcome="open") & Q(answered_at__isnull=False)),
                name="ban_appeal_answered",
            ),
        )
        indexes = (
            models.Index(fields=("marketplace", "outcome", "filed_at"), name="ban_appeal_waiting"),
        )

    def __str__(self) -> str:
        return f"Appeal of {self.ban_id}: {self.outcome}"
