"""What comes alive again with a backup: sessions, keys, mails that wait, people who were erased."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import DatabaseError

from arvio.catalog.models import User
from arvio.connect.erasing import erase_everywhere
from arvio.notify import posting
from arvio.notify import queries as notify
from arvio.notify.webhooks.models import WebhookDelivery
from arvio.people.models import Key

ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A line of a list, or what `connect.erasing` writes into the log.
ERASED = re.compile(rf"^\s*({ID})\s*$|\berased user ({ID})\b", re.MULTILINE | re.IGNORECASE)
# Who is erased, and who was and has been heard of again since.
SINCE = (
    "SELECT id FROM account_user WHERE erased_at > %s UNION "
    "SELECT user_id FROM review JOIN review_version ON review_version.review_id = review.id "
    "WHERE review_version.erased_at > %s AND user_id IS NOT NULL"
)


@dataclass(frozen=True)
class Awake:
    """How many: keys that are valid, mails that wait or are held, events that wait, users who were
    erased again and users to be erased who aren't in the backup.
    """

    keys: int
    mails: int
    held: bool
    events: int
    erased: int
    unknown: int


def erased_in(text: str) -> list[UUID]:
    """Users' ids in a list or in a log, each once."""
    found = (UUID(line[1] or line[2]) for line in ERASED.finditer(text))
    return list(dict.fromkeys(found))


def erased_since(connection: Any, at: datetime) -> list[UUID] | None:
    """Whom the database that is replaced knows to have been erased since; None when it can't be
    asked, because it is damaged or of another age.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    try:
        with connection.cursor() as cursor:
            cursor.execute(SINCE, [moment, moment])
            return [UUID(str(row[0])) for row in cursor.fetchall()]
    except DatabaseError:
        return None
    finally:
        connection.close()


def settle(*, erased: Iterable[UUID], hold_mail: bool, at: datetime) -> Awake:
    """End every session, erase again who was erased, and hold the mails if that is wished."""
    Session.objects.all().delete()
    wanted = set(erased)
    users = list(User.objects.select_related("account").filter(pk__in=wanted).order_by("pk"))
    for user in users:
        erase_everywhere(user=user, actor="command", now=at)
    mails = notify.waiting().count()
    if hold_mail:
        posting.hold(why="held when a backup was restored", now=at)
    return Awake(
        keys=Key.objects.filter(revoked_at=None).count(),
        mails=mails,
        held=hold_mail,
        events=WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING).count(),
        erased=len(users),
        unknown=len(wanted) - len(users),
    )
