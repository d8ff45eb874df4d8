"""What the marketplace is called and looks like, where its pages may stand, its days and hours."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog.errors import SettingsOvertaken
from arvio.catalog.marketplace_settings import (
    LANGUAGES,
    LONGEST_NAME,
    change_marketplace,
    settings_of,
    signature,
)
from arvio.catalog.staff import Moderator
from arvio.web import language, marketplace_form
from arvio.web.accents import LEAST, accents
from arvio.web.views.operator.access import operator_page, render

SECTION = "marketplace"


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def marketplace(request: HttpRequest, operator: Moderator) -> HttpResponse:
    if request.method != "POST":
        values = settings_of(operator.marketplace)
        return _form(request, operator, values, saved="saved" in request.GET)
    values = marketplace_form.read(request.POST)
    errors = marketplace_form.errors(values)
    if errors:
        return _form(request, operator, values, errors=errors, status=422)
    try:
        change_marketplace(
            marketplace=operator.marketplace,
            changes=values,
            seen=request.POST.get("seen", "")[:40],
            actor=operator.actor,
            now=clock.now(),
        )
    except SettingsOvertaken:
        return _form(request, operator, values, overtaken=True, status=409)
    return HttpResponseRedirect(reverse("operator:marketplace") + "?saved=1", status=303)


def _form(
    request: HttpRequest,
    operator: Moderator,
    values: dict[str, Any],
    *,
    errors: dict[str, str] | None = None,
    overtaken: bool = False,
    saved: bool = False,
    status: int = 200,
) -> HttpResponse:
    found = operator.marketplace
    labels = values["paid_labels"] or {}
    context = {
        "values": values,
        "lines": {key: "\n".join(values[key]) for key in marketplace_form.LISTS},
        "languages_offered": [
            {
                "code": code,
                "name": language.NAMES[code],
                "on": code in values["languages"],
                "first": values["languages"][:1] == [code],
                "label": labels.get(code, ""),
            }
            for code in LANGUAGES
        ],
        "accents": accents(),
        "least": LEAST,
        "calendars": marketplace_form.calendars(values["calendar"]),
        "time_zones": marketplace_form.time_zones(),
        "days_off": ", ".join(marketplace_form.days_off(found, clock.now())),
        "seen": signature(found),
        "errors": errors or {},
        "overtaken": overtaken,
        "saved": saved,
        "longest_name": LONGEST_NAME,
    }
    return render(
        request, operator, "web/operator/marketplace.html", context, section=SECTION, status=status
    )
