"""The link at the end of every notification (RFC 8058): it works without a sign-in, and looking at
it changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog.models import Marketplace, Partner
from arvio.notify import preferences
from arvio.notify.preferences import Stop
from arvio.web import pages


# A mail program posts here by itself, with no cookie and no page before; the token is the proof.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    stop = preferences.read_stop(token=token)
    place = preferences.place_of(stop=stop) if stop else None
    if stop is None or place is None:
        raise Http404("there is no such link")
    if request.method == "POST":
        preferences.set_stopped(stop=stop, stopped="undo" not in request.POST)
    marketplace = place if isinstance(place, Marketplace) else place.marketplace
    pages.settle(request, marketplace)
    context = {
        "stopped": preferences.is_stopped(stop=stop),
        "what": _what(stop, place),
        "of_partner": isinstance(place, Partner),
    }
    return pages.page(
        request, "web/unsubscribe.html", context, marketplace=marketplace, now=clock.now()
    )


def _what(stop: Stop, place: Partner | Marketplace) -> str:
    values: dict[str, Any] = {"name": place.name}
    texts = {
        "review_new": _("Mails to you about new reviews of apps by %(name)s."),
        "review_edited": _("Mails to you about edited reviews of apps by %(name)s."),
        "digest": _("The daily digest to you about reviews of apps by %(name)s."),
        "reply_sent": _("Mails to you about replies to your reviews on %(name)s."),
        "review_archived": _("Mails to you about your reviews on %(name)s that aren’t shown now."),
        "review_request": _("Mails that ask you to review apps that you installed from %(name)s."),
        "fixed_in": _("Mails to you about versions that fix what you reviewed on %(name)s."),
    }
    return texts[stop.event] % values
