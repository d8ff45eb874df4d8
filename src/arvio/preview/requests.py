"""Who waits to be asked by mail, and when: as `catalog.planning` plans anew at the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from arvio.asking.models import ReviewRequest
from arvio.asking.request_rules import SENT
from arvio.catalog import rules
from arvio.catalog.models import Installation, PolicyVersion
from arvio.catalog.planning import REQUEST
from arvio.due.models import Due
from arvio.paging import Key
from arvio.policy.model import Policy
from arvio.preview.shapes import Change, Found, Item, Place, Step, by_app, place_of

DROPPED, MOVED, ADDED = "request_dropped", "request_moved", "request_added"
CODES = (DROPPED, MOVED, ADDED)
ORDER = (Key("app_id", UUID), Key("account_id", UUID))


def touched(change: Change) -> bool:
    return change.old.requests != change.new.requests


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """By app and account, as the plan is made; three statements for each batch."""
    until = _scheduled(change)
    rows = Installation.objects.filter(installed_at__isnull=False)

    def look(batch: Sequence[Installation]) -> Iterator[Found]:
        for row, plan in _plans(change, until, [row for row in batch if row.is_live]):
            if plan.old != plan.new:
                named, place = row.account, place_of(row, ORDER)
                days = plan.old, plan.new
                item = Item("installation", named.name, named.ref, *days, row.app.name, place)
                yield Found(_code(plan), item)

    return by_app(change, rows.select_related("app", "account"), ORDER, start, look)


@dataclass(frozen=True, slots=True)
class _Plan:
    old: datetime | None
    new: datetime | None


def _code(plan: _Plan) -> str:
    if plan.new is None:
        return DROPPED
    return ADDED if plan.old is None else MOVED


def _scheduled(change: Change) -> list[tuple[Policy, datetime]]:
    """Rules that are to come before the change, and plan anew themselves."""
    rows = PolicyVersion.objects.filter(
        marketplace=change.marketplace, effective_at__gt=change.now, effective_at__lte=change.at
    )
    return [(row.policy, row.effective_at) for row in rows.order_by("effective_at", "number")]


def _plans(
    change: Change, until: Sequence[tuple[Policy, datetime]], batch: Sequence[Installation]
) -> Iterator[tuple[Installation, _Plan]]:
    """Of installations that say by whom, and whom nobody has asked: no one else gets a mail."""
    keys = [str(row.pk) for row in batch]
    due = dict(Due.objects.filter(kind=REQUEST, key__in=keys).values_list("key", "due_at"))
    asked = _asked(batch)
    for row in batch:
        by = row.installed_by
        where = (row.app_id, row.account_id)
        if not by or (*where, by) in asked or (*where, by.lower()) in asked:
            continue
        waits = due.get(str(row.pk))
        for policy, at in until:
            waits = _anew(policy, row, waits, at)
        # What is due before the change is asked by then, by either rule.
        if waits is not None and waits <= change.at:
            continue
        yield row, _Plan(waits, _anew(change.new, row, waits, change.at))


def _anew(
    policy: Policy, row: Installation, waits: datetime | None, at: datetime
) -> datetime | None:
    """As `planning.replan` does at `at`: a day that has passed is today for who waited."""
    if waits is not None and waits <= at:
        return waits
    day = rules.asked_at(after=policy.requests.email_after, installed_at=row.installed_at)
    if day is None or day >= at:
        return day
    return at if waits is not None else None


def _asked(batch: Sequence[Installation]) -> set[tuple[UUID, UUID, str]]:
    rows = ReviewRequest.objects.filter(
        app__in={row.app_id for row in batch},
        user__account__in={row.account_id for row in batch},
        code=SENT,
    )
    return {
        (app, account, name)
        for app, account, ref, email in rows.values_list(
            "app_id", "user__account_id", "user__ref", "user__email"
        )
        for name in (ref, email)
        if name
    }
