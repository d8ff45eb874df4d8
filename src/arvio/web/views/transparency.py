"""Transparency: what was reported and what was decided, in figures for everybody."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.moderation import figures
from arvio.web import moderation_figures, pages

USUAL = "all"


@require_safe
def transparency(request: HttpRequest, marketplace: str) -> HttpResponse:
    now = clock.now()
    found = catalog.marketplace(slug=marketplace)
    pages.settle(request, found)
    today = now.astimezone(ZoneInfo(found.time_zone)).date()
    names = {"month": _("This month"), "quarter": _("This quarter"), "all": _("All the time")}
    period = request.GET.get("period", USUAL)
    period = period if period in names else USUAL
    since = first_day(period, today)
    counted = figures.transparency(marketplace=found, since=since, now=now)
    here = reverse("web:transparency", args=[found.slug])
    json_url = f"/api/v1/marketplaces/{found.slug}/transparency"
    context = {
        **moderation_figures.page(counted),
        "since": since,
        "periods": [
            {"name": name, "url": f"{here}?period={key}", "current": key == period}
            for key, name in names.items()
        ],
        "json_url": f"{json_url}?{urlencode({'since': since})}" if since else json_url,
    }
    return pages.page(
        request, "web/transparency.html", context, marketplace=found, now=now, section="how"
    )


def first_day(period: str, today: date) -> date | None:
    if period == "month":
        return today.replace(day=1)
    if period == "quarter":
        return today.replace(month=today.month - (today.month - 1) % 3, day=1)
    return None
