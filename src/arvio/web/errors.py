"""Errors as pages: what isn't there, what is refused, what broke. The API words its own."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from arvio import clock
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.reviews.errors import NotYours, Refused
from arvio.web import pages


class ErrorPages:
    """The one place where the rooms' refusals become pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotFound | NotYours):
            return not_found(request, exception)
        if isinstance(exception, InvalidFact):
            return bad_request(request, exception)
        return refused(request, exception) if isinstance(exception, Refused) else None


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
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
    return _page(
        request,
        403,
        "lock",
        _("This isn’t open to you"),
        _("The page is there, but not for who you are now. Open it from where you are signed in."),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        400,
        "lost",
        _("This can’t be read"),
        _("The address is damaged, or what was sent is too large. Start from the storefront."),
    )


def broken(request: HttpRequest) -> HttpResponse:
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


def _page(request: HttpRequest, status: int, drawing: str, heading: str, text: str) -> HttpResponse:
    context = {"drawing": drawing, "heading": heading, "text": text}
    return pages.page(
        request, "web/error.html", context, marketplace=None, now=clock.now(), status=status
    )
