from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.asking import prompt_models  # noqa: F401 - Django looks for a room's tables here
from arvio.asking.rules import CODE_LENGTH, LONGEST_CAMPAIGN
from arvio.audit.guards import Guard
from arvio.catalog.models import App, GuidelinesVersion, Partner
from arvio.ids import uuid7
from arvio.people.models import Person


class ReviewLink(models.Model):
    """An address that a partner gives to customers; it leads to the eligibility check (R109).

    The campaign is the partner's own label. The link without one is the app's standing link: made
    at its first use, at most one at a time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    code = models.CharField(max_length=CODE_LENGTH)
    campaign = models.CharField(max_length=LONGEST_CAMPAIGN, blank=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "review_link"
        constraints = (
            models.UniqueConstraint(fields=("app", "code"), name="link_code"),
            models.UniqueConstraint(
                fields=("app", "campaign"), condition=Q(ended_at=None), name="link_campaign"
            ),
        )
        indexes = (
            models.Index(fields=("code",), name="link_by_code"),
            models.Index(fields=("app", "campaign", "id"), name="link_of_app"),
        )

    def __str__(self) -> str:
        return f"{self.app_id} {self.code}"


class LinkDay(models.Model):
    """How many came by a link on a day (UTC), and how many reviews were sent by those who did."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    link = models.ForeignKey(ReviewLink, on_delete=models.PROTECT, related_name="days")
    day_date = models.DateField()
    arrivals = models.IntegerField(default=0)
    reviews = models.IntegerField(default=0)

    class Meta:
        db_table = "review_link_day"
        constraints = (
            models.UniqueConstraint(fields=("app", "link", "day_date"), name="link_day"),
            models.CheckConstraint(
                condition=Q(arrivals__gte=0, reviews__gte=0), name="link_day_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.link_id} {self.day_date}"


class LinkReview(models.Model):
    """A review that was counted for a link, so that it is counted once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    link = models.ForeignKey(ReviewLink, on_delete=models.PROTECT)
    review_id = models.UUIDField()

    class Meta:
        db_table = "review_link_review"
        constraints = (models.UniqueConstraint(fields=("app", "review_id"), name="link_review"),)

    def __str__(self) -> str:
        return f"{self.review_id} by {self.link_id}"


class GuidelinesAccepted(models.Model):
    """A member has read, for a partner, what partners may not do when they collect reviews (R111).

    Once for each version of the guidelines: whoever confirms first.
    """

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    version = models.ForeignKey(GuidelinesVersion, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    accepted_at = models.DateTimeField()

    class Meta:
        db_table = "guidelines_accepted"
        constraints = (
            models.UniqueConstraint(fields=("partner", "version"), name="guidelines_accepted_once"),
        )

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.version_id}"
