"""The page behind a link in a mail that asks: its button signs in, once, and leads to the form.

Looking at it changes nothing: mail scanners follow links.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.asking import signing_in
from arvio.asking.errors import TooManyLinks
from arvio.asking.models import SignInLink
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.models import Marketplace
from arvio.people import limits, tokens
from arvio.policy.names import display_name
from arvio.web import cookies, frames, pages, shown
from arvio.web.views.arriving import asked_url
from arvio.web.views.following import private


# The token is the proof. The page sends no referrer, so browsers name no origin with its form,
# which Django's own check would refuse; they do say whether the form was ours.
@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, marketplace: str, token: str) -> HttpResponse:
    found = catalog.marketplace(slug=marketplace)
    try:
        link = signing_in.link_of(marketplace=found, token=token)
    except NotFound:
        return _lost(request, found)
    pages.settle(request, found, locale=link.user.locale)
    policy = catalog.policy_in_force(marketplace=found, now=clock.now()).policy
    if policy.eligibility.surface == "in_product":
        return HttpResponseRedirect(asked_url(link.app, update=link.review is not None))
    if request.method != "POST":
        if _is_inside(request, link):
            return HttpResponseRedirect(_target(request, link))
        return _show(request, link)
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDenied("from another site")
    if request.POST.get("do") == "again":
        return _again(request, link)
    if not signing_in.use_link(link=link, at=clock.real()):
        try:
            link.refresh_from_db(fields=["used_at"])
        except SignInLink.DoesNotExist:  # an erasure took it in the meantime
            return _lost(request, found)
        return _show(request, link, status=409)
    return _enter(request, link)


def _enter(request: HttpRequest, link: SignInLink) -> HttpResponse:
    """As the marketplace's own page does it, on the web: with a viewer token, in its cookie."""
    marketplace, user = link.app.marketplace, link.user
    viewer_token, _end = tokens.issue(
        secret=marketplace.jwt_secret,
        claims={
            "iss": marketplace.slug,
            "sub": user.ref,
            "account": user.account.ref,
            "surface": "web",
            "name": user.name,
            "email": user.email,
            "locale": user.locale or None,
        },
    )
    response = HttpResponseRedirect(_target(request, link), status=303)
    cookies.remember(
        response,
        frames.COOKIE,
        viewer_token,
        seconds=frames.COOKIE_SECONDS,
        path=f"/{marketplace.slug}/in/",
    )
    return response


def _is_inside(request: HttpRequest, link: SignInLink) -> bool:
    try:
        claims = frames.entry(request, link.app.marketplace).claims
    except frames.NotEntered:
        return False
    return (claims.account, claims.user) == (link.user.account.ref, link.user.ref)


def _target(request: HttpRequest, link: SignInLink) -> str:
    slug = link.app.marketplace.slug
    if change := signing_in.leads_to(link=link, now=clock.now()):
        review, how = change
        return reverse(f"web:{how}", args=[slug, review])
    page = reverse("web:product", args=[slug, link.app.ref])
    stars = shown.chosen_stars(request)
    return f"{page}?{urlencode({'stars': stars})}" if stars else page


def _again(request: HttpRequest, link: SignInLink) -> HttpResponse:
    try:
        signing_in.send_again(
            link=link,
            address=limits.address_of(request=request),
            at=clock.real(),
            now=clock.now(),
        )
    except NotFound:
        return _lost(request, link.app.marketplace)
    except TooManyLinks as refused:
        response = _show(request, link, refused=True, status=refused.status)
        response.headers["Retry-After"] = str(refused.seconds)
        return response
    return _show(request, link, sent=True)


def _show(
    request: HttpRequest,
    link: SignInLink,
    *,
    sent: bool = False,
    refused: bool = False,
    status: int = 200,
) -> HttpResponse:
    app = link.app
    values = {"app": app.name}
    heading = _("Update your review of %(app)s") if link.review else _("Review %(app)s")
    context: dict[str, Any] = {
        "heading": heading % values,
        "app": shown.app_head(app),
        "name": display_name(style="first_l", full_name=link.user.name),
        "open": signing_in.is_open(link=link, at=clock.real()),
        "used": link.used_at is not None,
        "stars": shown.chosen_stars(request),
        "sent": sent,
        "refused": refused,
    }
    return pages.page(
        request,
        "web/asked.html",
        context,
        marketplace=app.marketplace,
        now=clock.now(),
        section="apps",
        status=status,
    )


def _lost(request: HttpRequest, marketplace: Marketplace) -> HttpResponse:
    pages.settle(request, marketplace)
    context = {
        "drawing": "lost",
        "heading": _("There is nothing behind this link"),
        "text": _(
            "It may be cut off, or so old that it is forgotten. You can still open the app in your "
            "account and review it there."
        ),
    }
    return pages.page(
        request, "web/error.html", context, marketplace=marketplace, now=clock.now(), status=404
    )
