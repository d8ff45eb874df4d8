from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.ids import uuid7


class AuditRow(models.Model):
    """One state change of one subject.

    `hash` covers the row and `prev`, so the rows of a subject form a chain; `scheme` says how.
    `seal` is the number of the marketplace's seal that covers the row, once there is one.
    """

    guard: ClassVar[Guard] = Guard(once=("seal",))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace_id = models.UUIDField(null=True)
    app_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=80)
    seq = models.PositiveIntegerField()
    tag = models.CharField(max_length=60)
    actor = models.CharField(max_length=120)
    policy_version = models.PositiveIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    scheme = models.PositiveSmallIntegerField()
    seal = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "audit_row"
        constraints = (models.UniqueConstraint(fields=("subject", "seq"), name="audit_row_seq"),)
        indexes = (
            models.Index(fields=("marketplace_id", "at"), name="audit_row_marketplace_at"),
            models.Index(
                fields=("marketplace_id", "id"),
                condition=Q(seal__isnull=True, marketplace_id__isnull=False),
                name="audit_row_unsealed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject} {self.seq} {self.tag}"


class Seal(models.Model):
    """The root of a Merkle tree over the newest rows of the histories that went on since the last.

    `hash` covers the seal and `prev`, so the seals of a marketplace form a chain: whoever keeps one
    hash can tell whether anything before it was changed.
    """

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace_id = models.UUIDField()
    number = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    tree_root = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_seal"
        constraints = (
            models.UniqueConstraint(fields=("marketplace_id", "number"), name="seal_number"),
        )

    def __str__(self) -> str:
        return f"seal {self.number}"


class SealLeaf(models.Model):
    """A leaf of a seal's tree: the newest row of one history, as it was sealed."""

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="leaves", db_index=False)
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=80)
    seq = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_seal_leaf"
        constraints = (models.UniqueConstraint(fields=("seal", "number"), name="seal_leaf_number"),)
        indexes = (models.Index(fields=("subject", "seq"), name="seal_leaf_subject"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.seq}"
