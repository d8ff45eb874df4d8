"""Mails are written here, in the transaction of what they tell of, and sent by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.db import transaction

from arvio.due import actions as due
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify.models import Message, Relay
from arvio.notify.rendering import Rendered, one_line

MAIL, URGENT = "mail", "urgent_mail"
OLD = "old_mail"
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Mail:
    """One mail to be; `reader_id` is a person or a catalog user, whoever is known."""

    to: str
    rendered: Rendered
    from_name: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    marketplace_id: UUID | None = None
    review_id: UUID | None = None
    reader_id: UUID | None = None
    urgent: bool = False


def post(*, mails: Sequence[Mail], now: datetime) -> list[Message]:
    """Write mails and what makes the worker send them; a few statements for any number."""
    messages = [_message(mail, now) for mail in mails]
    if not messages:
        return []
    Message.objects.bulk_create(messages, batch_size=200)
    due.schedule(rows=[_due(message, now) for message in messages])
    if not settings.DEMO:
        due.ensure(rows=[_forgetting(now)])
    return messages


def _message(mail: Mail, now: datetime) -> Message:
    pk = uuid7()
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return Message(
        id=pk,
        marketplace_id=mail.marketplace_id,
        review_id=mail.review_id,
        reader_id=mail.reader_id,
        to_email=mail.to,
        from_name=one_line(mail.from_name),
        subject=mail.rendered.subject,
        text=mail.rendered.text,
        html=mail.rendered.html,
        headers=mail.headers,
        message_id=f"<{pk}@{host}>",
        urgent=mail.urgent,
        created_at=now,
    )


def _forgetting(now: datetime) -> Due:
    """One row for all the mails of a day, in which people are named, when they are old."""
    day = now.astimezone(UTC).date()
    at = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) + KEPT
    return Due(kind=OLD, key=day.isoformat(), due_at=at)


@transaction.atomic
def retry(*, messages: Sequence[Message] | None = None, now: datetime) -> int:
    """Make these mails due at once, those that were given up too; None for all that weren't sent.

    Answers how many.
    """
    rows = Message.objects.filter(sent_at=None)
    if messages is not None:
        rows = rows.filter(pk__in=[message.pk for message in messages])
    found = list(rows.only("pk", "urgent"))
    rows.update(dead_at=None, refused_at=None)
    due.schedule(rows=[_due(message, now) for message in found])
    Relay.objects.all().delete()
    return len(found)


@transaction.atomic
def hold(*, why: str, now: datetime) -> int:
    """Give up every mail that waits until somebody wants it sent (`retry`). Answers how many."""
    Due.objects.filter(kind__in=(URGENT, MAIL)).delete()
    return Message.objects.filter(sent_at=None, dead_at=None).update(dead_at=now, error=why)


def _due(message: Message, now: datetime) -> Due:
    return Due(kind=URGENT if message.urgent else MAIL, key=str(message.pk), due_at=now)


def forget_old(*, now: datetime) -> None:
    """Mails that are older than thirty days go, whatever has become of them."""
    Message.objects.filter(created_at__lte=now - KEPT).delete()
