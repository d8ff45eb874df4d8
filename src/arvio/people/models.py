from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from arvio.ids import uuid7


class PersonManager(BaseUserManager["Person"]):
    def create_user(
        self, *, email: str, password: str | None = None, name: str = "", **fields: Any
    ) -> Person:
        person = Person(email=email.strip().lower(), name=name, **fields)
        person.set_password(password)
        person.save()
        return person

    def create_superuser(self, *, email: str, password: str | None = None, **fields: Any) -> Person:
        return self.create_user(
            email=email, password=password, is_staff=True, is_superuser=True, **fields
        )

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: a member of partners, a moderator, an operator.

    Authors of reviews are catalog users.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)  # noqa: TID251 - logins: real clock

    USERNAME_FIELD = "email"
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        db_table = "person"

    def __str__(self) -> str:
        return self.email


class Role(models.Model):
    """What a person is in one marketplace or one partner.

    `partner_id` is the marketplace's own id for staff.
    """

    class Kind(models.TextChoices):
        OWNER = "owner"
        REPLIER = "replier"
        READER = "reader"
        MODERATOR = "moderator"
        OPERATOR = "operator"

    class Source(models.TextChoices):
        SERVER = "server"
        INVITATION = "invitation"

    MEMBER_KINDS = (Kind.OWNER, Kind.REPLIER, Kind.READER)
    STAFF_KINDS = (Kind.MODERATOR, Kind.OPERATOR)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    marketplace_id = models.UUIDField()
    place_id = models.UUIDField(
        help_text="The partner for a member, the marketplace for its staff."
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    source = models.CharField(
        max_length=12,
        choices=Source.choices,
        default=Source.SERVER,
        help_text="A server's list replaces only what came from the server.",
    )

    class Meta:
        db_table = "person_role"
        constraints = (
            models.UniqueConstraint(fields=("person", "place_id"), name="role_person_place"),
        )
        indexes = (models.Index(fields=("place_id", "kind"), name="role_place_kind"),)

    def __str__(self) -> str:
        return f"{self.person} {self.kind}"


class Key(models.Model):
    """An API key. Only its hash is kept; `prefix` lets people tell keys apart."""

    class Kind(models.TextChoices):
        SERVER = "server"
        PARTNER = "partner"
        MODERATOR = "moderator"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    marketplace_id = models.UUIDField()
    partner_id = models.UUIDField(null=True, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="keys"
    )
    name = models.CharField(max_length=200)
    scopes = models.JSONField(default=list)
    prefix = models.CharField(max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120, blank=True, default="", db_default="")
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="It is refused from then on; empty for no end."
    )
    rotated_from = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="successors",
        help_text="The key whose place it takes.",
    )
    last_used_at = models.DateTimeField(
        null=True, blank=True, help_text="To the hour: noted once an hour at most."
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "person_key"

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    @property
    def subject(self) -> str:
        return f"key:{self.pk}"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


def live(now: datetime) -> models.Q:
    """Of keys: those that `Key.is_live` names."""
    ends_later = models.Q(ends_at=None) | models.Q(ends_at__gt=now)
    return models.Q(revoked_at=None) & ends_later


class Invitation(models.Model):
    """An open door into a partner, or to the staff of a marketplace, whose id `place_id` then is,
    for whoever reads the mail. Only the token's hash is kept.

    Its life is on the real clock. One that is neither accepted nor revoked is open, or has expired.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace_id = models.UUIDField()
    place_id = models.UUIDField(help_text="The partner.")
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=12, choices=Role.Kind.choices)
    language = models.CharField(max_length=5)
    hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "person_invitation"
        constraints = (
            models.UniqueConstraint(
                fields=("place_id", "email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} {self.kind}"


class CacheRow(models.Model):
    """A row of Django's database cache, where every process counts attempts to sign in.

    Names and types are those that `django.core.cache.backends.db` reads and writes.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "cache"

    def __str__(self) -> str:
        return self.cache_key


class RateWindow(models.Model):
    """How often somebody has done something since `starts_at` (`limits.take`)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    action = models.CharField(max_length=40)
    key_hash = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "rate_window"
        constraints = (
            models.UniqueConstraint(
                fields=("action", "key_hash", "starts_at"), name="rate_window_key"
            ),
        )
        indexes = (models.Index(fields=("starts_at",), name="rate_window_start"),)

    def __str__(self) -> str:
        return f"{self.action}: {self.count} since {self.starts_at:%Y-%m-%d %H:%M}"
