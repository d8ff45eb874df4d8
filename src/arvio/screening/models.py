from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.catalog.models import Account, App, Marketplace
from arvio.ids import uuid7
from arvio.screening.found import KINDS


class Outcome(models.TextChoices):
    DISMISSED = "dismissed"
    UPHELD = "upheld"


class Seen(models.Model):
    """A version of a review that was screened: what bursts, likeness and the figures count.

    Reviews are below this room, so they are known by id. `signature` tells how alike two texts are
    and holds no words; empty for a text too short to be compared, and after erasure.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    review_id = models.UUIDField()
    version_number = models.PositiveSmallIntegerField()
    person_key = models.CharField(max_length=210)
    stars = models.PositiveSmallIntegerField()
    seen_at = models.DateTimeField()
    signature = models.BinaryField(default=b"")

    class Meta:
        db_table = "screening_seen"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "review_id", "version_number"), name="seen_version"
            ),
        )
        indexes = (
            models.Index(fields=("review_id",), name="seen_review"),
            models.Index(fields=("app", "seen_at"), condition=Q(version_number=1), name="seen_app"),
            models.Index(fields=("marketplace", "seen_at", "stars"), name="seen_marketplace"),
        )

    def __str__(self) -> str:
        return f"{self.review_id} version {self.version_number}"


class Band(models.Model):
    """Texts that are nearly the same meet in a bucket: found by the key, never by comparing all.

    Buckets cross apps; the number holds marketplace and band. A bucket keeps few rows
    (`likeness.FULL`): a text that is copied a thousand times is found by its first copies.
    """

    pk = models.CompositePrimaryKey("bucket", "review_id", "version_number")
    bucket = models.BigIntegerField()
    review_id = models.UUIDField()
    version_number = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "screening_band"

    def __str__(self) -> str:
        return f"{self.review_id} in {self.bucket}"


class Flag(models.Model):
    """Something for a moderator to look at, with its evidence. It hides and delays nothing.

    A case that is opened on it takes it off the list (`taken_at`); how the matter ended is set
    once. `stars` are those of the version, so that figures can be told side by side. `detail` is
    text, so that erasure can blank it.
    """

    guard: ClassVar[Guard] = Guard(
        once=("taken_at", "settled_at", "settled_by", "outcome"), erased=("excerpt", "detail")
    )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review_id = models.UUIDField()
    version_number = models.PositiveSmallIntegerField()
    stars = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=[(kind, kind) for kind in KINDS])
    field = models.CharField(max_length=80, blank=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    excerpt = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    found_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=120, null=True)  # noqa: DJ001 - set once, from NULL
    outcome = models.CharField(  # noqa: DJ001 - set once, from NULL
        max_length=10, choices=Outcome.choices, null=True
    )
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "screening_flag"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "review_id", "version_number", "kind", "field", "start"),
                name="flag_once",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None, outcome=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False, outcome__isnull=False),
                name="flag_settled_whole",
            ),
        )
        indexes = (
            models.Index(fields=("review_id", "found_at", "id"), name="flag_review"),
            models.Index(
                fields=("marketplace", "found_at", "id"),
                condition=Q(taken_at=None, settled_at=None),
                name="flag_open",
            ),
            models.Index(fields=("marketplace", "found_at"), name="flag_found"),
        )

    def __str__(self) -> str:
        return f"{self.kind} in {self.review_id}"

    @property
    def is_open(self) -> bool:
        return self.taken_at is None and self.settled_at is None

    @property
    def values(self) -> dict[str, Any]:
        """The values of the evidence; nothing after erasure."""
        return dict(json.loads(self.detail)) if self.detail else {}
