from __future__ import annotations

from django.db import models

from arvio.ids import uuid7
from arvio.request_id import LONGEST


class Due(models.Model):
    """Something that is to happen at `due_at`.

    At most one row for a kind and key; a later wish replaces the earlier. Work outside the
    database is leased (DESIGN 6): until `leased_until`, on the real clock, it is somebody's.
    `request_id` names the request that asked for it last; a command has none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    app_id = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    request_id = models.CharField(max_length=LONGEST, default="", db_default="", blank=True)

    class Meta:
        db_table = "due"
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="due_kind_key"),)
        indexes = (models.Index(fields=("kind", "due_at", "id"), name="due_kind_at"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key} at {self.due_at:%Y-%m-%d %H:%M}"
