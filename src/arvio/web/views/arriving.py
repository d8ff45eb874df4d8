"""Following a partner's review link: counted, remembered, on to the eligibility check (R109). And
following a mail that asks, where reviews are written inside the product alone.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.asking import actions
from arvio.asking import queries as asking
from arvio.catalog import queries as catalog
from arvio.catalog.models import App, Marketplace
from arvio.web import came_by, frames, pages, shown


@require_safe
def go(request: HttpRequest, marketplace: str, code: str) -> HttpResponse:
    now = clock.now()
    found = catalog.marketplace(slug=marketplace)
    link = asking.link(marketplace=found, code=code)
    if link.ended_at:
        return _on(found, reverse("web:app", args=[found.slug, link.app.ref]))
    target = reverse("web:product", args=[found.slug, link.app.ref])
    response = _on(found, came_by.with_via(target, link.code))
    if came_by.counts(request, link, now):
        actions.arrive(link=link, now=now)
        came_by.remember(request, response, found, link.code, now)
    return response


def _on(marketplace: Marketplace, url: str) -> HttpResponse:
    response = frames.allow_frames(HttpResponseRedirect(url), marketplace)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def asked_url(app: App, *, update: bool) -> str:
    """Where a mail leads that can sign nobody in."""
    page = reverse("web:product", args=[app.marketplace.slug, app.ref])
    return f"{page}?asked={'update' if update else 'review'}"


def asked(request: HttpRequest) -> str:
    """What a mail asked for, whose link this is: to `review`, to `update` a review, or nothing."""
    found = request.GET.get("asked", "")
    return found if found in ("review", "update") else ""


def arrival(request: HttpRequest, marketplace: Marketplace, app: App, code: str) -> HttpResponse:
    """For who followed a link outside the product: where reviews are written, and the way there."""
    update = asked(request) == "update"
    heading = _("Update your review of %(app)s") if update else _("Review %(app)s")
    context = {
        "heading": heading % {"app": app.name},
        "app": shown.app_head(app),
        "asked": asked(request),
        "listing_url": came_by.with_via(app.listing_url, code),
    }
    return pages.page(
        request,
        "web/arrival.html",
        context,
        marketplace=marketplace,
        now=clock.now(),
        section="apps",
    )
