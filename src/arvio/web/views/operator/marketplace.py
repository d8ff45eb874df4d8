"""What a marketplace is called, looks like, counts by and lets in: one form, one action."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog import traits
from arvio.catalog.clips import clip_address
from arvio.catalog.errors import InvalidFact, Outdated
from arvio.catalog.marketplaces import change_marketplace
from arvio.catalog.models import Marketplace
from arvio.catalog.staff import Moderator
from arvio.moderation import queries as cases
from arvio.web import marketplace_form
from arvio.web.marketplace_form import Typed
from arvio.web.views.operator.access import operator_page, render

SECTION = "marketplace"
PAGE = "operator:marketplace"


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page(back=PAGE)
def marketplace(request: HttpRequest, operator: Moderator) -> HttpResponse:
    if request.method != "POST":
        return _form(request, operator, Typed.of(operator.marketplace))
    typed = Typed.read(request.POST)
    problems = traits.problems(typed.given)
    if request.POST.get("do") != "save" or problems:
        found = marketplace_form.errors(problems)
        return _form(request, operator, typed, errors=found)
    try:
        change_marketplace(
            marketplace=operator.marketplace,
            seen=typed.seen,
            actor=operator.actor,
            now=clock.now(),
            **typed.given,
        )
    except Outdated as late:
        fresh = Marketplace.objects.get(pk=operator.marketplace.pk)
        again = Typed(typed.given, {**typed.seen, **_traits(fresh, late.fields)})
        return _form(request, operator, again, theirs=(fresh, late.fields))
    except InvalidFact as error:
        return _form(request, operator, typed, errors={error.field: [error.detail]})
    return HttpResponseRedirect(f"{reverse(PAGE)}?saved=1", status=303)


def _traits(fresh: Marketplace, fields: Sequence[str]) -> dict[str, Any]:
    """If it is saved again, these have been seen."""
    return {field: getattr(fresh, field) for field in fields}


def _form(
    request: HttpRequest,
    operator: Moderator,
    typed: Typed,
    *,
    errors: dict[str, list[str]] | None = None,
    theirs: tuple[Marketplace, Sequence[str]] | None = None,
) -> HttpResponse:
    now, place = clock.now(), operator.marketplace
    day = now.astimezone(zoneinfo.ZoneInfo(place.time_zone)).date()
    context = {
        "form": marketplace_form.shown(typed, errors or {}, day),
        "theirs": marketplace_form.current(*theirs) if theirs else [],
        "saved": "saved" in request.GET,
        "our_clip": clip_address(Marketplace()),
        "cases": cases.counts(moderator=operator, now=now).open,
    }
    status = 409 if theirs else 422 if errors else 200
    return render(
        request, operator, "web/operator/marketplace.html", context, section=SECTION, status=status
    )
