"""The desk's queue: its filters as they stand in the address and as a form shows them, its rows.

What can't be read is said and left out, so that a damaged address still opens the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from arvio.catalog import written
from arvio.catalog.labels import reason_label
from arvio.catalog.models import App
from arvio.catalog.staff import Moderator
from arvio.moderation.models import Case, Item
from arvio.moderation.queries import CaseCounts, CaseFilters, QueuedCase
from arvio.moderation.states import CaseState
from arvio.moderation.wording import outcome
from arvio.web import language

LONGEST_CURSOR = 500
OPEN = "open"
TABS: dict[str, CaseFilters] = {
    OPEN: CaseFilters(state="waiting"),
    "overdue": CaseFilters(state="waiting", overdue=True),
    "mine": CaseFilters(state="waiting", mine=True),
    "appealed": CaseFilters(state="appealed"),
    "decided": CaseFilters(state="decided"),
}
ITEMS: dict[str, Callable[[], str]] = {
    Item.REVIEW.value: lambda: _("Review"),
    Item.REPLY.value: lambda: _("Reply"),
}
STARS: dict[str, tuple[tuple[int, ...], Callable[[], str]]] = {
    "low": ((1, 2), lambda: _("1 or 2 stars")),
    "middle": ((3,), lambda: _("3 stars")),
    "high": ((4, 5), lambda: _("4 or 5 stars")),
}
Tag = dict[str, str]


@dataclass(frozen=True)
class CaseQuery:
    """`given` is what was readable, as it stands in the address; `errors` are sentences."""

    tab: str
    filters: CaseFilters
    cursor: str | None
    given: Mapping[str, str]
    errors: Sequence[str] = ()

    def address(self, **changes: str) -> str:
        """ "?app=calls&cursor=…" with these changes, or nothing; an empty value takes its part
        away. The cursor stays only if nothing else changes.
        """
        kept = dict(self.given)
        if self.cursor and set(changes) <= {"cursor"}:
            kept["cursor"] = self.cursor
        query = urlencode({key: value for key, value in {**kept, **changes}.items() if value})
        return f"?{query}" if query else ""

    def from_the_start(self) -> CaseQuery:
        return replace(self, cursor=None)

    @property
    def in_panel(self) -> int:
        """How many filters are chosen that don't show until the panel is opened."""
        return len(set(self.given) - {"state", "app"})

    @property
    def filtered(self) -> bool:
        """Beyond its tab."""
        return bool(set(self.given) - {"state"})


def read(query: QueryDict, *, apps: Sequence[App], reasons: Sequence[str]) -> CaseQuery:
    """Never raises: whoever typed the address is told what of it wasn't understood."""
    offered: dict[str, Mapping[str, Any]] = {
        "state": TABS,
        "app": {app.ref: app for app in apps},
        "item": ITEMS,
        "reason": dict.fromkeys(reasons),
        "stars": STARS,
    }
    given, errors = {}, []
    for key, known in offered.items():
        raw = query.get(key, "").strip()
        if raw in known:
            given[key] = raw
        elif raw:
            errors.append(PROBLEMS[key]() % {"value": raw[:60]})
    tab = given.get("state", OPEN)
    filters = replace(
        TABS[tab],
        app=given.get("app", ""),
        item=given.get("item", ""),
        reason=given.get("reason", ""),
        stars=STARS[given["stars"]][0] if "stars" in given else (),
    )
    cursor = query.get("cursor", "")[:LONGEST_CURSOR] or None
    return CaseQuery(tab, filters, cursor, given, errors)


PROBLEMS: dict[str, Callable[[], str]] = {
    "state": lambda: _("State: there is no state “%(value)s”."),
    "app": lambda: _("App: there is no app “%(value)s” here."),
    "item": lambda: _("Item: “%(value)s” is neither review nor reply."),
    "reason": lambda: _("Reason: “%(value)s” is none of the reasons."),
    "stars": lambda: _("Stars: “%(value)s” is none of low, middle and high."),
}


def tabs(query: CaseQuery, counts: CaseCounts) -> list[dict[str, Any]]:
    """Each with its count over all apps; the other filters stay."""
    labels: dict[str, tuple[str, int | None]] = {
        OPEN: (pgettext("cases", "Open"), counts.open),
        "overdue": (pgettext("cases", "Overdue"), counts.overdue),
        "mine": (pgettext("cases", "Mine"), counts.mine),
        "appealed": (_("Appeals"), counts.appealed),
        "decided": (pgettext("cases", "Decided"), None),
    }
    return [
        {
            "label": label,
            "count": count,
            "waits": key == "mine" and bool(count),
            "current": key == query.tab,
            "url": query.address(state="" if key == OPEN else key),
        }
        for key, (label, count) in labels.items()
    ]


def fields(
    query: CaseQuery, *, apps: Sequence[App], reasons: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The form: what stands in the bar, and what the panel holds."""
    given = query.given
    offered = [(one.ref, one.name) for one in apps]
    return {
        "bar": [_select("app", _("App"), given, _("All apps"), offered)],
        "panel": _panel(given, reasons),
    }


def _panel(given: Mapping[str, str], reasons: Sequence[str]) -> list[dict[str, Any]]:
    return [
        _select(
            "item",
            _("Item"),
            given,
            _("Reviews and replies"),
            [(key, label()) for key, label in ITEMS.items()],
        ),
        _select(
            "reason",
            _("Reason"),
            given,
            _("All reasons"),
            [(key, reason_name(key)) for key in reasons],
        ),
        _select(
            "stars",
            _("Stars"),
            given,
            _("All stars"),
            [(key, label()) for key, (_stars, label) in STARS.items()],
        ),
    ]


def _select(
    key: str, label: str, given: Mapping[str, str], everything: str, options: list[tuple[str, str]]
) -> dict[str, Any]:
    offered = [("", everything), *options]
    return {
        "key": key,
        "label": label,
        "chosen": given.get(key, ""),
        "options": [{"value": value, "label": text} for value, text in offered],
    }


def reason_name(key: str) -> str:
    """As a heading says it: the form's note to describe it below is no name."""
    return pgettext("reason", "Something else") if key == "other" else reason_label(key)


def row(
    found: QueuedCase, *, query: str, current: bool, moderator: Moderator, now: datetime
) -> dict[str, Any]:
    case = found.case
    return {
        "id": case.pk,
        "url": reverse("desk:case", args=[case.pk]) + query,
        "current": current,
        "number": case.number,
        "item": ITEMS[case.item](),
        "reason": reason_name(case.reason),
        "app": case.app.name,
        "tags": tags(case, found.days_left, moderator=moderator, now=now),
    }


def tags(case: Case, left: int | None, *, moderator: Moderator, now: datetime) -> list[Tag]:
    """By when it has to be decided, or how it was; what is special; who has it."""
    found = [due_tag(case, left, now)]
    if case.state == CaseState.APPEALED:
        found.append(_tag("outline", "", pgettext("tag", "Appeal")))
    if case.state == CaseState.PROPOSED:
        found.append(_tag("outline", "", _("Waits for a second moderator")))
    if case.assigned_to and case.state != CaseState.DECIDED:
        mine = case.assigned_to.pk == moderator.person.pk
        name = case.assigned_to.name or case.assigned_to.email
        found.append(_tag("accent" if mine else "outline", "", _("Yours") if mine else name))
    return found


def due_tag(case: Case, left: int | None, now: datetime) -> Tag:
    if left is None or case.due_at is None:
        return _tag("", "check", outcome(case.outcome) if case.outcome else _("Closed"))
    if left < 0:
        text = ngettext(
            "Overdue by %(days)s working day", "Overdue by %(days)s working days", -left
        ) % {"days": -left}
        return _tag("bad", "alert", text)
    if left == 0:
        return _tag("warn", "clock", _due_soon(case.due_at, now))
    text = ngettext("%(days)s working day left", "%(days)s working days left", left)
    return _tag("", "clock", text % {"days": left})


def _due_soon(due_at: datetime, now: datetime) -> str:
    """Before another working day begins. What is due at 00:00 is due as the day before ends."""
    spoken = language.current()
    last = written.day(due_at - timedelta(microseconds=1), spoken)
    if last != written.day(now, spoken):
        return _("Due on %(moment)s") % {"moment": written.moment(due_at, spoken, now=now)}
    if last != written.day(due_at, spoken):
        return _("Due today, before midnight")
    return _("Due today, %(time)s") % {"time": written.clock(due_at, spoken)}


def _tag(kind: str, icon: str, text: str) -> Tag:
    return {"kind": kind, "icon": icon, "text": text}
