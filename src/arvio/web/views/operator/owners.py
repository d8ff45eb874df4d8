"""Partners and who owns them; the first owner of each is invited by the marketplace (R64)."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog import roster
from arvio.catalog.staff import Moderator
from arvio.paging import CursorError
from arvio.web.inviting_form import InviteForm
from arvio.web.views.operator.access import operator_page, render
from arvio.web.views.operator.people import METHODS, OWNERS, SECTION, send

KINDS = (("owner", gettext_lazy("Owner")),)


@require_safe
@operator_page()
def owners(request: HttpRequest, operator: Moderator) -> HttpResponse:
    q = request.GET.get("q", "").replace("\0", "")[:100].strip()
    ownerless = "ownerless" in request.GET
    cursor = request.GET.get("cursor") or None
    try:
        found, more = roster.partners(
            marketplace=operator.marketplace, q=q, ownerless=ownerless, cursor=cursor
        )
    except CursorError:
        found, more = roster.partners(marketplace=operator.marketplace, q=q, ownerless=ownerless)
    real_now = clock.real()
    kept = {"q": q, **({"ownerless": "1"} if ownerless else {})}
    context = {
        "partners": [
            {
                "one": one,
                "invited": [(made, roster.is_open(made, real_now)) for made in one.invited],
            }
            for one in found
        ],
        "q": q,
        "ownerless": ownerless,
        "more_url": f"?{urlencode({**kept, 'cursor': more})}" if more else "",
    }
    return render(request, operator, "web/operator/owners.html", context, section=SECTION)


@require_http_methods(METHODS)
@operator_page()
def invite_owner(request: HttpRequest, operator: Moderator, partner: UUID) -> HttpResponse:
    found = roster.partner(marketplace=operator.marketplace, partner_id=partner)
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        offered=operator.marketplace.languages,
        kinds=KINDS,
        usual="owner",
    )
    sent = request.method == "POST" and form.is_valid()
    if sent and send(request, operator, found, form):
        return HttpResponseRedirect(reverse(OWNERS), status=303)
    context = {"partner": found, "form": form}
    status = 422 if form.errors else 200
    return render(
        request, operator, "web/operator/owner_invite.html", context, section=SECTION, status=status
    )
