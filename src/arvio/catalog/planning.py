"""What an installation makes due later: the day to ask whoever installed, and a look at a new
version. Who serves these rows isn't known here.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q

from arvio.catalog import queries, rules
from arvio.catalog.models import App, Installation, Marketplace, PolicyVersion
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.policy.model import Policy

REQUEST, VERSION, REPLAN = "review_request", "version_heard", "plan_requests"
BATCH = 500


def plan(*, installations: Sequence[tuple[App, Installation]], now: datetime) -> None:
    """A request for each that lasts and was heard of in time, none for one that has ended
    (FEATURES R100, R102, CONTRACT 5). In the caller's transaction; three statements at most.
    """
    live = [(app, row) for app, row in installations if row.is_live]
    ended = [str(row.pk) for _, row in installations if not row.is_live]
    if ended:
        due.cancel(kind=REQUEST, keys=ended)
    policies = _policies({app.marketplace_id for app, _ in live}, now)
    dates = [(row, _date(policies.get(app.marketplace_id), row)) for app, row in live]
    if found := [_due(row, at) for row, at in dates if at and at >= now]:
        due.schedule(rows=found)


def look_at_version(*, installation: Installation, now: datetime) -> None:
    """Another version is on the account: somebody may wait for it."""
    due.schedule(
        rows=[
            Due(
                kind=VERSION,
                key=str(installation.pk),
                app_id=installation.app_id,
                due_at=now,
            )
        ]
    )


def follow_policy(*, version: PolicyVersion, now: datetime) -> None:
    """A version has come into force: where it asks otherwise than the one before, the waiting
    installations of each app are planned anew, a due row for a batch.
    """
    earlier = PolicyVersion.objects.filter(
        Q(effective_at__lt=version.effective_at)
        | Q(effective_at=version.effective_at, number__lt=version.number),
        marketplace_id=version.marketplace_id,
    )
    before = earlier.order_by("-effective_at", "-number").first()
    requests = version.policy.requests
    if (before.policy.requests if before else None) == requests:
        return
    if before is None and requests.email_after is None:
        return
    apps = App.objects.filter(marketplace_id=version.marketplace_id).values_list("pk", flat=True)
    due.schedule(rows=[Due(kind=REPLAN, key=str(app), app_id=app, due_at=now) for app in apps])


def replan(*, keys: Sequence[str], now: datetime) -> None:
    """Plan a batch of an app's installations anew. `keys` are of due rows: the app, and the account
    behind which its batch begins.

    A day that has passed under the new rule is today for who waited under the old one. Nobody
    else is asked afterwards, or a new rule would write to everybody at once.
    """
    for key in keys:
        app, _, last = key.partition(":")
        rows = Installation.objects.select_related("app").filter(app_id=UUID(app))
        if last:
            rows = rows.filter(account_id__gt=UUID(last))
        batch = list(rows.order_by("account_id")[:BATCH])
        _replan(batch, now)
        if len(batch) == BATCH:
            more = f"{app}:{batch[-1].account_id}"
            due.schedule(rows=[Due(kind=REPLAN, key=more, app_id=UUID(app), due_at=now)])


def _replan(batch: Sequence[Installation], now: datetime) -> None:
    policies = _policies({row.app.marketplace_id for row in batch}, now)
    dates = {row: _date(policies.get(row.app.marketplace_id), row) for row in batch}
    late = [str(row.pk) for row, at in dates.items() if at and at < now]
    waiting = set(
        Due.objects.filter(kind=REQUEST, key__in=late, due_at__gt=now).values_list("key", flat=True)
    )
    due.cancel(kind=REQUEST, keys=[str(row.pk) for row, at in dates.items() if at is None])
    planned = [_due(row, at) for row, at in dates.items() if at and at >= now]
    planned += [_due(row, now) for row in batch if str(row.pk) in waiting]
    due.schedule(rows=planned)


def _date(policy: Policy | None, row: Installation) -> datetime | None:
    if policy is None or not row.is_live:
        return None
    return rules.asked_at(after=policy.requests.email_after, installed_at=row.installed_at)


def _policies(marketplaces: Set[UUID], now: datetime) -> dict[UUID, Policy]:
    """The policies in force, by marketplace; one statement for any number."""
    if not marketplaces:
        return {}
    rows = Marketplace.objects.filter(pk__in=marketplaces).annotate(
        policy_id=queries.policy_id(marketplace=OuterRef("pk"), now=now)
    )
    return {
        pk: queries.policy_version(version).policy
        for pk, version in rows.values_list("pk", "policy_id")
        if version
    }


def _due(row: Installation, at: datetime) -> Due:
    return Due(kind=REQUEST, key=str(row.pk), app_id=row.app_id, due_at=at)
