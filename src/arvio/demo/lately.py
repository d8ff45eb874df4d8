"""The last days: each event at its own time, with the mails that it brought.

The worker's part is played between the events, so that a mail is as old as what it tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from arvio.asking.version_rules import has_reached
from arvio.catalog import actions as catalog
from arvio.catalog import planning
from arvio.demo import asks
from arvio.demo.content import DemoInstallation, DemoReview
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
# So many accounts got the version that a reply had named, one after the other.
UPDATES, EVERY = 4, timedelta(hours=7)


def happen(*, loader: Loader) -> None:
    asks.happen(loader=loader)
    events = sorted(_events(loader), key=lambda event: event[0])
    for n, (at, act) in enumerate(events):
        act()
        if n + 1 == len(events) or events[n + 1][0] - at > QUIET:
            work(at + SOON)
    work(loader.now)


def work(now: datetime) -> None:
    """With a mail server set, its mails wait for the worker: nothing here may leave the house."""
    mail = () if settings.SMTP else (URGENT, MAIL)
    work_once(now=now, kinds=(planning.VERSION, "notice", "ban_notice", "digest", *mail))


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
    yield from _updates(loader)
    yield from _mornings(loader)


def _updates(loader: Loader) -> Iterator[Event]:
    """The newest of the promised versions arrive."""
    installed = {(row.app, row.account): row for row in loader.demo.installations}
    found = [
        installed[said.app, said.account]
        for said in reversed(loader.demo.reviews)
        if _waits_for_version(said, installed[said.app, said.account])
    ]
    for n, row in enumerate(found[:UPDATES]):
        at = loader.now - EVERY * n - timedelta(hours=1)
        yield at, lambda row=row, at=at: _update(loader, row, at)  # type: ignore[misc]


def _waits_for_version(said: DemoReview, row: DemoInstallation) -> bool:
    if said.reply is None or said.edits or said.withdrawn_at or row.uninstalled_at:
        return False
    return has_reached(version=row.version, wanted=said.reply.fixed_in) is False


def _update(loader: Loader, row: DemoInstallation, at: datetime) -> None:
    app = loader.apps[row.app]
    catalog.put_installation(
        app=app,
        account=loader.accounts[row.account],
        installed_at=row.installed_at,
        version=app.version,
        now=at,
    )


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
