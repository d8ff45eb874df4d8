from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.asking import prompt_models  # noqa: F401 - Django looks for a room's tables here
from arvio.asking.prompt_models import PSEUDONYM
from arvio.asking.rules import CODE_LENGTH, LONGEST_CAMPAIGN
from arvio.audit.guards import Guard
from arvio.catalog.models import App, GuidelinesVersion, Partner, User
from arvio.ids import uuid7
from arvio.people.models import Person
from arvio.reviews.models import Review


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


class ReviewRequest(models.Model):
    """That a user was asked by mail to review an app, or else the latest reason why not (R102).

    No partner reads it: it neither chooses who is asked nor learns who was. What was sent stays.
    `person` is who counted as one by the policy of the moment: asked once, in whatever accounts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    person = models.CharField(max_length=PSEUDONYM)
    code = models.CharField(max_length=20)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "review_request"
        constraints = (
            models.UniqueConstraint(fields=("app", "user"), name="review_request_once"),
            models.UniqueConstraint(
                fields=("app", "person"), condition=Q(code="sent"), name="review_request_person"
            ),
        )
        indexes = (models.Index(fields=("person",), name="review_request_by_person"),)

    def __str__(self) -> str:
        return f"{self.user_id} on {self.app_id}: {self.code}"


class UpdateInvitation(models.Model):
    """That an author was told of the version that fixes a matter, or the latest reason why not.

    Once a review, whatever its stars. Partners see sums from three on, and never whose.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT)
    fixed_in = models.CharField(max_length=60)
    code = models.CharField(max_length=20)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "update_invitation"
        constraints = (
            models.UniqueConstraint(fields=("app", "review"), name="update_invitation_once"),
        )

    def __str__(self) -> str:
        return f"{self.review_id}: {self.code}"


class SignInLink(models.Model):
    """A link in a mail that signs its reader in, once. Only the token's hash is kept; its life is
    on the real clock. With a review it leads to changing that, else to writing one.

    It is good for the address it was sent to: who has another one now isn't who reads there.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, db_index=False)
    email = models.EmailField()
    hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "sign_in_link"
        constraints = (models.UniqueConstraint(fields=("app", "hash"), name="sign_in_link_hash"),)
        indexes = (
            models.Index(fields=("hash",), name="sign_in_link_by_hash"),
            models.Index(fields=("expires_at",), name="sign_in_link_expires"),
        )

    def __str__(self) -> str:
        return f"of {self.user_id}, until {self.expires_at:%Y-%m-%d %H:%M}"
