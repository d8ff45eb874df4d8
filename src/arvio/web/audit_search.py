"""A marketplace's history as an operator searches it: what is asked, and each row in words."""

from __future__ import annotations

import csv
import io
import json
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arvio.audit.models import AuditRow
from arvio.audit.queries import Search, found
from arvio.catalog import queries
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, Marketplace
from arvio.people.models import Person
from arvio.web import history_words

KINDS: dict[str, str | Promise] = {
    "review": gettext_lazy("Reviews"),
    "reply": gettext_lazy("Replies"),
    "case": gettext_lazy("Cases"),
    "thread": gettext_lazy("Disputes and appeals"),
    "app": gettext_lazy("Apps"),
    "partner": gettext_lazy("Partners"),
    "account": gettext_lazy("Accounts"),
    "user": gettext_lazy("Users"),
    "key": gettext_lazy("Keys"),
    "webhook": gettext_lazy("Webhooks"),
    "marketplace": gettext_lazy("The marketplace"),
}
# What a pasted id may be the id of.
SUBJECTS = (*KINDS, "ban", "correction")
# Actors that are no person.
MACHINES = ("worker", "command", "policy", "server")
USUAL = timedelta(days=30)
MOST_ROWS = 10_000
COLUMNS = ("at", "what", "tag", "subject", "app", "by", "before", "after", "hash")


@dataclass
class Asked:
    """As it was typed; `errors` says what of it can't be."""

    about: str = ""
    kind: str = ""
    by: str = ""
    since: str = ""
    until: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: QueryDict, marketplace: Marketplace, now: datetime) -> Asked:
        today = now.astimezone(zoneinfo.ZoneInfo(marketplace.time_zone)).date()
        asked = cls(
            about=_clean(given.get("about", "")),
            kind=given.get("kind", "") if given.get("kind") in KINDS else "",
            by=_clean(given.get("by", "")),
            since=_clean(given.get("since", "")) or (today - USUAL).isoformat(),
            until=_clean(given.get("until", "")) or today.isoformat(),
        )
        return asked

    def search(self, marketplace: Marketplace) -> Search | None:
        """None where nothing can be looked for; then `errors` says why."""
        zone = zoneinfo.ZoneInfo(marketplace.time_zone)
        since, until = self._day("since"), self._day("until")
        subjects, app_id = self._about(marketplace)
        actors = self._by(marketplace)
        if self.errors or since is None or until is None:
            return None
        return Search(
            since=datetime.combine(since, time(), tzinfo=zone),
            until=datetime.combine(until + timedelta(days=1), time(), tzinfo=zone),
            subjects=subjects,
            app_id=app_id,
            tag=self.kind,
            actors=actors,
        )

    def _day(self, name: str) -> date | None:
        try:
            day = date.fromisoformat(getattr(self, name))
        except ValueError:
            day = date.min
        if 2000 <= day.year < 2200:
            return day
        self.errors[name] = _("Give a day such as 2026-03-31.")
        return None

    def _about(self, marketplace: Marketplace) -> tuple[list[str] | None, UUID | None]:
        if not self.about:
            return None, None
        try:
            pk = UUID(self.about.rpartition(":")[2])
        except ValueError:
            return self._app(marketplace)
        return [f"{kind}:{pk}" for kind in SUBJECTS], None

    def _app(self, marketplace: Marketplace) -> tuple[list[str] | None, UUID | None]:
        try:
            return None, queries.app(marketplace=marketplace, ref=self.about).pk
        except NotFound:
            self.errors["about"] = _("It is neither an id that Arvio gave nor an app’s.")
            return None, None

    def _by(self, marketplace: Marketplace) -> list[str] | None:
        if not self.by or self.by in MACHINES:
            return [self.by] if self.by else None
        people = Person.objects.filter(email=self.by.lower()) | Person.objects.filter(name=self.by)
        known = people.filter(roles__marketplace_id=marketplace.pk).distinct()
        actors = [f"person:{pk}" for pk in known.values_list("pk", flat=True)[:20]]
        if not actors:
            self.errors["by"] = _("Nobody with that name or address works here.")
        return actors


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:200]


def shown(rows: Sequence[AuditRow]) -> list[dict[str, Any]]:
    """Two statements for any number."""
    names, apps = _names(rows), _apps(rows)
    return [
        {
            "at": row.at,
            "what": what(row),
            "tag": row.tag,
            "subject": row.subject,
            "kind": row.subject.partition(":")[0],
            "pk": row.subject.partition(":")[2],
            "app": apps.get(row.app_id) if row.app_id else None,
            "by": names.get(row.actor) or by(row.actor),
            "before": _facts(row.before),
            "after": _facts(row.after),
            "hash": row.hash,
        }
        for row in rows
    ]


def what(row: AuditRow) -> str:
    worded = history_words.SENTENCES.get(row.tag)
    return worded(row.before or {}, row.after or {}) if worded else row.tag


def by(actor: str) -> str:
    kind = actor.partition(":")[0]
    return {
        "user": _("a customer"),
        "person": _("somebody who has left"),
        "key": _("a key"),
        "visitor": _("a visitor"),
        "worker": _("the worker"),
        "policy": _("the rules"),
        "command": _("a command"),
    }.get(kind, actor)


def _facts(facts: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    return [
        (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for key, value in (facts or {}).items()
    ]


def _names(rows: Sequence[AuditRow]) -> dict[str, str]:
    ids = {row.actor[7:] for row in rows if row.actor.startswith("person:")}
    people = Person.objects.filter(pk__in=ids)
    return {f"person:{person.pk}": person.name or person.email for person in people}


def _apps(rows: Sequence[AuditRow]) -> dict[UUID, App]:
    return App.objects.in_bulk({row.app_id for row in rows if row.app_id})


def sheet(*, marketplace: Marketplace, wanted: Search) -> Iterator[str]:
    """The newest rows as CSV, in pieces; so many that a spreadsheet takes them."""
    yield _line(COLUMNS)
    rows = found(marketplace.pk, wanted).order_by("-at", "-id")[:MOST_ROWS]
    batch: list[AuditRow] = []
    for row in rows.iterator(chunk_size=500):
        batch.append(row)
        if len(batch) == 500:
            yield "".join(map(_cells, shown(batch)))
            batch = []
    yield "".join(map(_cells, shown(batch)))


def _cells(row: Mapping[str, Any]) -> str:
    told = {**row, "at": row["at"].isoformat(), "app": row["app"].ref if row["app"] else ""}
    told |= {key: json.dumps(dict(row[key]), ensure_ascii=False) for key in ("before", "after")}
    return _line([_safe(str(told[key])) for key in COLUMNS])


def _safe(cell: str) -> str:
    """No cell that a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
