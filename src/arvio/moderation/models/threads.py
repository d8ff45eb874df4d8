"""What is talked about with the moderators: disputes, appeals, requests for a correction."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.catalog.models import App, Marketplace, Partner, User
from arvio.ids import uuid7
from arvio.moderation.models.cases import Decision, Report
from arvio.people.models import Person
from arvio.reviews.models import Review


class Thread(models.Model):
    """A conversation with the moderators about one review: a partner's dispute (R131), or an
    appeal against a decision. It hides nothing by itself (R132).

    `party_key` says whose it is: `partner:…`, `user:…`, or `report:…` for a reporter. An appeal is
    decided like a report, by `due_at`.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute"
        APPEAL = "appeal"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    class Party(models.TextChoices):
        PARTNER = "partner"
        AUTHOR = "author"
        REPORTER = "reporter"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="threads", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    party = models.CharField(max_length=8, choices=Party.choices)
    party_key = models.CharField(max_length=80)
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="appeals", db_index=False
    )
    about_id = models.UUIDField(
        help_text="The decision of an appeal, the review of a dispute: one open each a party."
    )
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=20, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    last_party = models.CharField(max_length=10, help_text="Who wrote last.")
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "thread"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "about_id", "party_key"),
                condition=Q(state="open"),
                name="thread_one_open",
            ),
        )
        indexes = (
            models.Index(
                fields=("marketplace", "kind", "state", "-last_at", "-id"), name="thread_desk"
            ),
            models.Index(fields=("partner", "state", "-last_at", "-id"), name="thread_partner"),
            models.Index(fields=("review",), name="thread_review"),
            models.Index(fields=("decision",), name="thread_decision"),
        )

    def __str__(self) -> str:
        return f"{self.kind} by {self.party} on {self.review_id}"

    @property
    def subject(self) -> str:
        return f"thread:{self.pk}"


class ThreadMessage(models.Model):
    """Insert-only; erasure takes the words."""

    guard: ClassVar[Guard] = Guard(erased=("text",))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    thread = models.ForeignKey(
        Thread, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    number = models.PositiveIntegerField()
    party = models.CharField(max_length=10, help_text="partner, author, reporter or moderator.")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "thread_message"
        constraints = (
            models.UniqueConstraint(fields=("app", "thread", "number"), name="message_number"),
        )
        indexes = (models.Index(fields=("thread", "number"), name="message_thread"),)

    def __str__(self) -> str:
        return f"{self.thread_id} {self.number}"


class ThreadRead(models.Model):
    """How far somebody has read a thread: what came after is marked as new."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="reads", db_index=False
    )
    reader_key = models.CharField(max_length=80, help_text="`person:…` or `user:…`.")
    number = models.PositiveIntegerField()

    class Meta:
        db_table = "thread_read"
        constraints = (
            models.UniqueConstraint(fields=("app", "thread", "reader_key"), name="read_reader"),
        )
        indexes = (models.Index(fields=("reader_key",), name="read_of"),)

    def __str__(self) -> str:
        return f"{self.reader_key} has read {self.number} of {self.thread_id}"


class CorrectionRequest(models.Model):
    """An author or a partner asks that a review's text be replaced (R51)."""

    guard: ClassVar[Guard] = Guard(
        once=("closed_at", "closed_by"),
        free=("state", "answer"),
        erased=("text", "reason", "answer"),
    )

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        DECLINED = "declined"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    party = models.CharField(max_length=8, help_text="author or partner.")
    party_key = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    text = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True, help_text="The moderator's, done or declined.")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, null=True)  # noqa: DJ001 - set once, from NULL
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "correction_request"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "review", "party_key"),
                condition=Q(state="open"),
                name="correction_one_open",
            ),
        )
        indexes = (
            models.Index(fields=("marketplace", "state", "asked_at", "id"), name="correction_desk"),
            models.Index(fields=("review",), name="correction_review"),
        )

    def __str__(self) -> str:
        return f"{self.party} on {self.review_id}: {self.state}"
