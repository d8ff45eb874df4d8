"""How a member is told of reviews: for all apps of the partner, and of single apps otherwise
(R141).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arvio.catalog.members import Member
from arvio.catalog.models import App
from arvio.notify import preferences
from arvio.notify.models import Preference
from arvio.notify.preferences import MEMBER_EVENTS
from arvio.web.views.partner.access import partner_page, render


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page()
def notifications(request: HttpRequest, member: Member) -> HttpResponse:
    if request.method == "POST":
        return _save(request, member)
    return _show(request, member)


def _save(request: HttpRequest, member: Member) -> HttpResponse:
    reader, ref = member.person.pk, request.POST.get("app", "")
    if not ref:
        how = _chosen(request)
        preferences.save_defaults(reader_id=reader, partner=member.partner, how=how)
        return _back(request, _("Saved. It counts from the next review on."))
    app = App.objects.filter(partner=member.partner, ref=ref).first()
    if app is None:
        raise BadRequest("no app of this partner")
    if "drop" in request.POST:
        preferences.drop_app(reader_id=reader, app=app)
        return _back(request, _("Saved. The settings for all apps count for this app again."))
    preferences.save_app(reader_id=reader, app=app, how=_chosen(request))
    return _back(request, _("Saved. It counts from the next review on."))


def _chosen(request: HttpRequest) -> dict[str, str]:
    how = {event: request.POST.get(event, "") for event in MEMBER_EVENTS}
    if not set(how.values()) <= set(Preference.How.values):
        raise BadRequest("at once, daily or off")
    return how


def _back(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("partner:notifications"), status=303)


def _show(request: HttpRequest, member: Member) -> HttpResponse:
    found = preferences.settings_of(reader_id=member.person.pk, partner=member.partner)
    apps = App.objects.filter(partner=member.partner).order_by("name", "pk")
    own = [(app, found.apps[app.pk]) for app in apps if app.pk in found.apps]
    context = {
        "fields": _fields(found.defaults),
        "stopped": [label for event, label in _stopped().items() if event in found.stopped],
        "own": [{"app": app, "fields": _fields({**found.defaults, **how})} for app, how in own],
        "others": [app for app in apps if app.pk not in found.apps],
        "add": _fields(found.defaults),
        "settings_section": "notifications",
        "zone": member.marketplace.time_zone,
    }
    return render(request, member, "web/partner/notifications.html", context, section="settings")


def _fields(how: Mapping[str, str]) -> list[dict[str, Any]]:
    labels = {"review_new": _("New reviews"), "review_edited": _("Edited reviews")}
    choices = {"at_once": _("At once"), "daily": _("Daily digest"), "off": _("Off")}
    return [
        {
            "name": event,
            "label": labels[event],
            "choices": [
                {"value": value, "label": label, "chosen": value == how[event]}
                for value, label in choices.items()
            ],
        }
        for event in MEMBER_EVENTS
    ]


def _stopped() -> dict[str, str]:
    return {
        "review_new": _("Mails about new reviews are stopped."),
        "review_edited": _("Mails about edited reviews are stopped."),
        "digest": _("The daily digest is stopped."),
    }
