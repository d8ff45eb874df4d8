"""What moderation came to, counted by marketplace: for the transparency page, its JSON and the
command. The number of statements is the same whatever was decided.

A case counts in the days of its first decision. What came of it is the decision in force: appeals
are in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from arvio.catalog import queries as catalog
from arvio.catalog.errors import InvalidFact
from arvio.catalog.models import Ban, Marketplace, PolicyVersion
from arvio.moderation.measures import BOUND, FEWEST, Share, quantile, star_class, symmetry, z_score
from arvio.moderation.models import Case, Decision, Item, Report, Thread
from arvio.moderation.states import WAITING, CaseState
from arvio.moderation.tables import EXTRA, Period, Table
from arvio.policy.verdict import moment_text
from arvio.policy.working_days import due_at, working_days_between

UPHELD = ("removed", "rejected")
CLASSES = ("low", "middle", "high")
PARTIES = tuple(Report.Party.values)


@dataclass(frozen=True)
class Decided:
    """A case that was first decided in these days."""

    item: str
    reason: str
    stars: int
    own: bool
    outcome: str
    first_outcome: str
    hours: float
    working_days: int
    in_time: bool


@dataclass(frozen=True)
class Figures:
    period: Period
    at: datetime
    opened: int
    waiting: dict[str, int]
    decided: Sequence[Decided]
    reports: dict[str, int]
    changes: Counter[tuple[str, str]]
    appeals: dict[str, int]
    bans: dict[str, int]
    accuracy: dict[str, dict[str, Share]]
    tables: Sequence[Table] = field(default=())

    @property
    def anything(self) -> bool:
        return bool(self.opened or self.decided or self.waiting["open"] or any(self.bans.values()))

    def upheld(self, which: str) -> Share:
        """Of the cases that were opened by reports on reviews of this star class."""
        found = [
            one
            for one in self.decided
            if one.item == Item.REVIEW and not one.own and star_class(one.stars) == which
        ]
        return Share(sum(one.outcome in UPHELD for one in found), len(found))


def transparency(
    *,
    marketplace: Marketplace,
    since: date | None = None,
    until: date | None = None,
    now: datetime,
) -> Figures:
    """Raises InvalidFact for days that can't be."""
    if since is not None and until is not None and since > until:
        raise InvalidFact("until", "The last day is before the first.")
    for name, day in (("since", since), ("until", until)):
        if day is not None and not 2000 <= day.year <= 2199:
            raise InvalidFact(name, "Give a day from the year 2000 to 2199.")
    period = Period(marketplace, since, until)
    cases = Case.objects.filter(marketplace=marketplace)
    return Figures(
        period=period,
        at=now,
        opened=cases.filter(period.of("opened_at")).count(),
        waiting=_waiting(cases, now),
        decided=_decided(period),
        reports=_reports(period),
        changes=_changes(period),
        appeals=_appeals(period),
        bans=_bans(period),
        accuracy=_accuracy(period),
        tables=[table(period) for table in EXTRA],
    )


def _waiting(cases: QuerySet[Case], now: datetime) -> dict[str, int]:
    found: dict[str, int] = cases.filter(state__in=sorted(WAITING)).aggregate(
        open=Count("pk", filter=~Q(state=CaseState.APPEALED)),
        overdue=Count("pk", filter=Q(due_at__lte=now)),
    )
    return found


def _decided(period: Period) -> list[Decided]:
    """Two statements. The due time of a case that was appealed is the appeal's by now: the first
    one is computed again, as it was when the case opened.
    """
    place = period.marketplace
    versions = list(catalog.policy_history(marketplace=place))
    rows = (
        Decision.objects.filter(period.of("decided_at"), marketplace=place, number=1)
        .annotate(appealed=Exists(Thread.objects.filter(decision=OuterRef("pk"))))
        .order_by("decided_at", "id")
        .values_list(
            "case__item", "case__reason", "case__stars", "case__own", "case__outcome", "outcome",
            "case__opened_at", "case__due_at", "decided_at", "appealed",
        )
    )  # fmt: skip
    found: Any = rows.iterator()  # every case that was decided has been opened and has a clock
    return [_one(place, versions, *row) for row in found]


def _one(
    place: Marketplace,
    versions: Sequence[PolicyVersion],
    item: str,
    reason: str,
    stars: int,
    own: bool,
    outcome: str,
    first_outcome: str,
    opened_at: datetime,
    due: datetime,
    at: datetime,
    appealed: bool,
) -> Decided:
    if appealed:
        days = next(
            (one.policy.reports.business_days for one in versions if one.effective_at <= opened_at),
            versions[-1].policy.reports.business_days,
        )
        due = due_at(
            filed_at=opened_at, days=days, calendar=place.calendar, time_zone=place.time_zone
        )
    return Decided(
        item=item,
        reason=reason,
        stars=stars,
        own=own,
        outcome=outcome,
        first_outcome=first_outcome,
        hours=round((at - opened_at).total_seconds() / 3600, 1),
        working_days=working_days_between(
            start=opened_at, end=at, calendar=place.calendar, time_zone=place.time_zone
        ),
        in_time=at < due,
    )


def _reports(period: Period) -> dict[str, int]:
    rows = Report.objects.filter(period.of("confirmed_at"), marketplace=period.marketplace)
    found = dict(rows.order_by().values_list("party").annotate(Count("pk")))
    return {party: found.get(party, 0) for party in PARTIES}


def _changes(period: Period) -> Counter[tuple[str, str]]:
    """Decisions that changed something, by outcome and item: an appeal that fails says again what
    was so already.
    """
    rows = (
        Decision.objects.filter(period.of("decided_at"), marketplace=period.marketplace)
        .filter(outcome__in=[*UPHELD, "restored"])
        .exclude(outcome=F("item_state"))
        .order_by()
    )
    counted = rows.values_list("outcome", "case__item").annotate(Count("pk"))
    return Counter({(outcome, item): n for outcome, item, n in counted})


def _appeals(period: Period) -> dict[str, int]:
    """Upheld is one after which another outcome is in force than the one appealed against."""
    rows = Thread.objects.filter(marketplace=period.marketplace, kind=Thread.Kind.APPEAL)
    answered = period.of("closed_at")
    found: dict[str, int] = rows.aggregate(
        filed=Count("pk", filter=period.of("opened_at")),
        answered=Count("pk", filter=answered),
        upheld=Count("pk", filter=answered & ~Q(outcome=F("decision__outcome"))),
        pending=Count("pk", filter=Q(state=Thread.State.OPEN)),
    )
    return found


def _bans(period: Period) -> dict[str, int]:
    found: dict[str, int] = Ban.objects.filter(marketplace=period.marketplace).aggregate(
        imposed=Count("pk", filter=period.of("since_at")),
        lifted=Count("pk", filter=period.of("lifted_at")),
    )
    return found


def _accuracy(period: Period) -> dict[str, dict[str, Share]]:
    """Of the reports on reviews, by party and star class, how many were right."""
    rows = Report.objects.filter(
        period.of("case__decisions__decided_at"),
        marketplace=period.marketplace,
        case__decisions__number=1,
        case__item=Item.REVIEW,
        confirmed_at__isnull=False,
    ).order_by()
    counted = rows.values_list("party", "case__stars", "case__outcome").annotate(Count("pk"))
    part: Counter[tuple[str, str]] = Counter()
    whole: Counter[tuple[str, str]] = Counter()
    for party, stars, outcome, n in counted:
        which = (party, star_class(stars))
        whole[which] += n
        part[which] += n if outcome in UPHELD else 0
    return {
        party: {one: Share(part[party, one], whole[party, one]) for one in CLASSES}
        for party in PARTIES
    }


# --- As JSON --------------------------------------------------------------------------------------


def document(found: Figures) -> dict[str, Any]:
    """For programs; docs/reports.md says how each figure is counted."""
    period, decided = found.period, found.decided
    in_time = Share(sum(one.in_time for one in decided), len(decided))
    return {
        "marketplace": period.marketplace.slug,
        "since": period.since.isoformat() if period.since else None,
        "until": period.until.isoformat() if period.until else None,
        "at": moment_text(found.at),
        "cases": {"opened": found.opened, "decided": len(decided), **found.waiting},
        "outcomes": outcomes(decided),
        "reports": found.reports,
        "time_to_decision": {
            "working_days": _quantiles([one.working_days for one in decided]),
            "hours": _quantiles([one.hours for one in decided]),
        },
        "within_deadline": {"decided": in_time.whole, "in_time": in_time.part}
        | {"share": in_time.share},
        "removals": {
            "reviews": found.changes["removed", "review"],
            "replies": found.changes["removed", "reply"],
        },
        "rejections": found.changes["rejected", "review"],
        "restorations": found.changes["restored", "review"] + found.changes["restored", "reply"],
        "appeals": found.appeals,
        "bans": found.bans,
        "accuracy": {
            party: {name: _share("reports", one) for name, one in classes.items()}
            for party, classes in found.accuracy.items()
        },
        "symmetry": _symmetry(found),
        "tables": [one.document() for one in found.tables],
    }


def outcomes(decided: Sequence[Decided]) -> dict[str, dict[str, dict[str, int]]]:
    """What is in force of the cases, by the reason of the first report and by star class."""
    by_reason: dict[str, Counter[str]] = {}
    by_stars: dict[str, Counter[str]] = {name: Counter() for name in CLASSES}
    for one in decided:
        by_reason.setdefault(one.reason, Counter())[one.outcome] += 1
        if one.item == Item.REVIEW:
            by_stars[star_class(one.stars)][one.outcome] += 1
    return {
        "by_reason": {reason: dict(by_reason[reason]) for reason in sorted(by_reason)},
        "by_stars": {name: dict(counted) for name, counted in by_stars.items()},
    }


def _quantiles(values: Sequence[float]) -> dict[str, float | None]:
    return {"median": quantile(values, 0.5), "ninetieth": quantile(values, 0.9)}


def _share(of: str, found: Share) -> dict[str, Any]:
    return {of: found.whole, "upheld": found.part, "share": found.share}


def _symmetry(found: Figures) -> dict[str, Any]:
    low, high = found.upheld("low"), found.upheld("high")
    verdict = symmetry(low, high)
    known = verdict != "too_few"
    return {
        "low": _share("cases", low),
        "high": _share("cases", high),
        "difference": round(low.part / low.whole - high.part / high.whole, 4)
        if low.whole and high.whole
        else None,
        "z": round(z_score(low, high), 3) if known else None,
        "bound": BOUND,
        "fewest": FEWEST,
        "verdict": verdict,
    }
