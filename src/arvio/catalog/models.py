from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from arvio.audit.guards import Guard
from arvio.catalog.guidelines.rules import Rule, rules_of
from arvio.ids import uuid7
from arvio.policy.load import read_stored
from arvio.policy.model import Policy

ACCENTS = ("indigo", "teal", "blue", "green", "plum", "rose", "rust", "slate")


class Marketplace(models.Model):
    """One storefront with one policy in force; the tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    languages = models.JSONField(default=list)
    accent = models.CharField(
        max_length=10, default="indigo", choices=[(name, name) for name in ACCENTS]
    )
    calendar = models.CharField(max_length=10, default="US")
    time_zone = models.CharField(max_length=60, default="UTC")
    frame_hosts = models.JSONField(default=list, blank=True)
    origins = models.JSONField(default=list, blank=True)
    plans_url = models.URLField(max_length=500, blank=True)
    clip_url = models.URLField(
        max_length=500,
        blank=True,
        help_text="A short clip or a picture of how to review; empty for the one that is ours.",
    )
    jwt_secret = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "marketplace"

    def __str__(self) -> str:
        return self.name

    def lists(self, origin: str) -> bool:
        """May pages of this origin call what viewers call (CONTRACT 3)?"""
        return origin.lower() in {one.lower().rstrip("/") for one in self.origins}


class PolicyVersion(models.Model):
    """A marketplace's rules from a moment on.

    Never changed; `document` is the whole policy as it then was.
    """

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(
        Marketplace, on_delete=models.PROTECT, related_name="policy_versions"
    )
    number = models.PositiveIntegerField()
    preset = models.CharField(max_length=60)
    overrides = models.JSONField(default=dict)
    document = models.JSONField()
    effective_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    class Meta:
        db_table = "policy_version"
        constraints = (
            models.UniqueConstraint(fields=("marketplace", "number"), name="policy_number"),
        )
        indexes = (
            models.Index(fields=("marketplace", "effective_at", "number"), name="policy_effective"),
        )

    def __str__(self) -> str:
        return f"{self.preset}, version {self.number}"

    @property
    def policy(self) -> Policy:
        return _read(self.pk, self)


_policies: dict[UUID, Policy] = {}


def _read(pk: UUID, version: PolicyVersion) -> Policy:
    """A version never changes, so its document is parsed once in a process."""
    policy = _policies.get(pk)
    if policy is None:
        policy = _policies[pk] = read_stored(raw=version.document)
    return policy


class GuidelinesVersion(models.Model):
    """The review guidelines of a marketplace from a moment on (FEATURES R111, R126).

    Never changed: a decision names the version's number and the key of a rule, and both can be
    read for as long as the decision.
    """

    guard: ClassVar[Guard] = Guard()

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(
        Marketplace, on_delete=models.PROTECT, related_name="guidelines_versions"
    )
    number = models.PositiveIntegerField()
    document = models.JSONField()
    effective_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    class Meta:
        db_table = "guidelines_version"
        constraints = (
            models.UniqueConstraint(fields=("marketplace", "number"), name="guidelines_number"),
        )
        indexes = (
            models.Index(
                fields=("marketplace", "effective_at", "number"), name="guidelines_effective"
            ),
        )

    def __str__(self) -> str:
        return f"Guidelines, version {self.number}"

    @property
    def rules(self) -> list[Rule]:
        return rules_of(self.document)


class Partner(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    ref = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    domains = models.JSONField(default=list)

    class Meta:
        db_table = "partner"
        constraints = (models.UniqueConstraint(fields=("marketplace", "ref"), name="partner_ref"),)

    def __str__(self) -> str:
        return self.name


class PartnerDomain(models.Model):
    """A partner's domains, one a row, to be found by: derived from `Partner.domains`.

    Two partners may name the same domain.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT, db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE)
    domain = models.CharField(max_length=253)

    class Meta:
        db_table = "partner_domain"
        constraints = (
            models.UniqueConstraint(
                fields=("marketplace", "domain", "partner"), name="partner_domain_of"
            ),
        )

    def __str__(self) -> str:
        return self.domain


class App(models.Model):
    """What is installed and reviewed. `install_count` counts the accounts that have it now."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    ref = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="apps")
    category = models.CharField(max_length=100)
    tagline = models.CharField(max_length=300)
    version = models.CharField(max_length=60, blank=True)
    listing_url = models.URLField(max_length=500, blank=True)
    retired = models.BooleanField(default=False)
    install_count = models.IntegerField(default=0)
    search_text = models.TextField()
    listed_at = models.DateTimeField()

    class Meta:
        db_table = "app"
        constraints = (models.UniqueConstraint(fields=("marketplace", "ref"), name="app_ref"),)
        indexes = (
            models.Index(fields=("marketplace", "retired", "category"), name="app_category"),
        )

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """A customer's organisation on the platform.

    `plan` is the platform's word; the policy maps it.
    """

    class Kind(models.TextChoices):
        PRODUCTION = "production"
        SANDBOX = "sandbox"
        DEVELOPER = "developer"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    ref = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    plan = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PRODUCTION)
    industry = models.CharField(max_length=100, blank=True)
    size = models.CharField(max_length=40, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    heard_at = models.DateTimeField(
        null=True, help_text="When we first heard of it; empty for what came in a file."
    )

    class Meta:
        db_table = "account"
        constraints = (models.UniqueConstraint(fields=("marketplace", "ref"), name="account_ref"),)

    def __str__(self) -> str:
        return self.name


class User(models.Model):
    """A person in an account: the author of reviews."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="users")
    ref = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    locale = models.CharField(max_length=20, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account_user"
        constraints = (models.UniqueConstraint(fields=("account", "ref"), name="user_ref"),)
        indexes = (models.Index(fields=("email",), name="user_email"),)

    def __str__(self) -> str:
        return self.name or self.ref


class Installation(models.Model):
    """An app on an account.

    It keeps the latest install and the latest uninstall heard of, so order doesn't matter.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    app = models.ForeignKey(App, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    installed_at = models.DateTimeField(null=True)
    installed_by = models.CharField(max_length=100, blank=True)
    version = models.CharField(max_length=60, blank=True)
    uninstalled_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField()
    source = models.CharField(max_length=40, default="server_key")

    class Meta:
        db_table = "installation"
        constraints = (
            models.UniqueConstraint(fields=("app", "account"), name="installation_app_account"),
        )
        indexes = (models.Index(fields=("account",), name="installation_account"),)

    def __str__(self) -> str:
        return f"{self.app_id} on {self.account_id}"

    @property
    def is_live(self) -> bool:
        return self.installed_at is not None and self.ended_at is None

    @property
    def ended_at(self) -> Any:
        """When the latest installation ended; None while it lasts, whatever ended before it."""
        if self.installed_at and self.uninstalled_at and self.uninstalled_at < self.installed_at:
            return None
        return self.uninstalled_at


class Ban(models.Model):
    """A user or a whole account may not review, for a reason, until an end or until lifted.

    Rows stay: they are the history of who was banned. `rule` is a key of the guidelines in version
    `guidelines_number`; both are unknown for bans that are older than guidelines.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    reason = models.TextField()
    rule = models.CharField(max_length=40, blank=True)
    guidelines_number = models.PositiveIntegerField(null=True, blank=True)
    imposed_by = models.CharField(max_length=120, default="command")
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=120, blank=True)
    lift_reason = models.TextField(blank=True)

    class Meta:
        db_table = "ban"
        constraints = (
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gt=models.F("since_at")),
                name="ban_ends_later",
            ),
        )
        indexes = (
            models.Index(fields=("account", "lifted_at"), name="ban_account"),
            models.Index(fields=("marketplace", "since_at", "id"), name="ban_marketplace"),
        )

    def __str__(self) -> str:
        return f"{self.user or self.account}: {self.reason}"

    @property
    def subject(self) -> str:
        """Whom its audit rows and archive checks are about."""
        return f"user:{self.user_id}" if self.user_id else f"account:{self.account_id}"

    def is_in_force(self, now: datetime) -> bool:
        return self.lifted_at is None and (self.until_at is None or now < self.until_at)


class BanAppeal(models.Model):
    """A banned person says why the ban is wrong; somebody else than who imposed it answers."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        LIFTED = "lifted"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    ban = models.ForeignKey(Ban, on_delete=models.PROTECT, related_name="appeals")
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    text = models.TextField()
    filed_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        db_table = "ban_appeal"
        constraints = (
            models.UniqueConstraint(
                fields=("ban",), condition=Q(outcome="open"), name="ban_appeal_open"
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", answered_at=None)
                | (~Q(outcome="open") & Q(answered_at__isnull=False)),
                name="ban_appeal_answered",
            ),
        )
        indexes = (
            models.Index(fields=("marketplace", "outcome", "filed_at"), name="ban_appeal_waiting"),
        )

    def __str__(self) -> str:
        return f"Appeal of {self.ban_id}: {self.outcome}"


class Placement(models.Model):
    """A paid, labelled place above the list (R93). It never touches the score or the order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey(Marketplace, on_delete=models.PROTECT)
    app = models.ForeignKey(App, on_delete=models.PROTECT)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        db_table = "placement"
        constraints = (
            models.CheckConstraint(
                condition=Q(until_at__gt=models.F("since_at")), name="placement_ends_later"
            ),
        )
        indexes = (models.Index(fields=("marketplace", "until_at"), name="placement_until"),)

    def __str__(self) -> str:
        return f"{self.app} until {self.until_at:%Y-%m-%d}"
