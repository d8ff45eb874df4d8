from __future__ import annotations

from django.db import models

from arvio.ids import uuid7


class KeptAnswer(models.Model):
    """The answer to a creating POST, kept a day under the caller's Idempotency-Key, written with
    what it created.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caller = models.CharField(max_length=120)
    route = models.CharField(max_length=300)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=300, blank=True)
    answer = models.TextField()
    kept_at = models.DateTimeField()

    class Meta:
        db_table = "kept_answer"
        constraints = (
            models.UniqueConstraint(fields=("caller", "route", "key"), name="kept_answer_key"),
        )
        indexes = (models.Index(fields=("kept_at",), name="kept_answer_at"),)

    def __str__(self) -> str:
        return f"{self.caller} {self.route} {self.key}"
