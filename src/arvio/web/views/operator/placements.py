"""Paid places: sold, ended, and what stands on them (FEATURES R93, UCPD Annex I 11a)."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arvio import clock
from arvio.catalog import placements as catalog
from arvio.catalog import queries
from arvio.catalog.errors import InvalidFact, NotFound, PlacementRefused
from arvio.catalog.models import App, Marketplace, Placement
from arvio.catalog.policies.timeline import local_moment
from arvio.catalog.staff import Moderator
from arvio.web import language
from arvio.web.views.operator.access import operator_page, render

SECTION = "marketplace"
PAGE = "operator:placements"
USUAL = timedelta(days=30)
MOST_APPS = 500
OWN = "own"


@dataclass(frozen=True)
class Sale:
    """What was typed of a place to be sold."""

    app: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def read(cls, posted: QueryDict) -> Sale:
        words = (posted.get(name, "").replace("\0", "")[:100].strip() for name in FIELDS)
        return cls(*words)


FIELDS = ("app", "since", "until")


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page(back=PAGE)
def placements(request: HttpRequest, operator: Moderator) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    if request.method != "POST":
        return _show(request, operator, typed=_usual(marketplace, now))
    typed = Sale.read(request.POST)
    errors = _sell(operator, typed, now)
    if errors:
        return _show(request, operator, typed=typed, errors=errors, status=422)
    return _done("sold")


def _usual(marketplace: Marketplace, now: datetime) -> Sale:
    """From now on for a month, as the fields write it."""
    zone = zoneinfo.ZoneInfo(marketplace.time_zone)
    since, until = now.astimezone(zone), (now + USUAL).astimezone(zone)
    return Sale(since=f"{since:%Y-%m-%dT%H:%M}", until=f"{until:%Y-%m-%dT%H:%M}")


def _sell(operator: Moderator, typed: Sale, now: datetime) -> dict[str, str]:
    """Nothing where it is sold, else what is wrong with which field."""
    marketplace = operator.marketplace
    app = _app(marketplace, typed.app)
    since_at = local_moment(typed.since, marketplace.time_zone)
    until_at = local_moment(typed.until, marketplace.time_zone)
    errors = {}
    if app is None:
        errors["app"] = _("Choose an app of the list, by its reference.")
    elif app.retired:
        errors["app"] = _("This app is retired: nobody would see it.")
    if since_at is None:
        errors["since"] = _("Give a day and a time.")
    if until_at is None:
        errors["until"] = _("Give a day and a time.")
    elif until_at <= max(since_at or now, now):
        errors["until"] = _("The end lies after the beginning, and is still to come.")
    if errors or app is None or since_at is None or until_at is None:
        return errors
    try:
        catalog.sell_place(
            app=app, since_at=since_at, until_at=until_at, actor=operator.actor, now=now
        )
    except PlacementRefused:
        return {"since": _("This app has a paid place at that time already.")}
    return {}


def _app(marketplace: Marketplace, ref: str) -> App | None:
    try:
        return queries.app(marketplace=marketplace, ref=ref)
    except NotFound:
        return None


def _show(
    request: HttpRequest,
    operator: Moderator,
    *,
    typed: Sale,
    errors: dict[str, str] | None = None,
    label: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    found = catalog.places(marketplace=marketplace, now=now)
    apps = App.objects.filter(marketplace=marketplace, retired=False).order_by("name", "pk")
    context = {
        "live": [one for one in found if one.state != "past"],
        "past": [one for one in found if one.state == "past"],
        "apps": list(apps.values_list("ref", "name")[:MOST_APPS]),
        "typed": typed,
        "errors": errors or {},
        "label": label or _label(marketplace, marketplace.paid_label, set()),
        "shown": catalog.label(marketplace),
        "done": DONE.get(request.GET.get("done", ""), lambda: "")(),
    }
    return render(
        request, operator, "web/operator/placements.html", context, section=SECTION, status=status
    )


DONE = {
    "sold": lambda: _("The place is sold. The storefront shows it for that time."),
    "ended": lambda: _("The place is ended."),
    "over": lambda: _("It had ended already."),
    "label": lambda: _("The label is changed, and stands on the storefront now."),
}


def _done(what: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(PAGE)}?done={what}", status=303)


@require_POST
@operator_page(back=PAGE)
def label(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """Choose a wording, or write one's own in each language."""
    marketplace = operator.marketplace
    own = {code: request.POST.get(f"own-{code}", "")[:200] for code in marketplace.languages}
    chosen = request.POST.get("wording", "")[:40]
    wanted: dict[str, Any] = {"own": own} if chosen == OWN else {"wording": chosen}
    try:
        catalog.set_label(
            marketplace=marketplace, label=wanted, actor=operator.actor, now=clock.now()
        )
    except InvalidFact as error:
        wrong = _label(marketplace, wanted, {error.field})
        typed = _usual(marketplace, clock.now())
        return _show(request, operator, typed=typed, label=wrong, status=422)
    return _done("label")


def _label(marketplace: Marketplace, chosen: dict[str, Any], wrong: set[str]) -> dict[str, Any]:
    own = chosen.get("own", {})
    wording = OWN if "own" in chosen else chosen.get("wording", catalog.USUAL)
    return {
        "wordings": [
            {"key": key, "words": words, "chosen": key == wording}
            for key, words in catalog.WORDINGS.items()
        ],
        "own_chosen": wording == OWN,
        "own": [
            {
                "code": code,
                "language": language.NAMES[code],
                "value": own.get(code, "").replace("\0", ""),
                "error": _label_error() if f"own-{code}" in wrong else "",
            }
            for code in marketplace.languages
        ],
        "error": _("Choose a wording.") if "wording" in wrong else "",
    }


def _label_error() -> str:
    most = {"most": catalog.LONGEST_LABEL}
    return _("Write 1 to %(most)s characters that can be read. The label can’t be empty.") % most


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def end(request: HttpRequest, operator: Moderator, placement: UUID) -> HttpResponse:
    """End one that runs, or call off one that is to come."""
    now, marketplace = clock.now(), operator.marketplace
    found = catalog.placement(marketplace=marketplace, placement_id=placement)
    if found.until_at <= now:
        return _done("over")
    if request.method != "POST":
        return _ask(request, operator, found, now)
    try:
        catalog.end_place(
            marketplace=marketplace, placement_id=placement, actor=operator.actor, now=now
        )
    except (PlacementRefused, NotFound):
        return _done("over")
    return _done("ended")


def _ask(
    request: HttpRequest, operator: Moderator, found: Placement, now: datetime
) -> HttpResponse:
    runs = found.since_at <= now
    names = {"app": found.app.name}
    context = {
        "heading": (
            _("End the paid place of %(app)s now?") if runs else _("Call off the place of %(app)s?")
        )
        % names,
        "text": _(
            "The app stays in the list, where its rating puts it. The history keeps the sale."
        ),
        "button": _("End it now") if runs else _("Call it off"),
        "back_url": reverse(PAGE),
    }
    return render(request, operator, "web/operator/confirm.html", context, section=SECTION)
