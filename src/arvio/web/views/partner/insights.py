"""Insights: what reviews and replies add up to, and a note where the query is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.asking import queries as asking
from arvio.catalog.errors import NotFound
from arvio.catalog.members import Member
from arvio.reviews import insights as figures_of
from arvio.reviews.insight_rules import CUSTOM, PRESETS, BadSpan
from arvio.reviews.insights import Asked, Insights
from arvio.web import figures
from arvio.web.views.partner.access import partner_page, render

USUAL = "12m"


@require_safe
@partner_page()
def insights(request: HttpRequest, member: Member) -> HttpResponse:
    """A bad app or bad days are said in a note above figures that can be given."""
    now, status, problem = clock.now(), 200, ""
    try:
        asked = _asked(request.GET)
        found = figures_of.insights(member=member, asked=asked, now=now)
    except NotFound:
        status, problem = 404, "app"
        asked = Asked(preset=USUAL)
        found = figures_of.insights(member=member, asked=asked, now=now)
    except BadSpan as error:
        status, problem = 422, error.code
        asked = Asked(app=request.GET.get("app", ""), preset=USUAL)
        try:
            found = figures_of.insights(member=member, asked=asked, now=now)
        except NotFound:
            asked = replace(asked, app="")
            found = figures_of.insights(member=member, asked=asked, now=now)
    context = {
        **figures.page(found),
        "recovery": asking.recovery(member=member, app=found.chosen.app if found.chosen else None),
        "app_name": found.chosen.app.name if found.chosen else "",
        "problem": _problem(problem),
        "form": _form(request.GET, asked, found),
        "export_query": _export_query(asked, found),
        "zone": member.marketplace.time_zone,
        "pages": _pages(asked, found),
    }
    return render(
        request, member, "web/partner/insights.html", context, section="insights", status=status
    )


def _asked(query: QueryDict) -> Asked:
    """A period that was never offered is the usual one, a page number likewise; days are said to be
    wrong. Raises BadSpan.
    """
    preset = query.get("period", USUAL)
    page = query.get("page", "1")
    return Asked(
        app=query.get("app", ""),
        preset=preset if preset in (*PRESETS, CUSTOM) else USUAL,
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
        page=int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadSpan("unreadable") from None


def _problem(code: str) -> dict[str, str] | None:
    if not code:
        return None
    if code == "app":
        return {
            "fact": _("None of your apps is called that."),
            "then": _("These are all your apps; choose one of them above."),
        }
    facts = {
        "unreadable": _("A day can’t be read. Write it as 2026-03-31."),
        "order": _("The first day is after the last. Turn them round."),
        "future": _("The last day is still to come. Choose today or an earlier day."),
        "early": _("Figures go back twenty years. Choose later days."),
    }
    return {"fact": facts[code], "then": _("Until then these are the last 12 months.")}


def _form(query: QueryDict, asked: Asked, found: Insights) -> dict[str, Any]:
    """What was typed is kept, also when it is wrong."""
    wanted = query.get("period", "")
    period = wanted if wanted in (*PRESETS, CUSTOM) else asked.preset
    return {
        "app": asked.app,
        "apps": [{"ref": row.app.ref, "name": row.app.name} for row in found.apps],
        "period": period,
        "periods": [
            {"key": "30d", "label": _("Last 30 days")},
            {"key": "90d", "label": _("Last 90 days")},
            {"key": "12m", "label": _("Last 12 months")},
            {"key": "all", "label": _("All the time")},
            {"key": CUSTOM, "label": _("Other days")},
        ],
        "days": period == CUSTOM,
        "since": query.get("since", "") or found.span.since.isoformat(),
        "until": query.get("until", "") or found.span.until.isoformat(),
    }


def _export_query(asked: Asked, found: Insights) -> str:
    """The reviews that the page is about: of this app, sent in these days."""
    chosen = {"app": asked.app}
    if asked.preset != "all":
        chosen |= {"since": found.span.since.isoformat(), "until": found.span.until.isoformat()}
    return urlencode({key: value for key, value in chosen.items() if value})


def _pages(asked: Asked, found: Insights) -> dict[str, Any] | None:
    if found.chosen or found.pages < 2:
        return None
    page = min(max(asked.page, 1), found.pages)
    days = {"since": found.span.since, "until": found.span.until}
    query = {"period": asked.preset, **(days if asked.preset == CUSTOM else {})}

    def to(number: int) -> str:
        return f"{reverse('partner:insights')}?{urlencode({**query, 'page': number})}#apps"

    return {
        "page": page,
        "of": found.pages,
        "earlier": to(page - 1) if page > 1 else "",
        "later": to(page + 1) if page < found.pages else "",
    }
