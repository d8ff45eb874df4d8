"""What the prompt broker keeps. None of it holds a name or the platform's id of a user: people are
known by our own row, or by the pseudonym that an erasure would give them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from arvio.asking.prompt_rules import LONGEST_MOMENT, OUTCOMES
from arvio.catalog.models import App, Marketplace, User
from arvio.ids import uuid7

# As long as `catalog.pseudonyms` writes one.
PSEUDONYM = 71


class PromptUse(models.Model):
    """How often a user has used an app with success, and whether they want to be asked about it.

    `person` is the same for a user wherever in the marketplace they are: where the policy counts
    people so, their uses are added up by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    person = models.CharField(max_length=PSEUDONYM)
    uses = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    opted_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "prompt_use"
        constraints = (models.UniqueConstraint(fields=("app", "user"), name="prompt_use_of"),)
        indexes = (
            models.Index(fields=("app", "person"), name="prompt_use_person"),
            models.Index(fields=("last_at",), name="prompt_use_at"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} of {self.app_id}: {self.uses}"


class PromptTurn(models.Model):
    """An ask as all apps of the marketplace see it: whose turn with this person it was.

    The guard of the budget: an ask takes the number after the last one that it was decided on, so
    of two that were decided on the same past one can't be written. `budget` is who counts as one
    person by the policy of the moment.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    person = models.CharField(max_length=PSEUDONYM)
    budget = models.CharField(max_length=PSEUDONYM)
    number = models.PositiveIntegerField()
    app_id = models.UUIDField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "prompt_turn"
        constraints = (
            models.UniqueConstraint(
                fields=("marketplace", "budget", "number"), name="prompt_turn_number"
            ),
        )
        indexes = (
            models.Index(fields=("marketplace", "person"), name="prompt_turn_person"),
            models.Index(fields=("asked_at",), name="prompt_turn_at"),
        )

    def __str__(self) -> str:
        return f"{self.budget} {self.number}"


class Prompt(models.Model):
    """An ask: the app may show its popup now. Whether it did, and what came of it, is the app's
    word; an ask whose page was closed has no outcome and counts all the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False)
    moment = models.CharField(max_length=LONGEST_MOMENT, blank=True)
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    review_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "prompt"
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at=None)
                | Q(outcome__in=OUTCOMES, outcome_at__isnull=False),
                name="prompt_outcome",
            ),
        )
        indexes = (
            models.Index(fields=("user", "app", "asked_at"), name="prompt_of_user"),
            models.Index(fields=("asked_at",), name="prompt_at"),
        )

    def __str__(self) -> str:
        return f"{self.app_id} {self.asked_at:%Y-%m-%d} {self.outcome}"


class PromptDay(models.Model):
    """How often an app's moments were answered so on a day (UTC), and what came of the asks of
    that day: a code, an outcome, or "review".
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    day_date = models.DateField()
    what = models.CharField(max_length=20)
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "prompt_day"
        constraints = (
            models.UniqueConstraint(fields=("app", "day_date", "what"), name="prompt_day_what"),
            models.CheckConstraint(condition=Q(count__gte=0), name="prompt_day_not_negative"),
        )
        indexes = (models.Index(fields=("day_date", "marketplace"), name="prompt_day_by_day"),)

    def __str__(self) -> str:
        return f"{self.app_id} {self.day_date} {self.what}: {self.count}"


class PromptSpread(models.Model):
    """The asks of a day by where they stand among the asks of whoever was asked: `nth` within
    thirty days, `gap` days after the one before (30: none in that time).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    day_date = models.DateField()
    nth = models.PositiveSmallIntegerField()
    gap = models.PositiveSmallIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "prompt_spread"
        constraints = (
            models.UniqueConstraint(
                fields=("marketplace", "day_date", "nth", "gap"), name="prompt_spread_of"
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="prompt_spread_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.day_date} {self.nth}/{self.gap}: {self.count}"
