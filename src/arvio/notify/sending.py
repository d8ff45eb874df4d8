"""Work outside the database: mails that are due leave by SMTP (DESIGN 6).

At least once, always with the same Message-ID. A server that is away is no mail's fault: all wait
and nothing is counted against them. Each mail is marked as soon as the server has it, so that who
is killed has sent at most one that isn't marked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.models import Message, Relay
from arvio.notify.posting import MAIL, URGENT
from arvio.notify.rules import GIVEN_UP_AFTER, mail_wait, relay_wait
from arvio.notify.server import Server
from arvio.notify.smtp import Broken, Line, Refused, Unreachable, open_line
from arvio.outage import outlast

logger = logging.getLogger(__name__)

RELAY = "smtp"
# So often the worker looks whether SMTP has been set up.
NOT_SET_UP = timedelta(minutes=1)


def deliver(*, rows: Sequence[Due], now: datetime, keep: Callable[[], bool]) -> list[bool]:
    """Send the mails of leased due rows; answers for each whether it is done with.

    `keep` says whether to go on: the lease still holds and nobody wants us to stop.
    """
    if settings.SMTP is None:
        return _without_smtp(rows, now)
    relay = Relay.objects.filter(pk=RELAY).first()
    if relay and relay.retry_at > now:
        return _wait(rows, relay.retry_at)
    done: list[bool] = []
    try:
        _send(settings.SMTP, rows, now, keep, done)
    except Broken as error:
        _behind(rows[len(done)], str(error), now)
        if not done:
            _down(rows[1:], relay, str(error), now)
    except Unreachable as error:
        _down(rows[len(done) :], relay, str(error), now)
    else:
        if relay:
            relay.delete()
        due.release(rows=rows[len(done) :])
        return done
    due.release(rows=rows[len(done) :])
    return done + [False] * (len(rows) - len(done))


def _without_smtp(rows: Sequence[Due], now: datetime) -> list[bool]:
    """The demo keeps its mails to be read in the outbox; elsewhere they wait for SMTP_URL."""
    if not settings.DEMO:
        _wait(rows, now + NOT_SET_UP)
        return []
    with transaction.atomic():
        Message.objects.filter(pk__in=_ids(rows), sent_at=None).update(sent_at=now)
        due.done(rows=rows)
    return [True] * len(rows)


def _wait(rows: Sequence[Due], to: datetime) -> list[bool]:
    with transaction.atomic():
        due.postpone(rows=rows, to=to)
        due.postpone_all(kinds=[URGENT, MAIL], to=to)
    return [False] * len(rows)


def _send(
    server: Server, rows: Sequence[Due], now: datetime, keep: Callable[[], bool], done: list[bool]
) -> None:
    """One connection for all. `done` grows with each mail, so that a break leaves it exact."""
    waiting = Message.objects.filter(pk__in=_ids(rows), sent_at=None, dead_at=None)
    messages = {message.pk: message for message in waiting}
    with open_line(server=server, sender=settings.DEFAULT_FROM_EMAIL) as line:
        for row in rows:
            if not keep():
                return
            done.append(_send_one(line, row, messages.get(UUID(row.key)), now, keep))


def _behind(row: Due, error: str, now: datetime) -> None:
    """The line broke over this mail: should it be to blame, it doesn't hold up the others."""
    message = Message.objects.filter(pk=row.key).first()
    with transaction.atomic():
        attempts = _attempt(message, error) if message else 1
        due.postpone(rows=[row], to=now + mail_wait(attempts=attempts))


def _down(rows: Sequence[Due], relay: Relay | None, error: str, now: datetime) -> None:
    # What the server said stands in the row, which erasure reaches: it may name an address.
    logger.warning("the mail server doesn't take our mails; they wait")
    down_at = relay.down_at if relay else now
    retry_at = now + relay_wait(down_at=down_at, now=now)
    Relay.objects.update_or_create(
        pk=RELAY, defaults={"down_at": down_at, "retry_at": retry_at, "error": error[:2000]}
    )
    _wait(rows, retry_at)


def _send_one(
    line: Line, row: Due, message: Message | None, now: datetime, keep: Callable[[], bool]
) -> bool:
    """True when it is done with: sent, refused for good, or gone meanwhile."""
    if message is None:
        due.done(rows=[row])
        return True
    try:
        line.send(message=message)
    except Refused as error:
        return _refused(row, message, error, now)
    # The server has it: should the database be away right now, the mark waits, and no second mail.
    outlast(lambda: _sent(row, message, now), keep=keep)
    return True


@transaction.atomic
def _sent(row: Due, message: Message, now: datetime) -> None:
    # A code or a link that signs somebody in isn't kept longer than it has to be.
    forgotten = {"text": "", "html": ""} if message.urgent and not settings.DEMO else {}
    Message.objects.filter(pk=message.pk).update(sent_at=now, error="", **forgotten)
    due.done(rows=[row])


@transaction.atomic
def _refused(row: Due, message: Message, error: Refused, now: datetime) -> bool:
    since = message.refused_at or now
    attempts = _attempt(message, str(error), refused_at=since)
    if not error.final and now - since <= GIVEN_UP_AFTER:
        due.postpone(rows=[row], to=now + mail_wait(attempts=attempts))
        return False
    logger.warning("mail refused for good", extra={"facts": {"mail": str(message.pk)}})
    Message.objects.filter(pk=message.pk).update(dead_at=now)
    due.done(rows=[row])
    return True


def _attempt(message: Message, error: str, **fields: datetime) -> int:
    attempts = min(message.attempts + 1, 32_000)
    Message.objects.filter(pk=message.pk).update(attempts=attempts, error=error[:2000], **fields)
    return attempts


def _ids(rows: Sequence[Due]) -> list[UUID]:
    return [UUID(row.key) for row in rows]
