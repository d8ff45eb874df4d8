"""What stands in the database, as figures: a constant number of statements along indexes.

They are read when somebody asks and kept for a few seconds, so that several who watch cost no more
than one. No figure names an app, a partner or a person.
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from threading import Lock
from typing import Any

import django
from django.db import Error, connection
from django.db.models import Count, Min, OuterRef, Q, Subquery
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector as Collects

from arvio import clock
from arvio.audit.models import AuditRow, Seal
from arvio.catalog.models import Marketplace
from arvio.due import queries as due
from arvio.moderation.models import Case
from arvio.moderation.states import WAITING
from arvio.notify.models import Message, Relay
from arvio.notify.webhooks.models import WebhookDelivery, standing
from arvio.policy import working_days
from arvio.work.kinds import KINDS, OUTSIDE

KEPT_SECONDS = 5.0
MOST_COUNTED = due.MOST_COUNTED
# Under so many working days, in this order; whatever is later is `more`.
TIME_LEFT = {"under_2_days": 2, "under_5_days": 5}
Gauges = Iterator[GaugeMetricFamily]


class Collector(Collects):
    """Answers the families that were read last, read anew when they are older than KEPT_SECONDS."""

    _lock = Lock()
    _read_at = 0.0
    _families: Sequence[GaugeMetricFamily] = ()

    def collect(self) -> Gauges:
        kept = Collector
        with kept._lock:
            if not kept._read_at or time.monotonic() - kept._read_at > KEPT_SECONDS:
                kept._families = list(read(now=clock.now()))
                kept._read_at = time.monotonic()
            families = kept._families
        yield from families

    @classmethod
    def forget(cls) -> None:
        cls._read_at = 0.0


def read(*, now: datetime) -> Gauges:
    """Where the database doesn't answer there is `arvio_database_up 0`, and none of its figures."""
    yield gauge("build_info", "Versions that run.", {_versions(): 1}, *VERSIONS)
    try:
        found = [family for read_some in READ for family in read_some(now)]
    except Error:
        found = []
    yield gauge("database_up", "Whether the database answered.", {(): int(bool(found))})
    yield from found


def gauge(name: str, meaning: str, values: Mapping[Any, float], *labels: str) -> GaugeMetricFamily:
    """`values` by what the labels say, a tuple in their order."""
    family = GaugeMetricFamily(f"arvio_{name}", meaning, labels=labels)
    for names, value in values.items():
        family.add_metric(names, value)
    return family


VERSIONS = ("version", "python", "django", "database")


def _versions() -> tuple[str, ...]:
    return version("arvio"), platform.python_version(), django.__version__, connection.vendor


def _due(now: datetime) -> Gauges:
    rows = due.counted(now=now, among=[*KINDS, *OUTSIDE])
    counts = {
        (row.kind, state): float(count)
        for row in rows
        for state, count in (
            ("waiting", row.waiting),
            ("overdue", row.overdue),
            ("given_up", row.given_up),
        )
    }
    yield gauge("due_rows", "What is to happen later, by state.", counts, "kind", "state")
    oldest = {(row.kind,): _age(row.oldest, now) for row in rows}
    meaning = "Since when the oldest row is due and not served; 0: none is."
    yield gauge("due_oldest_overdue_seconds", meaning, oldest, "kind")


def _mail(now: datetime) -> Gauges:
    unsent = Message.objects.filter(sent_at=None).order_by("created_at")[:MOST_COUNTED]
    found = unsent.aggregate(
        waiting=Count("pk", filter=Q(dead_at=None)),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
        oldest=Min("created_at", filter=Q(dead_at=None)),
    )
    counts = {(state,): float(found[state]) for state in ("waiting", "dead")}
    yield gauge("mail_messages", "Mails that weren't sent, by state.", counts, "state")
    oldest = {(): _age(found["oldest"], now)}
    yield gauge("mail_oldest_waiting_seconds", "The age of the oldest mail that waits.", oldest)
    down = Relay.objects.aggregate(at=Min("down_at"))["at"]
    meaning = "Since when the mail server takes nothing; 0: it does."
    yield gauge("mail_relay_down_seconds", meaning, {(): _age(down, now)})


def _webhooks(now: datetime) -> Gauges:
    states = {
        "disabled": Q(disabled_at__isnull=False),
        "paused": Q(disabled_at=None, active=False),
        "failing": Q(disabled_at=None, active=True, failing_since__isnull=False),
        "active": Q(disabled_at=None, active=True, failing_since=None),
    }
    counted = {state: Count("pk", filter=found) for state, found in states.items()}
    by_slug = standing().order_by("marketplace__slug").values("marketplace__slug")
    rows: Any = by_slug.annotate(**counted)
    endpoints = {
        (row["marketplace__slug"], state): float(row[state]) for row in rows for state in states
    }
    meaning = "Webhook endpoints, by state."
    yield gauge("webhook_endpoints", meaning, endpoints, "marketplace", "state")
    waiting = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.WAITING,
        endpoint__active=True,
        endpoint__disabled_at=None,
        endpoint__deleted_at=None,
    )
    sums = waiting.order_by().values_list("endpoint__marketplace__slug")
    found = list(sums.annotate(n=Count("pk"), at=Min("created_at")))
    meaning = "Events that wait to be taken by endpoints that are on."
    counts = {(slug,): float(n) for slug, n, _ in found}
    yield gauge("webhook_deliveries_waiting", meaning, counts, "marketplace")
    meaning = "The age of the oldest event that waits for an endpoint that is on."
    oldest = {(slug,): _age(at, now) for slug, _, at in found}
    yield gauge("webhook_oldest_waiting_seconds", meaning, oldest, "marketplace")


def _marketplaces(now: datetime) -> Gauges:
    """Cases and seals: each marketplace has its own calendar and its own chain."""
    last = Seal.objects.filter(marketplace_id=OuterRef("pk")).order_by("-number")
    unsealed = AuditRow.objects.filter(marketplace_id=OuterRef("pk"), seal=None).order_by("id")
    marketplaces = list(
        Marketplace.objects.order_by("slug").annotate(
            sealed_at=Subquery(last.values("sealed_at")[:1]),
            unsealed_at=Subquery(unsealed.values("at")[:1]),
        )
    )
    seals = {(one.slug,): _age(one.sealed_at, now) for one in marketplaces if one.sealed_at}
    yield gauge("seal_age_seconds", "The age of the newest seal.", seals, "marketplace")
    unsealed_ages = {(one.slug,): _age(one.unsealed_at, now) for one in marketplaces}
    meaning = "The age of the oldest row of a history that no seal covers yet; 0: none."
    yield gauge("unsealed_age_seconds", meaning, unsealed_ages, "marketplace")
    meaning = "Cases that wait for a decision, by working days left."
    counts = _cases(marketplaces, now)
    yield gauge("cases", meaning, counts, "marketplace", "time_left")


def _cases(marketplaces: Sequence[Marketplace], now: datetime) -> dict[tuple[str, ...], float]:
    steps = {one.pk: _steps(one, now) for one in marketplaces}
    slugs = {one.pk: one.slug for one in marketplaces}
    counts = Counter({(slug, left): 0 for slug in slugs.values() for left in LEFTS})
    waiting = Case.objects.filter(marketplace__in=[*slugs], state__in=WAITING)
    rows = waiting.order_by("due_at", "id").values_list("marketplace_id", "due_at")
    for marketplace_id, due_at in rows[:MOST_COUNTED]:
        counts[slugs[marketplace_id], _left(due_at, steps[marketplace_id])] += 1
    return {names: float(count) for names, count in counts.items()}


LEFTS = ("overdue", *TIME_LEFT, "more")


def _steps(marketplace: Marketplace, now: datetime) -> dict[str, datetime]:
    place = {"calendar": marketplace.calendar, "time_zone": marketplace.time_zone}
    try:
        ends = {
            left: working_days.due_at(filed_at=now, days=days, **place)
            for left, days in TIME_LEFT.items()
        }
    except ValueError:
        ends = {}  # a calendar that is known no more, as `doctor` says: what is overdue still is
    return {"overdue": now, **ends}


def _left(due_at: datetime | None, steps: dict[str, datetime]) -> str:
    return next((left for left, end in steps.items() if due_at and due_at <= end), "more")


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


READ: tuple[Callable[[datetime], Gauges], ...] = (_due, _mail, _webhooks, _marketplaces)
