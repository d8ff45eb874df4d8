"""Who is inside the product: proves the viewer token before a view runs, and what happens when
there is none to prove.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App, Marketplace
from arvio.catalog.queries import Viewer
from arvio.catalog.viewers import enter
from arvio.people.tokens import Claims
from arvio.ratings import queries as ratings
from arvio.reviews import actions
from arvio.web import came_by, forms, frames, pages
from arvio.web.views import arriving


@dataclass(frozen=True)
class Inside:
    """A request inside the product: marketplace, proved token, and the viewer it speaks of."""

    marketplace: Marketplace
    entry: frames.Entry
    viewer: Viewer
    now: datetime


View = Callable[..., HttpResponse]


def inside(view: View) -> View:
    """`view(request, here, …)` for who is inside; others are told to open the app again, their
    words kept (R31).
    """

    @wraps(view)
    def wrapped(request: HttpRequest, marketplace: str, **names: Any) -> HttpResponse:
        now = clock.now()
        found = catalog.marketplace(slug=marketplace)
        try:
            entered = frames.entry(request, found)
        except frames.NotEntered as refusal:
            pages.settle(request, found)
            response = reopen(request, found, refusal, names.get("app"), now)
            return frames.allow_frames(response, found)
        here = Inside(found, entered, enter(marketplace=found, claims=entered.claims, now=now), now)
        pages.settle(request, found, here.viewer)
        response = frames.remember(view(request, here, **names), found, entered)
        came_by.keep_via(request, response, found)
        response.headers["Cache-Control"] = "private, no-store"
        return frames.allow_frames(response, found)

    return wrapped


def reopen(
    request: HttpRequest,
    marketplace: Marketplace,
    refusal: frames.NotEntered,
    app: str | None,
    now: datetime,
) -> HttpResponse:
    named = _app(marketplace, app)
    code = came_by.via(request)
    if named and request.method != "POST" and (code or arriving.asked(request)):
        return arriving.arrival(request, marketplace, named, code)
    written: list[dict[str, str]] = []
    kept = False
    if app and request.method == "POST":
        written, kept = _keep(request, marketplace, refusal.expired, app, now)
    context = {
        "heading": _("Open the app again")
        if refusal.expired
        else _("Open this page from the product"),
        "text": _reopen_text(refusal, kept),
        "written": written,
        "listing_url": named.listing_url if named else "",
        "public_url": reverse("web:app", args=[marketplace.slug, named.ref])
        if named
        else pages.home_url(marketplace, None),
    }
    return pages.page(
        request, "web/reopen.html", context, marketplace=marketplace, now=now, status=403
    )


def _app(marketplace: Marketplace, ref: str | None) -> App | None:
    try:
        return catalog.app(marketplace=marketplace, ref=ref) if ref else None
    except NotFound:
        return None


def _reopen_text(refusal: frames.NotEntered, kept: bool) -> str:
    if kept:
        return _(
            "You were away for long, so we no longer know that it is you. Your text is saved as a "
            "draft: open the app in the product again and send it."
        )
    if refusal.expired:
        return _(
            "You were away for long, so we no longer know that it is you. Open the app in the "
            "product again."
        )
    return _(
        "Reviews are written inside the product. Open the app there, and this page knows who you "
        "are."
    )


def _keep(
    request: HttpRequest, marketplace: Marketplace, expired: Claims | None, app: str, now: datetime
) -> tuple[list[dict[str, str]], bool]:
    """The words of a form that came too late: shown back, and saved as a draft if the token once
    was genuine.
    """
    try:
        found = ratings.rating(marketplace=marketplace.slug, app=app, now=now)
    except NotFound:
        return [], False
    form = found.policy_version.policy.form
    answers = forms.draft_answers(forms.read_answers(form, request.POST))
    written = forms.written_words(form, answers)
    if expired is None or not written:
        return written, False
    viewer = enter(marketplace=marketplace, claims=expired, now=now)
    step = forms.furthest_step(form, answers)
    return written, actions.save_draft(
        viewer=viewer, app=found.app, answers=answers, step=step, now=now
    ) is not None
