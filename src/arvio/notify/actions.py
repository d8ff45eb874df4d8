"""Telling and forgetting, both in the transaction of the action that calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from arvio.catalog.models import User
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.models import DigestItem, Message, OutboxNotice, Preference
from arvio.notify.rules import EDITS_GATHER, merge_edit, merge_into_new
from arvio.notify.webhooks.actions import forget_answers

NEW, EDITED = "review_new", "review_edited"
REPLY_SENT, ARCHIVED = "reply_sent", "review_archived"
ALL = (NEW, EDITED, REPLY_SENT, ARCHIVED)


@dataclass(frozen=True)
class Notice:
    """An event to tell of. `key` is the review's id.

    `facts` are JSON and public (R147); of `review_new` (review, stars, title, text, pros, cons,
    display_name, language, publishes_at), of `review_edited` (the same words, old_stars and
    new_stars for stars, held, replied), of `reply_sent` (review, stars, reply, fixed_in, partner,
    published, publishes_at), of `review_archived` (review, reason). The first two go to the members
    of the app's partner, the others to the author, `user_id`.
    """

    event: str
    key: str
    marketplace_id: UUID
    app_id: UUID
    facts: Mapping[str, Any]
    at: datetime
    user_id: UUID | None = None


@transaction.atomic
def tell(*, notices: Sequence[Notice]) -> None:
    """Write what is to be told; the worker finds the readers and writes the mails.

    The caller holds the lock on the review. The number of statements doesn't grow with notices.
    """
    # A review is new once; of all else the worker may be telling already, and takes due rows first.
    if again := [notice.key for notice in notices if notice.event != NEW]:
        _hold(again)
    rows = _merged(notices)
    if not rows:
        return
    OutboxNotice.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=("key", "event"),
        update_fields=("facts",),
    )
    due.schedule(
        rows=[
            Due(kind="notice", key=_due_key(row), app_id=row.app_id, due_at=_due_at(row))
            for row in rows
        ]
    )


def _merged(notices: Sequence[Notice]) -> list[OutboxNotice]:
    waiting = _waiting([notice.key for notice in notices if notice.event == EDITED])
    rows: dict[tuple[str, str], OutboxNotice] = {}
    for notice in notices:
        key = (notice.event, notice.key)
        facts: dict[str, Any] = dict(notice.facts)
        if notice.event == EDITED:
            new = waiting.get((NEW, notice.key))
            told = merge_into_new(new.facts, facts) if new else None
            if new and told is not None:
                new.facts = told
                rows[NEW, notice.key] = new
                continue
            if earlier := waiting.get(key):
                earlier.facts = merge_edit(earlier.facts, facts)
                rows[key] = earlier
                continue
        rows[key] = waiting[key] = OutboxNotice(
            event=notice.event,
            key=notice.key,
            marketplace_id=notice.marketplace_id,
            app_id=notice.app_id,
            user_id=notice.user_id,
            facts=facts,
            created_at=notice.at,
        )
    return list(rows.values())


def _waiting(keys: Sequence[str]) -> dict[tuple[str, str], OutboxNotice]:
    """The unsent notices of these reviews, locked after their due rows, as the worker does."""
    if not keys:
        return {}
    rows = OutboxNotice.objects.select_for_update().filter(key__in=keys, event__in=(NEW, EDITED))
    return {(row.event, row.key): row for row in rows.order_by("key", "event")}


def _hold(keys: Sequence[str]) -> None:
    due.hold(kinds=["notice"], keys=[f"{event}:{key}" for key in keys for event in ALL])


def _due_key(row: OutboxNotice) -> str:
    return f"{row.event}:{row.key}"


def _due_at(row: OutboxNotice) -> datetime:
    """From the first of several edits on, so that somebody who edits and edits is told of."""
    return row.created_at + EDITS_GATHER if row.event == EDITED else row.created_at


@transaction.atomic
def unsay(*, review_ids: Sequence[UUID]) -> None:
    """Tell nobody what hasn't been told yet of these reviews: they are gone."""
    _unsay(review_ids)


def _unsay(review_ids: Sequence[UUID]) -> set[UUID]:
    """Answers the digests that told of them."""
    keys = [str(review) for review in review_ids]
    _hold(keys)
    OutboxNotice.objects.filter(key__in=keys).delete()
    due.cancel(kind="notice", keys=[f"{event}:{key}" for key in keys for event in ALL])
    digests = _take_items(review_ids)
    _told_in(review_ids, digests)
    return digests


@transaction.atomic
def forget(*, review_ids: Sequence[UUID], reader_id: UUID | None = None) -> None:
    """As `unsay`; and of what was told, keep no words, only that mails have left.

    With `reader_id`, who is erased: the mails to them go too.
    """
    digests = _unsay(review_ids)
    about = Message.objects.filter(Q(review_id__in=review_ids) | Q(pk__in=digests))
    about.update(subject="", text="", html="", error="")
    forget_answers(subjects=[f"review:{pk}" for pk in review_ids])
    if reader_id:
        OutboxNotice.objects.filter(user_id=reader_id).delete()
        Message.objects.filter(reader_id=reader_id).delete()
        Preference.objects.filter(reader_id=reader_id).delete()


def forget_address(*, email: str, marketplace_id: UUID) -> None:
    """Mails of the marketplace that went to the address, and to no reader that we know."""
    rows = Message.objects.filter(reader_id=None, marketplace_id=marketplace_id)
    rows.filter(to_email__iexact=email).delete()


def follow_users(*, former: QuerySet[User]) -> None:
    """These users have become those they lead to: what is told to one is told to the other. A
    subscription that either has ended stays ended.
    """
    leads = former.filter(pk=OuterRef("user_id")).values("leads_to")[:1]
    OutboxNotice.objects.filter(user_id__in=former.values("pk")).update(user_id=Subquery(leads))
    reads = former.filter(pk=OuterRef("reader_id")).values("leads_to")[:1]
    Message.objects.filter(reader_id__in=former.values("pk")).update(reader_id=Subquery(reads))
    users = dict(former.values_list("pk", "leads_to"))
    rows = Preference.objects.filter(
        Q(reader_id__in=former.values("pk")) | Q(reader_id__in=former.values("leads_to"))
    )
    there: dict[tuple[UUID, str, UUID], Preference] = {}
    moving = []
    for row in sorted(rows, key=lambda row: row.reader_id in users):
        reader = users.get(row.reader_id) or row.reader_id
        one = there.setdefault((row.place_id, row.event, reader), row)
        if one is row and reader == row.reader_id:
            continue
        one.stopped, one.reader_id = one.stopped or row.stopped, reader
        moving.append(one)
    kept = {row.pk for row in there.values()}
    Preference.objects.filter(pk__in=[row.pk for row in rows if row.pk not in kept]).delete()
    Preference.objects.bulk_update(moving, ["reader_id", "stopped"], batch_size=500)


def _take_items(review_ids: Sequence[UUID]) -> set[UUID]:
    """Take these reviews out of all digests; answers the digests that told of them.

    A digest that the worker is writing now is waited for, or its words would leave all the same.
    """
    items = DigestItem.objects.filter(review_id__in=review_ids)
    readers = items.values_list("reader_id", "partner_id").distinct()
    due.hold(kinds=["digest"], keys=[f"{reader}:{partner}" for reader, partner in readers])
    digests = set(items.exclude(message=None).values_list("message_id", flat=True))
    items.delete()
    return digests


def _told_in(review_ids: Sequence[UUID], digests: set[UUID]) -> None:
    """Mails about these reviews that wait don't leave; a digest that waits is written anew."""
    about = Message.objects.filter(Q(review_id__in=review_ids) | Q(pk__in=digests))
    waiting = about.filter(sent_at=None)
    _collect_again(waiting.filter(pk__in=digests))
    waiting.delete()


def _collect_again(digests: QuerySet[Message]) -> None:
    """A digest that waits is written anew, without what is forgotten."""
    rows = DigestItem.objects.filter(message__in=digests)
    pairs = set(rows.values_list("reader_id", "partner_id", "message__created_at"))
    rows.update(message=None)
    due.schedule(
        rows=[
            Due(kind="digest", key=f"{reader}:{partner}", due_at=at)
            for reader, partner, at in pairs
        ]
    )
