"""The last days: each event at its own time, with the mails that it brought.

The worker's part is played between the events, so that a mail is as old as what it tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from arvio.due import actions as due
from arvio.notify.posting import MAIL, URGENT
from arvio.notify.rules import next_digest
from arvio.reviews import actions as reviews
from arvio.work.loop import work_once

if TYPE_CHECKING:
    from arvio.demo.seed import Loader

Event = tuple[datetime, Callable[[], None]]
SOON = timedelta(seconds=23)
# Events that are closer together are told together.
QUIET = timedelta(minutes=15)


def happen(*, loader: Loader) -> None:
    events = sorted(_events(loader), key=lambda event: event[0])
    for n, (at, act) in enumerate(events):
        act()
        if n + 1 == len(events) or events[n + 1][0] - at > QUIET:
            work(at + SOON)
    work(loader.now)


def work(now: datetime) -> None:
    """With a mail server set, its mails wait for the worker: nothing here may leave the house."""
    mail = () if settings.SMTP else (URGENT, MAIL)
    work_once(now=now, kinds=("notice", "ban_notice", "digest", *mail))


def _events(loader: Loader) -> Iterator[Event]:
    for n, said in enumerate(loader.demo.reviews):
        if loader.is_told(said.submitted_at):
            yield said.submitted_at, lambda n=n: loader.submit_alone(n)  # type: ignore[misc]
        elif not loader.waits(said, loader.now) and loader.waits(said, loader.told_from):
            yield loader.hold.add(said.submitted_at), lambda n=n: _publish(loader, n)  # type: ignore[misc]
        if said.reply and loader.is_told(said.reply.replied_at):
            yield said.reply.replied_at, lambda n=n: _reply(loader, n)  # type: ignore[misc]
        if said.withdrawn_at and loader.is_told(said.withdrawn_at):
            yield said.withdrawn_at, lambda n=n: loader.withdraw(n)  # type: ignore[misc]
        for edit in said.edits:
            if loader.is_told(edit.edited_at):
                yield edit.edited_at, lambda n=n, edit=edit: loader.edit(n, edit)  # type: ignore[misc]
    for ban in loader.demo.bans:
        if loader.is_told(ban.at):
            yield ban.at, lambda ban=ban: loader.ban(ban)  # type: ignore[misc]
    yield from _mornings(loader)


def _mornings(loader: Loader) -> Iterator[Event]:
    """When the daily mails leave."""
    at, zone = loader.told_from, ZoneInfo(loader.demo.time_zone)
    while (at := next_digest(after=at, zone=zone)) < loader.now:
        yield at, lambda: None


def _publish(loader: Loader, n: int) -> None:
    review = loader.reviews[n]
    at = loader.hold.add(loader.demo.reviews[n].submitted_at)
    reviews.publish_due(review_ids=[review.pk], now=at)
    due.cancel(kind="publish", keys=[str(review.pk)])


def _reply(loader: Loader, n: int) -> None:
    reply = loader.demo.reviews[n].reply
    if reply:
        reviews.send_reply(
            member=loader.partners.member(reply.by),
            review_id=loader.reviews[n].pk,
            text=reply.text,
            now=reply.replied_at,
        )
