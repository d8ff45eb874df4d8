"""Figures of the prompt broker, read from day counts alone. They name nobody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from arvio.asking.prompt_models import PromptDay, PromptSpread
from arvio.asking.prompt_rules import CODES, OUTCOMES, SHOWN_DAYS, first_day
from arvio.asking.rules import shown
from arvio.catalog.members import Member
from arvio.catalog.models import App, Marketplace

MOST_APPS = 20


@dataclass(frozen=True)
class AppShare:
    app: App
    asks: int


@dataclass(frozen=True)
class Figures:
    """Thirty days of a marketplace. `days` are all of them, `answers` by code, `outcomes` of the
    asks of these days; `people` is how many were asked, `most` the most asks that one of them had
    within any thirty days. `apps` begins with the one that asked most.
    """

    days: Mapping[date, int]
    answers: Mapping[str, int]
    outcomes: Mapping[str, int]
    reviews: int
    people: int
    most: int
    apps: Sequence[AppShare]

    @property
    def moments(self) -> int:
        return sum(self.answers.values())

    @property
    def asks(self) -> int:
        return self.answers["ask"]

    @property
    def unanswered(self) -> int:
        return self.asks - sum(self.outcomes.values())


@dataclass(frozen=True)
class AppAsks:
    """What came of an app's moments in thirty days; None where it would tell of single people."""

    app: App
    moments: int
    asks: int | None
    outcomes: Mapping[str, int | None]
    reviews: int | None


def figures(*, marketplace: Marketplace, now: datetime) -> Figures:
    """Three statements, however many asks there were."""
    first = first_day(now)
    rows = PromptDay.objects.filter(marketplace=marketplace, day_date__range=(first, now.date()))
    counts: Counter[str] = Counter()
    days = dict.fromkeys((first + timedelta(days=n) for n in range(SHOWN_DAYS)), 0)
    by_day = rows.order_by().values_list("day_date", "what").annotate(n=Sum("count"))
    for day, what, n in by_day:
        counts[what] += n
        if what == "ask":
            days[day] += n
    people, most = _people(marketplace, first, now.date())
    return Figures(
        days=days,
        answers={code: counts[code] for code in CODES},
        outcomes={outcome: counts[outcome] for outcome in OUTCOMES},
        reviews=counts["review"],
        people=people,
        most=most,
        apps=_apps(marketplace, first, now.date()),
    )


def _people(marketplace: Marketplace, first: date, last: date) -> tuple[int, int]:
    """(people asked, most asks of one). An ask was somebody's first of these days where the one
    before it, if any, was earlier than all of them.
    """
    rows = PromptSpread.objects.filter(marketplace=marketplace, day_date__range=(first, last))
    found = list(rows.filter(count__gt=0).values_list("day_date", "nth", "gap", "count"))
    people = sum(count for day, _, gap, count in found if gap > (day - first).days)
    return people, max((nth for _, nth, _, _ in found), default=0)


def _apps(marketplace: Marketplace, first: date, last: date) -> list[AppShare]:
    rows = PromptDay.objects.filter(
        marketplace=marketplace, day_date__range=(first, last), what="ask"
    )
    most_first = rows.values("app_id").annotate(n=Sum("count")).filter(n__gt=0)
    found = list(most_first.order_by("-n", "app_id").values_list("app_id", "n")[:MOST_APPS])
    apps = App.objects.in_bulk([pk for pk, _ in found])
    return [AppShare(apps[pk], n) for pk, n in found]


def of_partner(*, member: Member, apps: Sequence[App], now: datetime) -> list[AppAsks]:
    """Of the partner's apps, those that told of a moment, in the order given; one statement."""
    rows = PromptDay.objects.filter(
        app__partner=member.partner, day_date__range=(first_day(now), now.date())
    )
    counts: dict[UUID, Counter[str]] = defaultdict(Counter)
    for app_id, what, n in rows.order_by().values_list("app_id", "what").annotate(n=Sum("count")):
        counts[app_id][what] += n
    return [_app_asks(app, counts[app.pk]) for app in apps if app.pk in counts]


def _app_asks(app: App, counts: Counter[str]) -> AppAsks:
    return AppAsks(
        app=app,
        moments=sum(counts[code] for code in CODES),
        asks=shown(counts["ask"]),
        outcomes={outcome: shown(counts[outcome]) for outcome in OUTCOMES},
        reviews=shown(counts["review"]),
    )
