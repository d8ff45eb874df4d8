from __future__ import annotations

from typing import ClassVar

from django.db import models

from arvio.audit.guards import Guard
from arvio.ids import uuid7


class AuditRow(models.Model):
    """One state change of one subject.

    `hash` covers the row and `prev`, so the rows of a subject form a chain.
    """

    guard: ClassVar[Guard] = Guard()

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

    class Meta:
        db_table = "audit_row"
        constraints = (models.UniqueConstraint(fields=("subject", "seq"), name="audit_row_seq"),)
        indexes = (models.Index(fields=("marketplace_id", "at"), name="audit_row_marketplace_at"),)

    def __str__(self) -> str:
        return f"{self.subject} {self.seq} {self.tag}"
