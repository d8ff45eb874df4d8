from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from arvio.catalog.models.marketplaces import Marketplace
from arvio.ids import uuid7


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

    `plan` is the platform's word; the policy maps it. Ids that were given up stay, as rows that
    lead to the account: one unique key keeps old and new ids apart.
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
    leads_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="former",
        db_index=False,
        help_text="A former account, or the former id of one: what names it means this one.",
    )
    renamed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A former id alone: what is told of it is true of where it leads.",
    )

    class Meta:
        db_table = "account"
        constraints = (models.UniqueConstraint(fields=("marketplace", "ref"), name="account_ref"),)
        indexes = (
            models.Index(
                fields=("leads_to",), condition=Q(leads_to__isnull=False), name="account_former"
            ),
        )

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
    leads_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="former",
        db_index=False,
        help_text="The same person in the account that this one's was merged into.",
    )

    class Meta:
        db_table = "account_user"
        constraints = (models.UniqueConstraint(fields=("account", "ref"), name="user_ref"),)
        indexes = (
            models.Index(fields=("email",), name="user_email"),
            models.Index(
                fields=("leads_to",), condition=Q(leads_to__isnull=False), name="user_former"
            ),
        )

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
