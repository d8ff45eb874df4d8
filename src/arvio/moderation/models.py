from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.catalog.models import App, Marketplace, Partner, User
from arvio.ids import uuid7
from arvio.moderation.correction_model import CorrectionRequest
from arvio.moderation.states import UNDECIDED, CaseState
from arvio.people.models import Person
from arvio.reviews.models import Reply, Review

__all__ = [
    "Case",
    "CorrectionRequest",
    "Decision",
    "DecisionDraft",
    "Item",
    "Notice",
    "Report",
    "Thread",
    "ThreadMessage",
    "ThreadRead",
]


class Item(models.TextChoices):
    REVIEW = "review"
    REPLY = "reply"


class Case(models.Model):
    """What somebody says of one review or one reply, with one clock (R123, R134).

    `number` is what people call it. The clock starts with the first report that is confirmed;
    `due_at` is computed once, then. `item_id` is the review's or the reply's id: undecided cases
    are unique by it. `stars` are the review's when the case opened, for figures by star class.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    number = models.CharField(max_length=12)
    item = models.CharField(max_length=6, choices=Item.choices)
    item_id = models.UUIDField()
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, db_index=False)
    stars = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=30, help_text="Of the first report.")
    own = models.BooleanField(default=False, help_text="Opened by a moderator, not by a report.")
    state = models.CharField(max_length=12, choices=CaseState.choices)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    report_count = models.PositiveIntegerField(default=0)
    assigned_to = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=20, blank=True, help_text="Of the decision in force.")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "moderation_case"
        constraints = (
            models.UniqueConstraint(fields=("marketplace", "number"), name="case_number"),
            models.UniqueConstraint(
                fields=("app", "item_id"),
                condition=Q(state__in=sorted(UNDECIDED)),
                name="case_one_undecided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[CaseState.UNCONFIRMED, CaseState.LAPSED])
                | Q(opened_at__isnull=False, due_at__isnull=False),
                name="case_has_a_clock",
            ),
        )
        indexes = (
            models.Index(fields=("marketplace", "state", "due_at", "id"), name="case_queue"),
            models.Index(
                fields=("marketplace", "-decided_at", "-id"),
                condition=Q(decided_at__isnull=False),
                name="case_decided",
            ),
            models.Index(fields=("assigned_to", "state", "due_at", "id"), name="case_assigned"),
            models.Index(fields=("app", "state", "due_at", "id"), name="case_app"),
            models.Index(fields=("review",), name="case_review"),
            models.Index(fields=("marketplace", "opened_at"), name="case_opened"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.state}"

    @property
    def subject(self) -> str:
        return f"case:{self.pk}"


class Report(models.Model):
    """One person's word that an item breaks a rule (R120, R121). One a person and undecided case.

    `reporter_key` says who, without their address: `user:…`, `person:…` or a keyed hash of the
    e-mail. A visitor's counts from `confirmed_at` on (R133). Insert-only; erasure takes the comment
    and the address.
    """

    guard: ClassVar[Guard] = Guard(once=("confirmed_at",), erased=("comment", "email"))

    class Party(models.TextChoices):
        VISITOR = "visitor"
        CUSTOMER = "customer"
        PARTNER = "partner"
        MODERATOR = "moderator"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports", db_index=False)
    party = models.CharField(max_length=10, choices=Party.choices)
    reporter_key = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    email = models.CharField(max_length=320, blank=True)
    language = models.CharField(max_length=5)
    reason = models.CharField(max_length=30)
    comment = models.TextField(blank=True)
    filed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "report"
        constraints = (
            models.UniqueConstraint(fields=("app", "case", "reporter_key"), name="report_once"),
        )
        indexes = (
            models.Index(fields=("case", "filed_at", "id"), name="report_case"),
            models.Index(fields=("marketplace", "reporter_key"), name="report_reporter"),
            models.Index(fields=("marketplace", "confirmed_at"), name="report_confirmed"),
        )

    def __str__(self) -> str:
        return f"{self.party} on {self.case_id}: {self.reason}"


class DecisionDraft(models.Model):
    """A decision that isn't made yet: what a moderator has typed, or what waits for a second one
    (`proposed_at`, where the policy asks for four eyes).
    """

    case = models.OneToOneField(
        Case, primary_key=True, on_delete=models.CASCADE, related_name="draft"
    )
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    action = models.CharField(max_length=10, blank=True)
    rule = models.CharField(max_length=30, blank=True)
    statement = models.TextField(blank=True)
    note = models.TextField(blank=True, help_text="From the second moderator, when sent back.")
    saved_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    saved_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "decision_draft"

    def __str__(self) -> str:
        return f"{self.action or 'nothing yet'} for {self.case_id}"


class Decision(models.Model):
    """What a moderator says to a case, with the rule it rests on and the statement of reasons in
    the fields of DSA Art. 17 (FEATURES 3.2). Insert-only; an appeal is answered by a further one.

    `number` counts the decisions of a case from 1. The rule's text is that of
    `guidelines_number`; nothing here decides by machine.
    """

    guard: ClassVar[Guard] = Guard(erased=("statement", "salt"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20)
    rule = models.CharField(max_length=30, blank=True)
    guidelines_number = models.PositiveIntegerField()
    policy_number = models.PositiveIntegerField()
    ground = models.CharField(max_length=12, help_text="illegal, or contractual: the guidelines.")
    statement = models.TextField(blank=True)
    automated_detection = models.BooleanField(default=False)
    item_state = models.CharField(max_length=10, help_text="Of the item, before.")
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seconded_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    salt = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    appealable_until = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "decision"
        constraints = (
            models.UniqueConstraint(fields=("app", "case", "number"), name="decision_number"),
        )
        indexes = (
            models.Index(fields=("case", "number"), name="decision_case"),
            models.Index(fields=("marketplace", "decided_at", "id"), name="decision_at"),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.number}: {self.outcome}"


class Notice(models.Model):
    """Who was told of what, once a party: each becomes a mail to every reader it has."""

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, related_name="notices", db_index=False
    )
    event = models.CharField(max_length=30)
    party = models.CharField(max_length=10)
    readers = models.PositiveIntegerField(help_text="How many mails it became.")
    told_at = models.DateTimeField()

    class Meta:
        db_table = "case_notice"
        indexes = (
            models.Index(fields=("case", "told_at", "id"), name="case_notice_case"),
            models.Index(fields=("review", "told_at", "id"), name="case_notice_review"),
        )

    def __str__(self) -> str:
        return f"{self.event} to {self.party}"


class Thread(models.Model):
    """A conversation with the moderators about one review: a partner's dispute (R131), or an
    appeal against a decision. It hides nothing by itself (R132).

    `party_key` says whose it is: `partner:…`, `user:…`, or `report:…` for a reporter. An appeal is
    decided like a report, by `due_at`.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute"
        APPEAL = "appeal"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    class Party(models.TextChoices):
        PARTNER = "partner"
        AUTHOR = "author"
        REPORTER = "reporter"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="threads", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    party = models.CharField(max_length=8, choices=Party.choices)
    party_key = models.CharField(max_length=80)
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="appeals", db_index=False
    )
    about_id = models.UUIDField(
        help_text="The decision of an appeal, the review of a dispute: one open each a party."
    )
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=20, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    last_party = models.CharField(max_length=10, help_text="Who wrote last.")
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "thread"
        constraints = (
            models.UniqueConstraint(
                fields=("app", "about_id", "party_key"),
                condition=Q(state="open"),
                name="thread_one_open",
            ),
        )
        indexes = (
            models.Index(
                fields=("marketplace", "kind", "state", "-last_at", "-id"), name="thread_desk"
            ),
            models.Index(fields=("partner", "state", "-last_at", "-id"), name="thread_partner"),
            models.Index(fields=("review",), name="thread_review"),
            models.Index(fields=("decision",), name="thread_decision"),
        )

    def __str__(self) -> str:
        return f"{self.kind} by {self.party} on {self.review_id}"

    @property
    def subject(self) -> str:
        return f"thread:{self.pk}"


class ThreadMessage(models.Model):
    """Insert-only; erasure takes the words."""

    guard: ClassVar[Guard] = Guard(erased=("text",))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    thread = models.ForeignKey(
        Thread, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    number = models.PositiveIntegerField()
    party = models.CharField(max_length=10, help_text="partner, author, reporter or moderator.")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    text = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "thread_message"
        constraints = (
            models.UniqueConstraint(fields=("app", "thread", "number"), name="message_number"),
        )
        indexes = (models.Index(fields=("thread", "number"), name="message_thread"),)

    def __str__(self) -> str:
        return f"{self.thread_id} {self.number}"


class ThreadRead(models.Model):
    """How far somebody has read a thread: what came after is marked as new."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT, db_index=False)
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="reads", db_index=False
    )
    reader_key = models.CharField(max_length=80, help_text="`person:…` or `user:…`.")
    number = models.PositiveIntegerField()

    class Meta:
        db_table = "thread_read"
        constraints = (
            models.UniqueConstraint(fields=("app", "thread", "reader_key"), name="read_reader"),
        )
        indexes = (models.Index(fields=("reader_key",), name="read_of"),)

    def __str__(self) -> str:
        return f"{self.reader_key} has read {self.number} of {self.thread_id}"
