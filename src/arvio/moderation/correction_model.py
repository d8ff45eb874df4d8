from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.catalog.models import App, Marketplace, User
from arvio.ids import uuid7
from arvio.people.models import Person
from arvio.reviews.models import Review


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
