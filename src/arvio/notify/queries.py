"""Mails as they stand: for the demo's outbox, for `arvio mail` and `arvio doctor`."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from arvio.notify.models import Message, Relay


def outbox(*, to: str = "") -> QuerySet[Message]:
    """Newest first; `to` is an address in any case."""
    rows = Message.objects.order_by("-created_at", "-id")
    return rows.filter(to_email__iexact=to.strip()) if to else rows


def waiting() -> QuerySet[Message]:
    """Not sent yet and still tried, the oldest first."""
    return Message.objects.filter(sent_at=None, dead_at=None).order_by("created_at", "id")


def dead() -> QuerySet[Message]:
    """Given up, the oldest first: these wait for a person."""
    return Message.objects.filter(sent_at=None, dead_at__isnull=False).order_by("created_at", "id")


def message(*, message_id: UUID) -> Message | None:
    return Message.objects.filter(pk=message_id).first()


def relay() -> Relay | None:
    """Since when the mail server can't be reached; None while it can."""
    return Relay.objects.first()
