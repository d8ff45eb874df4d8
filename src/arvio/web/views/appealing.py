"""Inside the product: what a banned person reads about their ban, and the appeal against it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from arvio.catalog import banning, bans, queries
from arvio.catalog.bans import Standing
from arvio.catalog.errors import BanRefused
from arvio.catalog.explain import explain_field_error
from arvio.catalog.models import Ban
from arvio.policy.form import FormError
from arvio.web import forms, pages
from arvio.web.views.entering import Inside, inside
from arvio.web.views.guidelines import in_language


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@inside
def appeal(request: HttpRequest, here: Inside) -> HttpResponse:
    """GET and a POST with a viewer token show the ban, a POST of the form sends the appeal."""
    if request.method != "POST" or request.POST.get("do") != "appeal":
        return _show(request, here)
    text = request.POST.get("text", "")
    try:
        banning.appeal(viewer=here.viewer, text=text, now=here.now)
    except FormError as error:
        sentence = explain_field_error(error.errors[0])
        return _show(request, here, text=_shown(text), error=sentence, status=422)
    except BanRefused as refused:
        # Sent twice, or from a second tab: the page says how it stands.
        status = 200 if refused.code == "appeal_open" else 409
        return _show(request, here, text=_shown(text), status=status)
    if here.entry.by_cookie:
        path = reverse("web:appeal", args=[here.marketplace.slug])
        return HttpResponseRedirect(path, status=303)
    return _show(request, here)


def _shown(text: str) -> str:
    return str(forms.draft_answers({"text": text})["text"])


def _show(
    request: HttpRequest, here: Inside, *, text: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    standing = bans.standing(viewer=here.viewer, now=here.now)
    context: dict[str, Any] = {
        **here.entry.proof,
        "standing": standing,
        "rule": _rule(here, standing.ban) if standing else None,
        "closed": _closed(standing),
        "text": text,
        "error": error,
        "longest": banning.LONGEST_APPEAL,
    }
    return pages.page(
        request,
        "web/appeal.html",
        context,
        marketplace=here.marketplace,
        now=here.now,
        viewer=here.viewer,
        status=status,
    )


def _rule(here: Inside, ban: Ban) -> dict[str, str] | None:
    if ban.guidelines_number is None:
        return None
    version = queries.guidelines_version(marketplace=here.marketplace, number=ban.guidelines_number)
    rule = queries.rule(version=version, key=ban.rule)
    page = reverse("web:guidelines_version", args=[here.marketplace.slug, version.number])
    return {
        "code": rule.code,
        "title": in_language(rule.title),
        "url": f"{page}#{rule.key}",
    }


def _closed(standing: Standing | None) -> str:
    """Why there is no form, where there is none."""
    if standing and standing.problem == "window_closed":
        return _("The time to appeal is over.")
    return ""
