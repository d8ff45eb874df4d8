from __future__ import annotations

from django.db import models
from django.db.models import Q

from arvio.ids import uuid7
from arvio.notify.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)

__all__ = [
    "DigestItem",
    "Message",
    "OutboxNotice",
    "Preference",
    "Relay",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
]


class OutboxNotice(models.Model):
    """Something happened that people may want to be told of; the worker finds out who.

    `key` is the review's id. At most one that waits for an event and a key: a later one is merged
    into it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.CharField(max_length=20)
    key = models.CharField(max_length=60)
    marketplace_id = models.UUIDField()
    app_id = models.UUIDField()
    user_id = models.UUIDField(null=True, blank=True)
    facts = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notice"
        constraints = (models.UniqueConstraint(fields=("key", "event"), name="notice_key_event"),)

    def __str__(self) -> str:
        return f"{self.event} {self.key}"


class Preference(models.Model):
    """How one reader is told of one event in one place; who has none is told at once.

    The place of a partner's member is the partner (all its apps) or one app (it goes before the
    partner's); that of an author is the marketplace. `stopped` is an unsubscription by a link in
    a mail: it goes before everything and leaves `how` as it was, so that it can be taken back.
    """

    class How(models.TextChoices):
        AT_ONCE = "at_once"
        DAILY = "daily"
        OFF = "off"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reader_id = models.UUIDField()
    place_id = models.UUIDField()
    event = models.CharField(max_length=20)
    how = models.CharField(max_length=8, choices=How.choices, default=How.AT_ONCE)
    stopped = models.BooleanField(default=False)

    class Meta:
        db_table = "notify_preference"
        constraints = (
            models.UniqueConstraint(
                fields=("place_id", "reader_id", "event"), name="preference_place_reader"
            ),
        )
        indexes = (models.Index(fields=("reader_id",), name="preference_reader"),)

    def __str__(self) -> str:
        return f"{self.event}: {'stopped' if self.stopped else self.how}"


class Message(models.Model):
    """One mail to one address.

    Its Message-ID is made with it, so that whoever gets it twice can tell. The worker's due row
    of the same id sends it; `dead_at` means that it won't be tried again by itself. What is
    `urgent` (a sign-in code) goes first, and its words go as soon as it is sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace_id = models.UUIDField(null=True, blank=True)
    review_id = models.UUIDField(null=True, blank=True)
    reader_id = models.UUIDField(null=True, blank=True)
    to_email = models.CharField(max_length=320)
    from_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    message_id = models.CharField(max_length=320)
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="When the server first refused it."
    )
    dead_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "message"
        constraints = (models.UniqueConstraint(fields=("message_id",), name="message_message_id"),)
        indexes = (
            models.Index(fields=("review_id",), name="message_review"),
            models.Index(fields=("reader_id",), name="message_reader"),
            models.Index(fields=("created_at", "id"), name="message_created"),
            models.Index(fields=("created_at",), name="message_waiting", condition=Q(sent_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.message_id} to {self.to_email}"


class DigestItem(models.Model):
    """A notice that one member wants in the daily mail of one partner; `message` is that mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reader_id = models.UUIDField()
    partner_id = models.UUIDField()
    app_id = models.UUIDField()
    review_id = models.UUIDField()
    event = models.CharField(max_length=20)
    facts = models.JSONField()
    created_at = models.DateTimeField()
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="items"
    )

    class Meta:
        db_table = "digest_item"
        indexes = (
            models.Index(
                fields=("partner_id", "reader_id", "message", "created_at"), name="digest_reader"
            ),
            models.Index(fields=("review_id",), name="digest_review"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.review_id}"


class Relay(models.Model):
    """The way mail leaves: one row while the mail server can't be reached, none while it can."""

    name = models.CharField(primary_key=True, max_length=20)
    down_at = models.DateTimeField()
    retry_at = models.DateTimeField()
    error = models.TextField()

    class Meta:
        db_table = "mail_relay"

    def __str__(self) -> str:
        return f"{self.name} down since {self.down_at:%Y-%m-%d %H:%M}"
