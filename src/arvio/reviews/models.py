from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.catalog.models import (
    Account,
    App,
    Installation,
    Marketplace,
    Partner,
    PolicyVersion,
    User,
)
from arvio.ids import uuid7
from arvio.reviews.states import HOLDS_PLACE, State


class Source(models.TextChoices):
    AUTHOR = "author"
    IMPORTED = "imported"


class Review(models.Model):
    """A review as it stands now. Its words are in `ReviewVersion`; here are state, places, times
    and what lists need.

    `person_place` and `account_place` are the lowest free numbers under the policy's limits, NULL
    when the review holds no place: the unique keys make the limits hold under any concurrency
    (DESIGN 4).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    installation = models.ForeignKey(
        Installation, on_delete=models.PROTECT, null=True, db_index=False
    )
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=10, choices=Source.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    person_key = models.CharField(max_length=210)
    person_place = models.PositiveSmallIntegerField(null=True)
    account_place = models.PositiveSmallIntegerField(null=True)
    live_version = models.ForeignKey(
        "ReviewVersion", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pending_version = models.ForeignKey(
        "ReviewVersion", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    version_count = models.PositiveSmallIntegerField(default=1)
    edits_used = models.PositiveSmallIntegerField(default=0)
    stars = models.PositiveSmallIntegerField(help_text="Of the live version.")
    language = models.CharField(max_length=20)
    has_text = models.BooleanField()
    answered = models.BooleanField(default=False)
    verified_install = models.BooleanField()
    app_version = models.CharField(max_length=60, blank=True)
    search_text = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    publishes_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    archived_reason = models.CharField(max_length=40, blank=True)
    removed_at = models.DateTimeField(null=True)
    removed_rule = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "review"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "person_key", "person_place"), name="review_person_place"
            ),
            models.UniqueConstraint(
                fields=("app", "account", "account_place"), name="review_account_place"
            ),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="review_stars"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(HOLDS_PLACE))
                | Q(person_place__isnull=True, account_place__isnull=True),
                name="review_place_freed",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | Q(published_at__isnull=False),
                name="review_published_at",
            ),
        )
        indexes = (
            models.Index(fields=("app", "state", "-published_at", "-id"), name="review_newest"),
            models.Index(
                fields=("app", "state", "stars", "-published_at", "-id"), name="review_stars_newest"
            ),
            models.Index(
                fields=("app", "state", "language", "-published_at", "-id"), name="review_language"
            ),
            models.Index(
                fields=("app", "state", "answered", "-published_at", "-id"), name="review_answered"
            ),
            models.Index(
                fields=("app", "-removed_at", "-id"),
                condition=Q(state=State.REMOVED),
                name="review_removed",
            ),
            models.Index(
                fields=("app", "state"),
                condition=Q(verified_install=False),
                name="review_unverified",
            ),
            models.Index(fields=("user", "-submitted_at"), name="review_user"),
            # SQLite looks for these whenever a version goes in while another row waits for its
            # parent: without them a batch of new reviews reads the whole table for each.
            models.Index(fields=("live_version",), name="review_live_version"),
            models.Index(fields=("pending_version",), name="review_pending_version"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def subject(self) -> str:
        return f"review:{self.pk}"


class ReviewVersion(models.Model):
    """The words and answers of a review at one time.

    Insert-only; `effective_at` is set once, when it goes public.
    """

    guard: ClassVar[Guard] = Guard(
        once=("effective_at",),
        erased=("title", "text", "pros", "cons", "affiliation", "evidence", "salt"),
    )

    class Origin(models.TextChoices):
        AUTHOR = "author"
        EDIT = "edit"
        CORRECTION = "correction"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=10, choices=Origin.choices)
    stars = models.PositiveSmallIntegerField()
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    pros = models.TextField(blank=True)
    cons = models.TextField(blank=True)
    affiliation = models.TextField(blank=True)
    qualities = models.JSONField(default=dict)
    language = models.CharField(max_length=20)
    evidence = models.JSONField(default=dict)
    salt = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_version"
        constraints = (
            models.UniqueConstraint(fields=("app", "review", "number"), name="version_number"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="version_stars"),
        )
        indexes = (models.Index(fields=("review", "number"), name="version_review"),)

    def __str__(self) -> str:
        return f"{self.review_id} version {self.number}"


class AboutAnswer(models.Model):
    """What authors say about themselves, apart from the public content (R27)."""

    guard: ClassVar[Guard] = Guard(erased=("value",))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    version = models.ForeignKey(
        ReviewVersion, on_delete=models.PROTECT, related_name="about", db_index=False
    )
    key = models.CharField(max_length=60)
    value = models.TextField(blank=True)
    public = models.BooleanField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_about"
        constraints = (models.UniqueConstraint(fields=("app", "version", "key"), name="about_key"),)
        indexes = (models.Index(fields=("version",), name="about_version"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.key}"


class Consent(models.Model):
    """What the author agreed to: the key, the version of its text, and when (R28, R29)."""

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    version = models.ForeignKey(
        ReviewVersion, on_delete=models.PROTECT, related_name="consents", db_index=False
    )
    key = models.CharField(max_length=60)
    text_version = models.CharField(max_length=40, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "review_consent"
        constraints = (
            models.UniqueConstraint(fields=("app", "version", "key"), name="consent_key"),
        )
        indexes = (models.Index(fields=("version",), name="consent_version"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.key}"


class Reply(models.Model):
    """The partner's answer. Its words are insert-only; one live reply per review."""

    guard: ClassVar[Guard] = Guard(free=("state",), erased=("text", "salt"))

    class ReplyState(models.TextChoices):
        LIVE = "live"
        REPLACED = "replaced"
        REMOVED = "removed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="replies", db_index=False
    )
    version_number = models.PositiveSmallIntegerField(
        help_text="The version of the review that it answers."
    )
    state = models.CharField(max_length=10, choices=ReplyState.choices, default=ReplyState.LIVE)
    text = models.TextField(blank=True)
    fixed_in = models.CharField(
        max_length=60, blank=True, help_text="The version that it says solves the matter."
    )
    actor = models.CharField(max_length=120)
    salt = models.CharField(max_length=64)
    replied_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review_reply"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "review"), condition=Q(state="live"), name="reply_one_live"
            ),
        )
        indexes = (models.Index(fields=("review",), name="reply_review"),)

    def __str__(self) -> str:
        return f"{self.review_id} {self.state}"


class ReplyDraft(models.Model):
    """A reply that isn't sent yet: one for a review, shared by the partner's members."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.CASCADE, db_index=False)
    review = models.ForeignKey(
        Review, on_delete=models.CASCADE, related_name="reply_drafts", db_index=False
    )
    text = models.TextField()
    fixed_in = models.CharField(max_length=60, blank=True)
    saved_by = models.CharField(max_length=120)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "review_reply_draft"
        constraints = (
            models.UniqueConstraint(fields=("app", "review"), name="reply_draft_review"),
        )
        indexes = (models.Index(fields=("review",), name="reply_draft_of"),)

    def __str__(self) -> str:
        return f"draft for {self.review_id}"


class InboxItem(models.Model):
    """A review's place in its partner's inbox, over all of the partner's apps: narrow, with its own
    keys, so that no list has to be sorted out of all reviews (DESIGN 4).

    Derived from the review (`inbox_rows.item_of`), written in the transaction of whatever changes
    it, compared by `verify`.
    """

    review = models.OneToOneField(
        Review, primary_key=True, on_delete=models.CASCADE, related_name="inbox"
    )
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=10, choices=State.choices)
    stars = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=20)
    has_text = models.BooleanField()
    answered = models.BooleanField()
    waiting = models.BooleanField(help_text="Held or published, and not answered: it counts (R65).")
    rank = models.BigIntegerField(help_text="Lowest first: see inbox_rows.rank_of.")
    submitted_at = models.DateTimeField()
    replied_at = models.DateTimeField(null=True)
    stars_at_reply = models.PositiveSmallIntegerField(null=True)

    class Meta:
        db_table = "inbox_item"
        indexes = (
            models.Index(fields=("partner",), condition=Q(waiting=True), name="inbox_waiting"),
            models.Index(fields=("partner", "rank", "review"), name="inbox_rank"),
            models.Index(fields=("partner", "state", "rank", "review"), name="inbox_state"),
            models.Index(fields=("partner", "submitted_at", "review"), name="inbox_submitted"),
            models.Index(fields=("app", "rank", "review"), name="inbox_app"),
            models.Index(fields=("app", "submitted_at", "review"), name="inbox_app_submitted"),
        )

    def __str__(self) -> str:
        return f"{self.review_id} of {self.partner_id}"


class ImportedRow(models.Model):
    """Which rows of which files were taken, so that a second run takes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=80)

    class Meta:
        db_table = "imported_row"
        constraints = (models.UniqueConstraint(fields=("app", "key"), name="imported_key"),)
        indexes = (models.Index(fields=("review",), name="imported_review"),)

    def __str__(self) -> str:
        return self.key


class Draft(models.Model):
    """What somebody had typed when they left (R31).

    `step` is the furthest section of the form they reached.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.CASCADE, db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    answers = models.JSONField(default=dict)
    step = models.PositiveSmallIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "review_draft"
        constraints = (models.UniqueConstraint(fields=("app", "user"), name="draft_app_user"),)

    def __str__(self) -> str:
        return f"{self.user_id} on {self.app_id}"
