from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from arvio.catalog.models import App, Marketplace
from arvio.ids import uuid7

STARS = (1, 2, 3, 4, 5)


class RatingSummary(models.Model):
    """One row per app: counts of published reviews by stars, and the score that orders apps.

    `score_micros` is the score times a million; below the threshold of the policy in force it is
    the prior mean, so that the order tells nothing of a rating that isn't shown.
    """

    app = models.OneToOneField(
        App, on_delete=models.PROTECT, primary_key=True, related_name="summary"
    )
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    count = models.IntegerField(default=0)
    stars_1 = models.IntegerField(default=0)
    stars_2 = models.IntegerField(default=0)
    stars_3 = models.IntegerField(default=0)
    stars_4 = models.IntegerField(default=0)
    stars_5 = models.IntegerField(default=0)
    score_micros = models.BigIntegerField(default=0)
    scored_date = models.DateField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "rating_summary"
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    count=F("stars_1") + F("stars_2") + F("stars_3") + F("stars_4") + F("stars_5")
                ),
                name="summary_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(
                    stars_1__gte=0, stars_2__gte=0, stars_3__gte=0, stars_4__gte=0, stars_5__gte=0
                ),
                name="summary_not_negative",
            ),
        )
        indexes = (
            models.Index(
                fields=("marketplace", "-score_micros", "-count", "app"), name="summary_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.app_id}: {self.count}"

    @property
    def histogram(self) -> tuple[int, int, int, int, int]:
        return (self.stars_1, self.stars_2, self.stars_3, self.stars_4, self.stars_5)


class QualitySummary(models.Model):
    """Answers to one quality dimension: their sum, how many, and how many were 0 (R84)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(
        App, on_delete=models.PROTECT, related_name="quality_summaries", db_index=False
    )
    dimension = models.CharField(max_length=60)
    total = models.IntegerField(default=0)
    count = models.IntegerField(default=0)
    zeros = models.IntegerField(default=0)

    class Meta:
        db_table = "rating_quality"
        constraints = (
            models.UniqueConstraint(fields=("app", "dimension"), name="quality_app_dimension"),
            models.CheckConstraint(
                condition=Q(total__gte=0, zeros__gte=0, count__gte=F("zeros")),
                name="quality_not_negative",
            ),
        )

    def __str__(self) -> str:
        return f"{self.app_id} {self.dimension}"


class RatingDay(models.Model):
    """How many reviews with so many stars were published on a day (UTC)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    day_date = models.DateField()
    stars = models.PositiveSmallIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "rating_day"
        constraints = (
            models.UniqueConstraint(fields=("app", "day_date", "stars"), name="day_app_stars"),
            models.CheckConstraint(condition=Q(count__gte=0), name="day_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.app_id} {self.day_date} {self.stars}"


class QualityDay(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    day_date = models.DateField()
    dimension = models.CharField(max_length=60)
    total = models.IntegerField(default=0)
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "rating_quality_day"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "day_date", "dimension"), name="quality_day_dimension"
            ),
            models.CheckConstraint(
                condition=Q(count__gte=0, total__gte=0), name="quality_day_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.app_id} {self.day_date} {self.dimension}"
