"""What members want once a day: collected as it happens, one mail a partner at eight o'clock."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from arvio.catalog.models import App
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify import envelopes, letters
from arvio.notify.ground import Ground, Reader, speaking
from arvio.notify.models import DigestItem, Message, OutboxNotice
from arvio.notify.posting import Mail, post
from arvio.notify.rules import OFF, next_digest

KIND = "digest"
Told: TypeAlias = tuple[OutboxNotice, App, Reader]
Collected: TypeAlias = dict[tuple[UUID, UUID], list[DigestItem]]


def collect(*, items: Sequence[Told]) -> None:
    DigestItem.objects.bulk_create(
        [
            DigestItem(
                reader_id=reader.id,
                partner_id=app.partner_id,
                app_id=app.pk,
                review_id=UUID(notice.key),
                event=notice.event,
                facts=notice.facts,
                created_at=notice.created_at,
            )
            for notice, app, reader in items
        ],
        batch_size=500,
    )
    rows: dict[str, Due] = {}
    for notice, app, reader in items:
        key = f"{reader.id}:{app.partner_id}"
        zone = zoneinfo.ZoneInfo(app.marketplace.time_zone)
        at = next_digest(after=notice.created_at, zone=zone)
        if key not in rows or at < rows[key].due_at:
            rows[key] = Due(kind=KIND, key=key, due_at=at)
    # A digest that already waits is sooner, or the same.
    due.ensure(rows=rows.values())


def send_digests(*, keys: Sequence[str], now: datetime) -> None:
    """One mail a reader and partner with all that was collected. `keys` are reader:partner."""
    pairs = [_pair(key) for key in keys]
    rows = DigestItem.objects.filter(
        partner_id__in={partner for _, partner in pairs},
        reader_id__in={reader for reader, _ in pairs},
        message=None,
    )
    collected: Collected = {pair: [] for pair in pairs}
    for row in rows.order_by("created_at", "pk"):
        collected.get((row.reader_id, row.partner_id), []).append(row)
    ground = Ground(
        apps=[item.app_id for items in collected.values() for item in items], users=[], now=now
    )
    mails: list[Mail] = []
    sent: list[list[DigestItem]] = []
    for (reader_id, partner_id), items in collected.items():
        members = ground.members.get(partner_id, []) if items else []
        reader = next((one for one in members if one.id == reader_id), None)
        wanted = [item for item in items if reader and _still_wanted(ground, reader, item)]
        if reader and wanted:
            mails.append(_digest(ground, reader, wanted))
            sent.append(wanted)
    _settle(collected, sent, post(mails=mails, now=now))


def _still_wanted(ground: Ground, reader: Reader, item: DigestItem) -> bool:
    """Not if the app has moved to another partner: its reviews are that one's now."""
    app = ground.apps[item.app_id]
    return app.partner_id == item.partner_id and ground.how(reader, item.event, app) != OFF


def _settle(
    collected: Collected,
    sent: Sequence[Sequence[DigestItem]],
    messages: Sequence[Message],
) -> None:
    """What went into a mail stays with it, so that it can be forgotten there; the rest goes."""
    for items, message in zip(sent, messages, strict=True):
        for item in items:
            item.message = message
    kept = [item for items in sent for item in items]
    gone = {item.pk for items in collected.values() for item in items} - {i.pk for i in kept}
    DigestItem.objects.bulk_update(kept, ["message"], batch_size=200)
    DigestItem.objects.filter(pk__in=gone).delete()


def _digest(ground: Ground, reader: Reader, items: Sequence[DigestItem]) -> Mail:
    first = ground.apps[items[0].app_id]
    partner, marketplace = first.partner, first.marketplace
    with speaking(reader=reader, marketplace=marketplace):
        quotes = [
            letters.digest_quote(
                item.facts,
                event=item.event,
                scene=ground.scene(ground.apps[item.app_id]),
                url=envelopes.review_url(item.review_id),
            )
            for item in items
        ]
        letter = letters.digest(partner=partner.name, quotes=quotes, now=ground.now)
        return envelopes.digest(
            letter=letter, partner=partner, marketplace=marketplace, reader=reader
        )


def _pair(key: str) -> tuple[UUID, UUID]:
    reader, partner = key.split(":")
    return UUID(reader), UUID(partner)
