"""Does what has to move, move: due rows, mails, webhooks, seals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from arvio import clock
from arvio.audit.models import AuditRow
from arvio.catalog.models import Marketplace
from arvio.due import queries as due
from arvio.notify import queries as notify
from arvio.notify.smtp import Unreachable, open_line
from arvio.notify.webhooks import queries as webhooks
from arvio.notify.webhooks.models import WebhookEndpoint
from arvio.work.kinds import KINDS, OUTSIDE

LATE = timedelta(minutes=5)
# Sealed once an hour; one that was missed may be late, two are not.
UNSEALED = timedelta(hours=2)
SERVED = (*KINDS, *OUTSIDE)


def worker() -> Iterator[str]:
    now = clock.now()
    oldest = due.oldest(now=now, among=SERVED)
    if oldest and now - oldest > LATE:
        yield f"something is due since {oldest:%Y-%m-%d %H:%M} UTC. Is `arvio work` running?"


def given_up() -> Iterator[str]:
    for row in due.given_up():
        yield (
            f"{row.kind} {row.key} failed {row.attempts} times: {row.error}. "
            "Look in the worker's log; a newer version may serve it"
        )


def mail() -> Iterator[str]:
    waiting = notify.waiting().count()
    if settings.SMTP is None and not settings.DEMO:
        yield f"SMTP_URL isn't set. Mails that wait: {waiting:,}. See docs/mail.md"
    elif settings.SMTP:
        try:
            with open_line(server=settings.SMTP, sender=settings.DEFAULT_FROM_EMAIL):
                pass
        except Unreachable as error:
            yield (
                f"{settings.SMTP} can't be used ({error}). Mails that wait: {waiting:,}. "
                "Is SMTP_URL right?"
            )
    if dead := notify.dead().count():
        yield f"mails refused for good: {dead:,}. Run: arvio mail list"


def hooks() -> Iterator[str]:
    for row in webhooks.disabled():
        yield (
            f"the webhook {_named(row)} is turned off since {row.disabled_at:%Y-%m-%d %H:%M} UTC "
            f"({row.disabled_reason}). Mend its receiver, then turn it on where it was made"
        )
    for row, count, since in webhooks.late(now=clock.now()):
        yield (
            f"the webhook {_named(row)} takes nothing: {count:,} events wait for over an hour, the "
            f"first since {since:%Y-%m-%d %H:%M} UTC. Its deliveries say why"
        )


def _named(row: WebhookEndpoint) -> str:
    """Whose it is and at which host: the rest of an address may be a secret."""
    whose = row.partner.ref if row.partner else row.marketplace.slug
    return f"of {whose} at {urlsplit(row.url).hostname}"


def seals() -> Iterator[str]:
    now = clock.now()
    for marketplace in Marketplace.objects.order_by("slug"):
        unsealed = AuditRow.objects.filter(marketplace_id=marketplace.pk, seal=None)
        first = unsealed.order_by("id").values_list("at", flat=True).first()
        if first and now - first > UNSEALED:
            yield (
                f"{marketplace.slug}: what happened since {first:%Y-%m-%d %H:%M} UTC isn't sealed, "
                "so nobody could prove it yet. Is `arvio work` running?"
            )
