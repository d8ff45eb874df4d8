"""Errors as pages: what isn't there, what is refused, what broke. The API words its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from arvio import clock, request_id
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.members import Member
from arvio.catalog.staff import Moderator
from arvio.moderation import wording
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.notify.webhooks.errors import NoSuchWebhook
from arvio.outage import Outage, note, outage
from arvio.reviews.errors import NotYours, Refused, RightMissing
from arvio.web import language, pages
from arvio.web.views.desk import access as desk
from arvio.web.views.operator import access as operator
from arvio.web.views.partner.access import render

LONGEST_KEPT = 20_000
# The fields of forms in which people write at length.
TYPED = ("text", "comment", "statement", "reason")


class ErrorPages:
    """The one place where the rooms' refusals become pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if said := outage(exception):
            return away(request, exception, said)
        if isinstance(exception, RightMissing):
            return refused(request, exception)
        if isinstance(exception, NotFound | NotYours | NoSuchCase | NoSuchWebhook):
            return not_found(request, exception)
        if isinstance(exception, Declined):
            return declined(request, exception)
        if isinstance(exception, InvalidFact):
            return bad_request(request, exception)
        return refused(request, exception) if isinstance(exception, Refused) else None


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if member := _member(request):
        return _partner_page(
            request,
            member,
            404,
            "lost",
            _("There is no such page"),
            _(
                "The address may be old or misspelt. A review may also have been removed, or "
                "belong to an app of another partner."
            ),
        )
    if manager := _operator(request):
        return _operator_page(
            request,
            manager,
            404,
            "lost",
            _("There is no such page"),
            _("The address may be old or misspelt, or belong to another marketplace."),
        )
    if moderator := _moderator(request):
        return _desk_page(
            request,
            moderator,
            404,
            "lost",
            _("There is no such page"),
            _("The address may be old or misspelt, or belong to another marketplace’s desk."),
        )
    return _page(
        request,
        404,
        "lost",
        _("There is no such page"),
        _(
            "The address may be old or misspelt, or what it led to isn’t public. Apps and their "
            "reviews are in the storefront."
        ),
    )


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    member = _member(request)
    if member and isinstance(exception, PermissionDenied | RightMissing):
        return _role_missing(request, member, exception)
    if (moderator := _moderator(request)) and isinstance(exception, PermissionDenied):
        return _desk_page(
            request,
            moderator,
            403,
            "lock",
            _("Only operators can open this"),
            _("You moderate %(marketplace)s. Its rules and keys belong to its operators.")
            % {"marketplace": moderator.marketplace.name},
        )
    return _page(
        request,
        403,
        "lock",
        _("This isn’t open to you"),
        _("The page is there, but not for who you are now. Open it from where you are signed in."),
    )


def declined(request: HttpRequest, exception: Declined) -> HttpResponse:
    """A rule of moderation says no, where the page itself had no place for it."""
    heading, text = _("Nothing was sent or changed"), wording.declined(exception)
    if member := _member(request):
        response = _partner_page(request, member, exception.status, "lock", heading, text)
    elif manager := _operator(request):
        response = _operator_page(request, manager, exception.status, "lock", heading, text)
    elif moderator := _moderator(request):
        response = _desk_page(request, moderator, exception.status, "lock", heading, text)
    else:
        response = _page(request, exception.status, "lock", heading, text)
    return retry_after(response, exception)


def retry_after(response: HttpResponse, exception: Declined) -> HttpResponse:
    if seconds := exception.values.get("seconds"):
        response.headers["Retry-After"] = str(seconds)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        400,
        "lost",
        _("This can’t be read"),
        _("The address is damaged, or what was sent is too large. Start from the storefront."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """Also what breaks around a page, such as a session that can't be read."""
    exception = sys.exc_info()[1]
    if isinstance(exception, Exception) and (said := outage(exception)):
        return away(request, exception, said)
    return _page(
        request,
        500,
        "break",
        _("Something broke on our side"),
        _(
            "It is written down and will be looked at. What you typed is still in your browser: "
            "go back and try again."
        ),
    )


def away(request: HttpRequest, exception: Exception, said: Outage) -> HttpResponse:
    """The database can't be used, so nothing here asks who looks or where: no session, no context
    processor, no marketplace. That also leaves open who may frame it, and it shows nothing to hide.
    """
    note(said, exception, request=request)
    language.settle(request, offered=list(language.NAMES))
    if request.method == "POST":
        text = _(
            "What you sent could perhaps not be saved. Keep your words: in a minute, look whether "
            "they arrived, and send them again if they didn’t."
        )
    else:
        text = _("Nothing can be read or saved right now. Load the page again in a minute.")
    context = _context(request, "break", _("Arvio can’t be used for a moment"), text) | {
        "languages": language.switch(request, offered=list(language.NAMES)),
        "LANGUAGE_CODE": language.current(),
    }
    response = HttpResponse(render_to_string("web/error.html", context), status=503)
    response.headers["Retry-After"] = str(said.seconds)
    add_never_cache_headers(response)
    if "/in/" in request.path:
        response.xframe_options_exempt = True
        response._csp_replace = {"frame-ancestors": ["*"]}  # type: ignore[attr-defined]
    # One line was written above; Django would write the whole way to it.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def signed_out(request: HttpRequest, *, back: str) -> HttpResponse:
    """Instead of the way to the login, when somebody has just sent words."""
    return _page(
        request,
        403,
        "lock",
        _("You are signed out"),
        _("Nothing was sent or saved, but your text is still here. Copy it, sign in and go on."),
        button={
            "url": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}",
            "label": _("Sign in"),
        },
    )


def not_trusted(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: CSRF_FAILURE_VIEW."""
    return _page(
        request,
        403,
        "lock",
        _("Send it once more"),
        _(
            "The page was open for long, or you signed in again meanwhile, or your browser keeps "
            "no cookies. Nothing was sent or saved. Open the page anew and send it from there."
        ),
    )


def typed(request: HttpRequest) -> str:
    """The words that somebody sent, to be shown back where they can go no further."""
    if request.method != "POST":
        return ""
    try:
        words = (request.POST.get(name, "") for name in TYPED)
        return next(filter(None, words), "")[:LONGEST_KEPT]
    except (SuspiciousOperation, UnreadablePostError):
        return ""


def _role_missing(request: HttpRequest, member: Member, exception: Exception) -> HttpResponse:
    names = {"partner": member.partner.name}
    if exception.args[:1] == ("manage",):
        heading = _("Only owners can open this")
        text = (
            _("You are a member of %(partner)s, but not an owner. Ask an owner to do it.") % names
        )
    else:
        heading = _("Your role here is reader")
        text = (
            _("It reads everything and changes nothing. Ask an owner of %(partner)s for more.")
            % names
        )
    return _partner_page(request, member, 403, "lock", heading, text)


def _partner_page(
    request: HttpRequest, member: Member, status: int, drawing: str, heading: str, text: str
) -> HttpResponse:
    context = _context(request, drawing, heading, text) | {
        "button": {"url": reverse("partner:inbox"), "label": _("All reviews")}
    }
    response = render(request, member, "web/error.html", context, section="", status=status)
    add_never_cache_headers(response)
    return response


def _desk_page(
    request: HttpRequest, moderator: Moderator, status: int, drawing: str, heading: str, text: str
) -> HttpResponse:
    context = _context(request, drawing, heading, text) | {
        "button": {"url": reverse("desk:cases"), "label": _("All cases")}
    }
    response = desk.render(request, moderator, "web/error.html", context, section="", status=status)
    add_never_cache_headers(response)
    return response


def _operator_page(
    request: HttpRequest, found: Moderator, status: int, drawing: str, heading: str, text: str
) -> HttpResponse:
    context = _context(request, drawing, heading, text) | {
        "button": {"url": reverse("operator:home"), "label": _("Overview")}
    }
    response = operator.render(request, found, "web/error.html", context, section="", status=status)
    add_never_cache_headers(response)
    return response


def _operator(request: HttpRequest) -> Moderator | None:
    """Set by the operator's door."""
    return getattr(request, "operator", None)


def _moderator(request: HttpRequest) -> Moderator | None:
    """Set by the desk's door, and by the operator's."""
    return getattr(request, "moderator", None)


def _member(request: HttpRequest) -> Member | None:
    """Set by the partner's door."""
    return getattr(request, "member", None)


def _context(request: HttpRequest, drawing: str, heading: str, text: str) -> dict[str, Any]:
    return {"drawing": drawing, "heading": heading, "text": text, "typed": typed(request)}


def _page(
    request: HttpRequest,
    status: int,
    drawing: str,
    heading: str,
    text: str,
    *,
    button: dict[str, str] | None = None,
) -> HttpResponse:
    context = _context(request, drawing, heading, text) | {"button": button}
    if status >= 500:
        # Whoever asks for help can quote it, and the log has it beside what broke.
        context["request_id"] = request_id.current()
    return pages.page(
        request, "web/error.html", context, marketplace=None, now=clock.now(), status=status
    )
