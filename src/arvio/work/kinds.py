"""Which action serves which kind of due row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from arvio import clock
from arvio.api import once
from arvio.asking import inviting, prompt_actions, requesting, signing_in
from arvio.catalog import doors, planning
from arvio.catalog.models import App, Marketplace, PolicyVersion
from arvio.catalog.sealing import SEAL, seal_marketplace
from arvio.connect import merging, platforms
from arvio.due.models import Due
from arvio.moderation import leaving as leaving_staff
from arvio.moderation import moving, overdue, reporting, retaining
from arvio.notify import addresses, digests, key_letters, leaving, posting, sending, spreading
from arvio.notify.webhooks import actions as webhooks
from arvio.notify.webhooks import recording, taking_turns
from arvio.notify.webhooks import sending as webhook_sending
from arvio.people import actions as people
from arvio.ratings import actions as ratings
from arvio.reviews import actions as reviews
from arvio.reviews import moves, rekeying, telling_bans


def _publish(rows: Sequence[Due], now: datetime) -> None:
    reviews.publish_due(review_ids=[UUID(row.key) for row in rows], now=now)


def _edit(rows: Sequence[Due], now: datetime) -> None:
    reviews.apply_due_edits(review_ids=[UUID(row.key) for row in rows], now=now)


def _archive_check(rows: Sequence[Due], now: datetime) -> None:
    reviews.check_archive(keys=[row.key for row in rows], now=now)


def _app_moved(rows: Sequence[Due], now: datetime) -> None:
    app_ids = [UUID(row.key) for row in rows]
    reviews.follow_partner(app_ids=app_ids)
    moving.follow_partner(app_ids=app_ids)


def _member_left(rows: Sequence[Due], now: datetime) -> None:
    leaving.forget_members(keys=[row.key for row in rows])


def _account_merged(rows: Sequence[Due], now: datetime) -> None:
    merging.sweep(account_ids=[UUID(row.key) for row in rows], now=now)


def _email_changed(rows: Sequence[Due], now: datetime) -> None:
    addresses.follow_email(user_ids=[UUID(row.key) for row in rows])


def _policy(rows: Sequence[Due], now: datetime) -> None:
    """A policy version has come into force: every app is looked at again, in batches."""
    versions = PolicyVersion.objects.select_related("marketplace").filter(
        pk__in=[UUID(row.key) for row in rows]
    )
    for marketplace in {version.marketplace for version in versions}:
        ratings.spread(kind="rebuild", marketplace=marketplace, now=now)
    for version in versions:
        planning.follow_policy(version=version, now=now)


def _retention(rows: Sequence[Due], now: datetime) -> None:
    places = Marketplace.objects.filter(pk__in=[UUID(row.key) for row in rows]).order_by("pk")
    retaining.run(marketplaces=list(places), now=now)


def _rebuild(rows: Sequence[Due], now: datetime) -> None:
    for marketplace, app_ids in _apps(rows):
        rekeying.rekey(marketplace=marketplace, app_ids=app_ids, now=now)
        ratings.rescore(marketplace=marketplace, app_ids=app_ids, now=now)


def _ageing(rows: Sequence[Due], now: datetime) -> None:
    """A new day: where scores age, every app's is worked out anew."""
    for marketplace in Marketplace.objects.filter(pk__in=[UUID(row.key) for row in rows]):
        ratings.spread(kind="rescore", marketplace=marketplace, now=now)


def _rescore(rows: Sequence[Due], now: datetime) -> None:
    for marketplace, app_ids in _apps(rows):
        ratings.rescore(marketplace=marketplace, app_ids=app_ids, now=now)


def _apps(rows: Sequence[Due]) -> list[tuple[Marketplace, list[UUID]]]:
    apps: dict[Marketplace, list[UUID]] = defaultdict(list)
    found = App.objects.select_related("marketplace").filter(pk__in=[UUID(row.key) for row in rows])
    for app in found.order_by("marketplace", "pk"):
        apps[app.marketplace].append(app.pk)
    return list(apps.items())


def _forget_answers(rows: Sequence[Due], now: datetime) -> None:
    """Keys are the hour whose answers are old, or tell of somebody who was erased."""
    keys = [row.key for row in rows]
    once.forget_answers(about=keys, now=now)
    webhooks.forget_answers(subjects=keys)


def _notice(rows: Sequence[Due], now: datetime) -> None:
    spreading.spread(keys=[row.key for row in rows], now=now)


def _ban_notice(rows: Sequence[Due], now: datetime) -> None:
    telling_bans.tell_bans(keys=[row.key for row in rows], now=now)


def _key_ending(rows: Sequence[Due], now: datetime) -> None:
    key_letters.tell_ending(keys=[row.key for row in rows], now=now)


def _case_due(rows: Sequence[Due], now: datetime) -> None:
    overdue.note_overdue(case_ids=[UUID(row.key) for row in rows], now=now)


def _staff_left(rows: Sequence[Due], now: datetime) -> None:
    leaving_staff.leave_cases(keys=[row.key for row in rows], now=now)


def _report_lapse(rows: Sequence[Due], now: datetime) -> None:
    reporting.lapse_reports(report_ids=[UUID(row.key) for row in rows], now=now)


def _review_request(rows: Sequence[Due], now: datetime) -> None:
    ids = [UUID(row.key) for row in rows]
    requesting.send_requests(installation_ids=ids, now=now, at=clock.real())


def _plan_requests(rows: Sequence[Due], now: datetime) -> None:
    planning.replan(keys=[row.key for row in rows], now=now)


def _version_heard(rows: Sequence[Due], now: datetime) -> None:
    ids = [UUID(row.key) for row in rows]
    inviting.look_at_versions(installation_ids=ids, now=now, at=clock.real())


def _fixed_in(rows: Sequence[Due], now: datetime) -> None:
    ids = [UUID(row.key) for row in rows]
    inviting.invite_authors(review_ids=ids, now=now, at=clock.real())


def _digest(rows: Sequence[Due], now: datetime) -> None:
    digests.send_digests(keys=[row.key for row in rows], now=now)


def _old_mail(rows: Sequence[Due], now: datetime) -> None:
    """What names people and is of no more use: mails, their links and ended sessions. The demo
    shows all mail there ever was, and its clock may pass a month in a moment.
    """
    if not settings.DEMO:
        posting.forget_old(now=now)
    signing_in.forget_old(at=clock.real())
    SessionStore.clear_expired()


def _old_prompts(rows: Sequence[Due], now: datetime) -> None:
    prompt_actions.forget_old(now=now)


def _webhook_wake(rows: Sequence[Due], now: datetime) -> None:
    taking_turns.serve_wakes(keys=[row.key for row in rows], now=now)


def _webhook_aggregates(rows: Sequence[Due], now: datetime) -> None:
    taking_turns.spread_aggregates(app_ids=[UUID(row.key) for row in rows], now=now)


def _old_webhooks(rows: Sequence[Due], now: datetime) -> None:
    webhooks.forget_old(now=now)


def _seal(rows: Sequence[Due], now: datetime) -> None:
    for row in rows:
        seal_marketplace(marketplace_id=UUID(row.key), now=now)


def _webhook(rows: Sequence[Due], now: datetime, keep: Callable[[], bool]) -> list[bool]:
    return webhook_sending.deliver(rows=rows, now=now, keep=keep)


def _mail(rows: Sequence[Due], now: datetime, keep: Callable[[], bool]) -> list[bool]:
    return sending.deliver(rows=rows, now=now, keep=keep)


# In this order: a policy comes before what rests on it, an archive check after publications.
KINDS: dict[str, Callable[[Sequence[Due], datetime], None]] = {
    "policy": _policy,
    "publish": _publish,
    "edit": _edit,
    "archive_check": _archive_check,
    "app_moved": _app_moved,
    merging.SWEEP: _account_merged,
    doors.MEMBER_LEFT: _member_left,
    "email_changed": _email_changed,
    "rebuild": _rebuild,
    "ageing": _ageing,
    "rescore": _rescore,
    "forget_answers": _forget_answers,
    planning.REPLAN: _plan_requests,
    # After publications: what was held is public then.
    planning.VERSION: _version_heard,
    moves.FIXED_IN: _fixed_in,
    planning.REQUEST: _review_request,
    "notice": _notice,
    "ban_notice": _ban_notice,
    people.ENDING: _key_ending,
    reporting.OVERDUE: _case_due,
    doors.LEFT: _staff_left,
    reporting.LAPSE: _report_lapse,
    "digest": _digest,
    "old_mail": _old_mail,
    prompt_actions.FORGET: _old_prompts,
    recording.AGGREGATES: _webhook_aggregates,
    recording.WAKE: _webhook_wake,
    webhooks.OLD: _old_webhooks,
    moves.RETENTION: _retention,
    # After whatever it is to cover.
    SEAL: _seal,
}
# Work outside the database, in this order: what somebody waits for goes before the rest. It answers
# for each row whether it is done with, and asks `keep` whether to go on.
OUTSIDE: dict[str, Callable[[Sequence[Due], datetime, Callable[[], bool]], list[bool]]] = {
    posting.URGENT: _mail,
    posting.MAIL: _mail,
    taking_turns.TURN: _webhook,
}
# Kinds of work outside that wait for others' machines, each with threads of its own in the worker:
# what is slow there delays nothing else. So many threads look after them.
ALONE = {taking_turns.TURN: 3}
# An archive check or a policy touches any number of apps, a seal any number of histories, so each
# is a transaction of its own.
BATCH = {
    "policy": 1,
    "publish": 500,
    "edit": 200,
    "archive_check": 1,
    "app_moved": 1,
    merging.SWEEP: 1,
    doors.MEMBER_LEFT: 50,
    "email_changed": 100,
    "rebuild": 100,
    "ageing": 10,
    "rescore": 100,
    "forget_answers": 100,
    planning.REPLAN: 1,
    planning.VERSION: 100,
    moves.FIXED_IN: 100,
    planning.REQUEST: 200,
    "notice": 50,
    "ban_notice": 20,
    people.ENDING: 50,
    reporting.OVERDUE: 50,
    doors.LEFT: 20,
    reporting.LAPSE: 100,
    "digest": 50,
    "old_mail": 10,
    prompt_actions.FORGET: 1,
    recording.AGGREGATES: 100,
    recording.WAKE: 500,
    webhooks.OLD: 1,
    moves.RETENTION: 1,
    SEAL: 1,
    posting.URGENT: 10,
    posting.MAIL: 50,
    # One endpoint's turn: who is slow keeps one thread.
    taking_turns.TURN: 1,
}
# What connectors have to ask their platforms, after all mail.
for _kind in platforms.kinds():
    OUTSIDE[_kind.name] = _kind.serve
    ALONE[_kind.name] = 1
    BATCH[_kind.name] = _kind.batch
