from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models

from arvio.audit.guards import Guard
from arvio.catalog.guidelines.rules import Rule, rules_of
from arvio.ids import uuid7
from arvio.policy.load import load_policy, load_toml, read_stored
from arvio.policy.model import Policy


class Marketplace(models.Model):
    """One storefront with one policy in force; the tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    languages = models.JSONField(default=list)
    accent = models.CharField(
        max_length=10, default="indigo", help_text="One of the eight by name, or a colour: #1a5fc2."
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
    paid_label = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="How a paid place is labelled: a wording by name, or own words by language.",
    )
    jwt_secret = models.CharField(max_length=100)
    jwt_secret_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was made; empty for the first one."
    )
    old_jwt_secret = models.CharField(max_length=100, blank=True, default="", db_default="")
    old_jwt_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "marketplace"

    def __str__(self) -> str:
        return self.name

    def lists(self, origin: str) -> bool:
        """May pages of this origin call what viewers call (CONTRACT 3)?"""
        return origin.lower() in {one.lower().rstrip("/") for one in self.origins}

    def token_secrets(self, now: datetime) -> tuple[str, ...]:
        """What viewer tokens may be signed with: the secret, and the one before it for a time."""
        if self.old_jwt_secret_until and now < self.old_jwt_secret_until:
            return self.jwt_secret, self.old_jwt_secret
        return (self.jwt_secret,)


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


class PolicyDraft(models.Model):
    """What an operator is writing: the next policy, before it counts. One for each marketplace.

    It may hold nonsense, and obliges nobody; a version is made from it, and then it goes. Where
    `text` is given it is all there is to the draft: a policy file as it was typed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.OneToOneField(
        Marketplace, on_delete=models.PROTECT, related_name="policy_draft"
    )
    preset = models.CharField(max_length=60)
    overrides = models.JSONField(default=dict)
    text = models.TextField(blank=True, help_text="As it was typed as TOML; empty: by the form.")
    base = models.PositiveIntegerField(
        default=0, help_text="The newest version when the draft was begun."
    )
    token = models.UUIDField(default=uuid7, help_text="Another one each time it is saved.")
    effective_at = models.DateTimeField(null=True, blank=True, help_text="Empty: at once.")
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=120)

    class Meta:
        db_table = "policy_draft"

    def __str__(self) -> str:
        return f"Draft on {self.preset}"

    @property
    def policy(self) -> Policy:
        """Raises PolicyError."""
        if self.text:
            return load_toml(text=self.text)
        return load_policy(preset=self.preset, overrides=self.overrides)


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
