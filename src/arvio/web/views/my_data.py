"""What is held about a customer: to see, to take along, to have erased (R75)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import User
from arvio.catalog.words import duration_words
from arvio.connect.erasing import erase_everywhere
from arvio.connect.personal_data import personal_data
from arvio.reviews.one_moment import one_moment
from arvio.web import frames, pages
from arvio.web.views.entering import Inside, inside

SURE = "yes"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@inside
def my_data(request: HttpRequest, here: Inside) -> HttpResponse:
    policy = catalog.policy_in_force(marketplace=here.marketplace, now=here.now).policy
    context = {
        "user": here.viewer.user,
        "removed_kept": duration_words(policy.retention.removed, "within"),
    }
    return _page(request, here, "web/my_data.html", context)


@csrf_exempt
@require_POST
@inside
def download(request: HttpRequest, here: Inside) -> HttpResponse:
    """A POST, since a frame may keep no cookie: the token is in the form."""
    with one_moment():
        document = personal_data(user=_user(here), now=here.now)
    name = f"arvio-{here.marketplace.slug}-my-data-{here.now:%Y-%m-%d}.json"
    return HttpResponse(
        json.dumps(document, ensure_ascii=False, indent=2) + "\n",
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@inside
def erase(request: HttpRequest, here: Inside) -> HttpResponse:
    """GET asks, POST erases, and only with the box ticked."""
    user = _user(here)
    if request.POST.get("do") != "erase":
        return _ask(request, here)
    if request.POST.get("sure") != SURE:
        error = _("Tick the box if you want everything erased.")
        return _ask(request, here, error=error, status=422)
    erase_everywhere(user=user, actor=here.viewer.actor, now=here.now)
    # Shown at once and to nobody: the next page view with the token would make them known again.
    response = pages.page(
        request,
        "web/my_data_erased.html",
        {"stars_stay": _stars_stay(here)},
        marketplace=here.marketplace,
        now=here.now,
    )
    return frames.leave(response, here.marketplace)


def _ask(request: HttpRequest, here: Inside, *, error: str = "", status: int = 200) -> HttpResponse:
    sure = {
        "id": "sure",
        "name": "sure",
        "key": SURE,
        "label": _("I understand that this can’t be undone."),
        "error": error,
        "required": True,
    }
    context = {"stars_stay": _stars_stay(here), "field": sure}
    return _page(request, here, "web/my_data_erase.html", context, status=status)


def _stars_stay(here: Inside) -> bool:
    policy = catalog.policy_in_force(marketplace=here.marketplace, now=here.now).policy
    return policy.retention.erasure == "keep_stars"


def _user(here: Inside) -> User:
    if here.viewer.user is None:
        raise NotFound("user", "We hold nothing about you.")
    return here.viewer.user


def _page(
    request: HttpRequest, here: Inside, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    mine_url = reverse("web:mine", args=[here.marketplace.slug])
    return pages.page(
        request,
        template,
        {**context, **here.entry.proof, "mine_url": mine_url},
        marketplace=here.marketplace,
        now=here.now,
        viewer=here.viewer,
        section="mine",
        status=status,
    )
