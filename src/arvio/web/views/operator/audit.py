"""The history of the marketplace: looked through by what, whom and when; and taken as a file."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.audit.searching import Found, Wanted, search, walk
from arvio.catalog.models import Marketplace
from arvio.catalog.staff import Moderator
from arvio.connect.sheets import MARK, written
from arvio.moderation import tracing
from arvio.paging import CursorError
from arvio.web import audit_words, language
from arvio.web.views.operator.access import operator_page, render

SECTION = "audit"
MOST_IN_FILE = 20_000
COLUMNS = ("at", "about", "id", "number", "app", "tag", "what", "by", "before", "after", "hash")


@dataclass(frozen=True)
class Asked:
    """The filters as they were typed."""

    q: str = ""
    about: str = ""
    tag: str = ""
    by: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Asked:
        names = cls.__dataclass_fields__
        return cls(**{name: query.get(name, "").replace("\0", "")[:300].strip() for name in names})

    @property
    def query(self) -> dict[str, str]:
        return {name: text for name, text in asdict(self).items() if text}


@require_safe
@operator_page()
def audit(request: HttpRequest, operator: Moderator) -> HttpResponse:
    asked, marketplace = Asked.read(request.GET), operator.marketplace
    wanted, errors = _wanted(marketplace, asked)
    found = _search(wanted, request.GET.get("cursor") or None)
    more = urlencode({**asked.query, "cursor": found.next or ""})
    context = {
        "asked": asked,
        "errors": errors,
        "rows": audit_words.rows(found.rows, marketplace=marketplace),
        "back_to": found.back_to,
        "more_url": f"?{more}" if found.next else "",
        "file_query": urlencode(asked.query),
        "kinds": list(audit_words.KINDS.items()),
        "tags": list(audit_words.TAGS.items()),
        "most": MOST_IN_FILE,
    }
    status = 422 if errors else 200
    return render(
        request, operator, "web/operator/audit.html", context, section=SECTION, status=status
    )


def _search(wanted: Wanted | None, cursor: str | None) -> Found:
    if wanted is None:
        return Found([], None)
    try:
        return search(wanted=wanted, cursor=cursor)
    except CursorError:
        return search(wanted=wanted)


def _wanted(marketplace: Marketplace, asked: Asked) -> tuple[Wanted | None, dict[str, str]]:
    """None where nothing can be found: what was pasted isn't there, or a day can't be read."""
    errors = {name: _day_error() for name in ("since", "until") if _unread(getattr(asked, name))}
    if errors:
        return None, errors
    meant = tracing.about(marketplace=marketplace, text=asked.q)
    if asked.q and not meant.subjects and not meant.apps:
        return None, {}
    actors, key = tracing.actors(marketplace=marketplace, text=asked.by)
    zone = marketplace.time_zone
    wanted = Wanted(
        marketplace_id=marketplace.pk,
        subjects=meant.subjects,
        apps=meant.apps,
        about=asked.about if asked.about in audit_words.KINDS else "",
        tag=asked.tag[:60],
        actors=actors,
        key=key,
        since=_midnight(asked.since, zone),
        until=_midnight(asked.until, zone, days=1),
    )
    return wanted, {}


def _day_error() -> str:
    return _("Give a day, such as 2026-03-02.")


def _unread(text: str) -> bool:
    return bool(text) and _day(text) is None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1 < day.year < 9998 else None


def _midnight(text: str, time_zone: str, *, days: int = 0) -> datetime | None:
    """When that day begins where the marketplace is, or so many days later."""
    day = _day(text)
    if day is None:
        return None
    at = datetime.combine(day + timedelta(days=days), time(), zoneinfo.ZoneInfo(time_zone))
    return at.astimezone(UTC)


@require_safe
@operator_page()
def download(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """What the filters find, as a sheet, sent while it is read; the newest of very many."""
    asked, marketplace = Asked.read(request.GET), operator.marketplace
    wanted, errors = _wanted(marketplace, asked)
    if errors:
        return audit(request)
    zone = zoneinfo.ZoneInfo(marketplace.time_zone)
    name = f"history-{marketplace.slug}-{clock.now().astimezone(zone):%Y-%m-%d}.csv"
    answer = StreamingHttpResponse(
        _sheet(wanted, marketplace, language.current()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    return cast(HttpResponse, answer)


def _sheet(wanted: Wanted | None, marketplace: Marketplace, code: str) -> Iterator[str]:
    """It is written after the request is over, so it says in which language."""
    yield MARK + written(COLUMNS)
    for some in walk(wanted=wanted, limit=MOST_IN_FILE) if wanted else ():
        with translation.override(code):
            found = audit_words.rows(some, marketplace=marketplace)
            lines = [written(_cells(one)) for one in found]
        yield "".join(lines)


def _cells(one: dict[str, Any]) -> list[Any]:
    row = one["row"]
    before = [f"{fact['label']}: {fact['before']}" for fact in one["facts"] if fact["before"]]
    after = [f"{fact['label']}: {fact['after']}" for fact in one["facts"] if fact["after"]]
    return [
        row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        row.subject.partition(":")[0],
        one["subject"],
        row.seq,
        one["app"].ref if one["app"] else "",
        row.tag,
        str(one["what"]),
        one["by"],
        "; ".join(before),
        "; ".join(after),
        row.hash,
    ]
