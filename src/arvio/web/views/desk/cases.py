"""The queue of cases, and beside it the case that is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.models import App
from arvio.catalog.staff import Moderator
from arvio.moderation import deciding, queries
from arvio.moderation.models import Case
from arvio.moderation.queries import CaseCounts, CasePage
from arvio.paging import CursorError
from arvio.web import desk_case, desk_queue
from arvio.web.desk_case import Asked
from arvio.web.desk_queue import CaseQuery
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.desk.by_item import item_page

SECTION = "cases"
NOTHING = Asked()


@require_safe
@desk_page()
def cases(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return show(request, moderator, None, now=clock.now())


@require_safe
@item_page("case")
def case(request: HttpRequest, moderator: Moderator, case: UUID) -> HttpResponse:
    found = deciding.case_of(moderator=moderator, case_id=case)
    asked = Asked(done=request.GET.get("done", ""))
    return show(request, moderator, found, now=clock.now(), asked=asked)


def show(
    request: HttpRequest,
    moderator: Moderator,
    found: Case | None,
    *,
    now: datetime,
    asked: Asked = NOTHING,
    status: int = 200,
) -> HttpResponse:
    """The desk with `found` open, or with the first of the queue."""
    query, apps, reasons = read_query(request, moderator, now)
    query, listed = _listed(moderator, query, now)
    counts = queries.counts(moderator=moderator, now=now)
    chosen = found is not None
    if found is None and listed.items:
        found = listed.items[0].case
    address = query.address(cursor=query.cursor or "")
    rows = [
        desk_queue.row(
            one,
            query=address,
            current=bool(found and one.case.pk == found.pk),
            moderator=moderator,
            now=now,
        )
        for one in listed.items
    ]
    home = reverse("desk:cases")
    context: dict[str, Any] = {
        "tabs": desk_queue.tabs(query, counts),
        "fields": desk_queue.fields(query, apps=apps, reasons=reasons),
        "query": query,
        "clear_url": home + (f"?state={query.tab}" if query.tab != desk_queue.OPEN else ""),
        "home": home,
        "list_url": home + address,
        "first_url": home + query.address(cursor="") if query.cursor else "",
        "more_url": home + query.address(cursor=listed.next) if listed.next else "",
        "items": rows,
        "empty": _empty(query, listed, counts),
        "chosen": chosen,
        "opened": None,
        "may_decide": moderator.may("decide"),
        **_beside(rows),
    }
    if found is not None:
        context["opened"] = desk_case.opened(found, moderator=moderator, asked=asked, now=now)
        context["urls"] = {
            name: reverse(f"desk:{name}", args=[found.pk]) + address
            for name in ("decide", "second", "assign")
        }
        context["here"] = reverse("desk:case", args=[found.pk]) + address
    if query.errors and status == 200:
        status = 400
    return render(
        request, moderator, "web/desk/cases.html", context, section=SECTION, status=status
    )


def read_query(
    request: HttpRequest, moderator: Moderator, now: datetime
) -> tuple[CaseQuery, list[App], tuple[str, ...]]:
    place = moderator.marketplace
    apps = list(App.objects.filter(marketplace=place).order_by("name", "pk"))
    reasons = catalog.policy_in_force(marketplace=place, now=now).policy.reports.reasons
    return desk_queue.read(request.GET, apps=apps, reasons=reasons), apps, tuple(reasons)


def _listed(moderator: Moderator, query: CaseQuery, now: datetime) -> tuple[CaseQuery, CasePage]:
    asked: dict[str, Any] = {"moderator": moderator, "now": now, "filters": query.filters}
    try:
        return query, queries.queue(**asked, cursor=query.cursor)
    except CursorError:
        return query.from_the_start(), queries.queue(**asked)


def _empty(query: CaseQuery, listed: CasePage, counts: CaseCounts) -> str:
    """Which of the empty states it is; none if there is something to show."""
    if listed.items:
        return ""
    return "nothing" if query.filtered else query.tab


def _beside(rows: list[dict[str, Any]]) -> dict[str, str]:
    """The cases before and after the open one, for the keyboard."""
    at = next((n for n, row in enumerate(rows) if row["current"]), None)
    if at is None:
        return {"next_url": rows[0]["url"] if rows else "", "previous_url": ""}
    return {
        "next_url": rows[at + 1]["url"] if at + 1 < len(rows) else "",
        "previous_url": rows[at - 1]["url"] if at else "",
    }
