from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q, QuerySet

from arvio.catalog.models import Marketplace, Partner
from arvio.ids import uuid7


class WebhookEndpoint(models.Model):
    """An address that a marketplace, or one partner, wants events sent to.

    What happens while it is paused (not `active`) or disabled waits for it. One that is deleted
    stays for a day as an empty row: an action that is under way may still write to it.
    """

    class Reason(models.TextChoices):
        GONE = "gone"
        FAILING = "failing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(
        Marketplace, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, of whatever events.")
    rest_until = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "webhook_endpoint"
        indexes = (models.Index(fields=("marketplace", "partner"), name="webhook_place"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason="")
                | Q(disabled_at__isnull=False, disabled_reason__gt=""),
                name="webhook_why_disabled",
            ),
        )

    def __str__(self) -> str:
        return self.url

    @property
    def subject(self) -> str:
        return f"webhook:{self.pk}"

    @property
    def state(self) -> str:
        if self.disabled_at:
            return "disabled"
        return "active" if self.active else "paused"


def standing() -> QuerySet[WebhookEndpoint]:
    """Those that weren't deleted."""
    return WebhookEndpoint.objects.filter(deleted_at=None)


class WebhookSecret(models.Model):
    """What an endpoint's events are signed with; one that was replaced still signs until `ends_at`.

    It is kept readable: a signature needs it whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    value = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "webhook_secret"
        constraints = (
            models.UniqueConstraint(
                fields=("endpoint",), condition=Q(ends_at=None), name="webhook_secret_current"
            ),
        )

    def __str__(self) -> str:
        return f"{self.value[:10]}…"

    def signs(self, now: datetime) -> bool:
        return self.ends_at is None or self.ends_at > now


class WebhookDelivery(models.Model):
    """One event for one endpoint; its id is the webhook-id of every try.

    Events of one `subject` are sent one after the other by `seq`. `sending_at` is of a try that is
    under way, or that somebody was killed in.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.DO_NOTHING, related_name="deliveries", db_index=False
    )
    app_id = models.UUIDField(null=True)
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    seq = models.PositiveBigIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    next_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    sending_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(default=0)
    last_code = models.CharField(max_length=20, blank=True)

    class Meta:
        db_table = "webhook_delivery"
        indexes = (
            models.Index(
                fields=("endpoint", "subject", "seq", "id"),
                condition=Q(state="waiting"),
                name="webhook_lane",
            ),
            models.Index(
                fields=("endpoint", "next_at", "id"),
                condition=Q(state="waiting"),
                name="webhook_next",
            ),
            models.Index(fields=("endpoint", "created_at", "id"), name="webhook_log"),
            models.Index(fields=("subject",), name="webhook_subject"),
            models.Index(fields=("created_at",), name="webhook_age"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"


class WebhookAttempt(models.Model):
    """One try: the answer's status and how it begins, or the code of why there was none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.DO_NOTHING, related_name="tries")
    app_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=20, blank=True)
    milliseconds = models.PositiveIntegerField()
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "webhook_attempt"

    def __str__(self) -> str:
        return f"{self.status or self.code} at {self.at:%Y-%m-%d %H:%M}"
