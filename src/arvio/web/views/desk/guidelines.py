"""The guidelines on the desk, where moderators read what their decisions rest on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.staff import Moderator
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.guidelines import shown, states

SECTION = "guidelines"


@require_safe
@desk_page("read")
def guidelines(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    now = clock.now()
    version = queries.guidelines(marketplace=moderator.marketplace, now=now)
    context = {
        "version": version,
        **shown(version),
        "versions": states(moderator.marketplace, now),
        "may_edit": moderator.may("manage"),
    }
    return render(request, moderator, "web/desk/guidelines.html", context, section=SECTION)
