"""The inbox's query: filters and order as they stand in the address, and as a form shows them.

What can't be read is said and left out, so that a damaged address still opens the inbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import written
from arvio.catalog.models import App
from arvio.policy.form import LANGUAGE, primary_language
from arvio.reviews.inbox import Counts, InboxFilters
from arvio.reviews.states import State
from arvio.web import language

LONGEST_SEARCH = 200
LONGEST_CURSOR = 500
YES_OR_NO = {"yes": True, "no": False}
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
IN_PANEL = frozenset({"answered", "state", "language", "has_text", "since", "until", "q"})
TABS: dict[str, dict[str, str]] = {
    "unanswered": {"answered": "no"},
    "held": {"state": State.HELD.value},
    "all": {},
}
STATES: dict[str, Callable[[], str]] = {
    State.HELD.value: lambda: _("Waiting for publication"),
    State.PUBLISHED.value: lambda: _("Published"),
    State.ARCHIVED.value: lambda: _("Archived"),
}
SORTS: dict[str, Callable[[], str]] = {
    "urgent": lambda: _("Urgent first"),
    "newest": lambda: _("Newest first"),
    "oldest": lambda: _("Oldest first"),
    "lowest": lambda: _("Lowest first"),
    "highest": lambda: _("Highest first"),
}


@dataclass(frozen=True)
class InboxQuery:
    """`given` is what was readable, as it stands in the address; `errors` are sentences."""

    filters: InboxFilters
    sort: str
    cursor: str | None
    given: Mapping[str, str]
    errors: Sequence[str] = ()

    def address(self, **changes: str) -> str:
        """ "?stars=2&cursor=…" with these changes, or nothing; an empty value takes its part away.
        The cursor stays only if nothing else changes.
        """
        kept = dict(self.given)
        if self.cursor and set(changes) <= {"cursor"}:
            kept["cursor"] = self.cursor
        query = urlencode({key: value for key, value in {**kept, **changes}.items() if value})
        return f"?{query}" if query else ""

    def from_the_start(self) -> InboxQuery:
        return replace(self, cursor=None)

    @property
    def tab(self) -> str:
        """Which tab it is, as far as it is one."""
        if self.filters.answered is False and not self.filters.states:
            return "unanswered"
        if self.filters.answered is None and self.filters.states == (State.HELD,):
            return "held"
        return "all" if self.filters.answered is None and not self.filters.states else ""

    @property
    def in_panel(self) -> int:
        """How many filters are chosen that don't show until the panel is opened."""
        return len((set(self.given) & IN_PANEL) - TABS.get(self.tab, {}).keys())

    @property
    def filtered(self) -> bool:
        """Beyond its tab."""
        beyond = set(self.given) - {"sort"} - TABS.get(self.tab, {}).keys()
        return bool(beyond)


@dataclass
class _Reading:
    apps: Mapping[str, App]
    given: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def read(query: QueryDict, *, apps: Sequence[App]) -> InboxQuery:
    """Never raises: whoever typed the address is told what of it wasn't understood."""
    reading = _Reading({app.ref: app for app in apps})
    found: dict[str, Any] = {}
    for key, (reader, problem) in READERS.items():
        raw = query.get(key, "").strip()
        if not raw:
            continue
        try:
            found["states" if key == "state" else key] = reader(raw, reading)
        except ValueError:
            reading.errors.append(problem() % {"value": raw[:60]})
        else:
            reading.given[key] = raw
    sort = found.pop("sort", "urgent")
    filters = _in_order(InboxFilters(**found), reading)
    cursor = query.get("cursor", "")[:LONGEST_CURSOR] or None
    return InboxQuery(filters, sort, cursor, reading.given, reading.errors)


def _in_order(filters: InboxFilters, reading: _Reading) -> InboxFilters:
    if not filters.since or not filters.until or filters.since <= filters.until:
        return filters
    reading.errors.append(_("The first day comes after the last."))
    del reading.given["since"], reading.given["until"]
    return replace(filters, since=None, until=None)


def _app(raw: str, reading: _Reading) -> str:
    return _one_of(reading.apps, raw) and raw


def _stars(raw: str, reading: _Reading) -> tuple[int, ...]:
    return tuple(sorted({_one_of({str(n): n for n in range(1, 6)}, n) for n in raw.split(",")}))


def _yes_or_no(raw: str, reading: _Reading) -> bool:
    return bool(_one_of(YES_OR_NO, raw))


def _states(raw: str, reading: _Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in raw.split(",") if _one_of(STATES, part)))


def _language(raw: str, reading: _Reading) -> str:
    if not LANGUAGE.fullmatch(raw):
        raise ValueError(raw)
    return primary_language(raw)


def _day(raw: str, reading: _Reading) -> date:
    if not DAY.fullmatch(raw):
        raise ValueError(raw)
    return date.fromisoformat(raw)


def _words(raw: str, reading: _Reading) -> str:
    words = " ".join(raw.split())
    if len(words) > LONGEST_SEARCH or CONTROL.search(words):
        raise ValueError(raw)
    return words


def _sort(raw: str, reading: _Reading) -> str:
    return _one_of(SORTS, raw) and raw


def _one_of(offered: Mapping[str, Any], raw: str) -> Any:
    if raw not in offered:
        raise ValueError(raw)
    return offered[raw]


Reader = Callable[[str, _Reading], Any]
Problem = Callable[[], str]
READERS: dict[str, tuple[Reader, Problem]] = {
    "app": (_app, lambda: _("App: “%(value)s” is none of yours.")),
    "stars": (_stars, lambda: _("Stars: “%(value)s” isn’t a number from 1 to 5.")),
    "answered": (_yes_or_no, lambda: _("Reply: “%(value)s” is neither yes nor no.")),
    "state": (_states, lambda: _("State: there is no state “%(value)s”.")),
    "language": (_language, lambda: _("Language: “%(value)s” isn’t a code such as en, ru or fi.")),
    "has_text": (_yes_or_no, lambda: _("Text: “%(value)s” is neither yes nor no.")),
    "since": (_day, lambda: _("From: “%(value)s” isn’t a day such as 2026-03-02.")),
    "until": (_day, lambda: _("To: “%(value)s” isn’t a day such as 2026-03-02.")),
    "q": (_words, lambda: _("Search: write at most 200 plain characters.")),
    "sort": (_sort, lambda: _("Sort: there is no order “%(value)s”.")),
}


def tabs(query: InboxQuery, counts: Counts) -> list[dict[str, Any]]:
    """Each with its count over all apps; the other filters stay."""
    labels = {
        "unanswered": (_("Unanswered"), counts.unanswered),
        "held": (_("Waiting for publication"), counts.held),
        "all": (_("All"), counts.total),
    }
    return [
        {
            "label": label,
            "count": count,
            "waits": key == "unanswered" and count > 0,
            "current": key == query.tab,
            "url": query.address(**{"answered": "", "state": "", **TABS[key]}),
        }
        for key, (label, count) in labels.items()
    ]


def fields(
    query: InboxQuery, *, apps: Sequence[App], languages: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """The form: what stands in the bar, and what the panel holds."""
    given = query.given
    with_text, without = _("With text"), _("Without text")
    return {
        "bar": [
            _select("app", _("App"), given, _("All apps"), [(one.ref, one.name) for one in apps]),
            _select("stars", _("Stars"), given, _("All stars"), _star_options()),
            _select("sort", _("Sort"), {"sort": query.sort}, "", _labels(SORTS)),
        ],
        "panel": [
            _select(
                "answered",
                _("Reply"),
                given,
                _("With or without reply"),
                [("yes", _("With reply")), ("no", _("Unanswered"))],
            ),
            _select("state", _("State"), given, _("All states"), _labels(STATES)),
            _select("language", _("Language"), given, _("All languages"), _languages(languages)),
            _select(
                "has_text",
                _("Text"),
                given,
                _("With or without text"),
                [("yes", with_text), ("no", without)],
            ),
        ],
    }


def _select(
    key: str, label: str, given: Mapping[str, str], everything: str, options: list[tuple[str, str]]
) -> dict[str, Any]:
    chosen = given.get(key, "")
    offered = [("", everything), *options] if everything else options
    if chosen and chosen not in dict(offered):
        offered = [*offered, (chosen, chosen)]
    return {
        "key": key,
        "label": label,
        "chosen": chosen,
        "options": [{"value": value, "label": text} for value, text in offered],
    }


def _star_options() -> list[tuple[str, str]]:
    worded = ((n, ngettext("%(stars)s star", "%(stars)s stars", n)) for n in (5, 4, 3, 2, 1))
    return [(str(n), text % {"stars": n}) for n, text in worded]


def _labels(words: Mapping[str, Callable[[], str]]) -> list[tuple[str, str]]:
    return [(key, label()) for key, label in words.items()]


def _languages(codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, written.language_name(code, language.current())) for code in codes]
