"""From notices to mails: who is to know, how they want to, in which language.

The worker comes here with notices that are due. Readers and preferences are read then, so that
whoever has left in the meantime is told nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from arvio.catalog.models import App
from arvio.notify import digests, envelopes, letters
from arvio.notify.digests import Told
from arvio.notify.ground import Ground, Reader, speaking
from arvio.notify.models import OutboxNotice
from arvio.notify.posting import Mail, post
from arvio.notify.preferences import AUTHOR_EVENTS
from arvio.notify.rules import AT_ONCE, DAILY


def spread(*, keys: Sequence[str], now: datetime) -> None:
    """Turn notices into mails and items of digests. `keys` are of due rows: event:review."""
    notices = _take(keys)
    ground = Ground(
        apps=[notice.app_id for notice in notices],
        users=[notice.user_id for notice in notices if notice.user_id],
        now=now,
    )
    mails: list[Mail] = []
    items: list[Told] = []
    for notice in notices:
        app = ground.apps[notice.app_id]
        for reader in _readers(ground, notice, app):
            how = ground.how(reader, notice.event, app)
            if how == AT_ONCE:
                mails.append(_mail(ground, notice, app, reader))
            elif how == DAILY:
                items.append((notice, app, reader))
    post(mails=mails, now=now)
    digests.collect(items=items)


def _take(keys: Sequence[str]) -> list[OutboxNotice]:
    wanted = [tuple(key.split(":", 1)) for key in keys]
    rows = OutboxNotice.objects.select_for_update().filter(
        key__in={key for _, key in wanted}, event__in={event for event, _ in wanted}
    )
    found = [row for row in rows.order_by("key", "event") if (row.event, row.key) in set(wanted)]
    OutboxNotice.objects.filter(pk__in=[row.pk for row in found]).delete()
    return sorted(found, key=lambda row: (row.created_at, row.pk))


def _readers(ground: Ground, notice: OutboxNotice, app: App) -> list[Reader]:
    if notice.event in AUTHOR_EVENTS:
        author = ground.authors.get(notice.user_id) if notice.user_id else None
        return [author] if author else []
    return ground.members.get(app.partner_id, [])


def _mail(ground: Ground, notice: OutboxNotice, app: App, reader: Reader) -> Mail:
    write = envelopes.to_author if notice.event in AUTHOR_EVENTS else envelopes.to_member
    with speaking(reader=reader, marketplace=app.marketplace):
        letter = letters.LETTERS[notice.event](notice.facts, ground.scene(app))
        return write(letter=letter, notice=notice, app=app, reader=reader)
