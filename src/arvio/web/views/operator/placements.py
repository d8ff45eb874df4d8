"""The paid place above the list: who has it, who gets it, and its end."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arvio import clock
from arvio.catalog import placing, queries
from arvio.catalog.errors import InvalidFact, NotFound, PlaceTaken
from arvio.catalog.models import App, Marketplace, Placement
from arvio.catalog.staff import Moderator
from arvio.web.templatetags.look import limit
from arvio.web.views.operator.access import operator_page, render

SECTION = "marketplace"
MOST = 50
USUAL = timedelta(days=30)


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def placements(request: HttpRequest, operator: Moderator) -> HttpResponse:
    now, zone = clock.now(), zoneinfo.ZoneInfo(operator.marketplace.time_zone)
    if request.method != "POST":
        local = now.astimezone(zone)
        typed = {"app": "", "since": _written(local), "until": _written(local + USUAL)}
        return _page(request, operator, typed, done=request.GET.get("done", ""))
    typed = {key: request.POST.get(key, "").replace("\0", "")[:100] for key in TYPED}
    errors = _sell(operator, typed, now)
    if errors:
        return _page(request, operator, typed, errors=errors, status=422)
    return _back("sold")


TYPED = ("app", "since", "until")


def _sell(operator: Moderator, typed: dict[str, str], now: datetime) -> dict[str, str]:
    """What is wrong with what was typed, by field; nothing, and the place is sold."""
    errors = {}
    since = _read(typed["since"], operator.marketplace)
    until = _read(typed["until"], operator.marketplace)
    try:
        app = queries.app(marketplace=operator.marketplace, ref=typed["app"])
    except NotFound:
        errors["app"] = _("Choose an app of this marketplace.")
    for key, moment in (("since", since), ("until", until)):
        if moment is None:
            errors[key] = _("Give a day and a time.")
    if errors or since is None or until is None:
        return errors
    try:
        placing.sell_place(
            app=app,
            since_at=max(since, now - timedelta(minutes=1)),
            until_at=until,
            actor=operator.actor,
            now=now,
        )
    except InvalidFact:
        return {"until": _("It ends later than it begins, and in the future.")}
    except PlaceTaken as taken:
        words = _("The place is sold for some of that time; it is free from %(moment)s.")
        return {"since": words % {"moment": limit(taken.until_at)}}
    return {}


@require_POST
@operator_page(back="operator:placements")
def end(request: HttpRequest, operator: Moderator, item: UUID) -> HttpResponse:
    found = placing.place(marketplace=operator.marketplace, placement_id=item)
    placing.end_place(placement=found, actor=operator.actor, now=clock.now())
    return _back("ended")


def _back(done: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('operator:placements')}?done={done}", status=303)


def _page(
    request: HttpRequest,
    operator: Moderator,
    typed: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    rows = [_shown(row, now) for row in placing.places_of(marketplace=marketplace)[:MOST]]
    apps = App.objects.filter(marketplace=marketplace, retired=False).order_by("name", "pk")
    context = {
        "now_and_later": [row for row in rows if not row["over"]],
        "over": [row for row in rows if row["over"]],
        "apps": apps.values_list("ref", "name"),
        "typed": typed,
        "zone": marketplace.time_zone,
        "errors": errors or {},
        "done": done,
    }
    return render(
        request, operator, "web/operator/placements.html", context, section=SECTION, status=status
    )


def _shown(row: Placement, now: datetime) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "app": row.app,
        "since": row.since_at,
        "until": row.until_at,
        "over": row.until_at <= now,
        "running": row.since_at <= now < row.until_at,
    }


def _read(text: str, marketplace: Marketplace) -> datetime | None:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zoneinfo.ZoneInfo(marketplace.time_zone))
    return local if 2000 < local.year < 2200 else None


def _written(local: datetime) -> str:
    return f"{local:%Y-%m-%dT%H:%M}"
