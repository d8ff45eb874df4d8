"""Inside the product: who looks is said by a viewer token that the marketplace's page posts into
its frame.

The token is kept in a cookie of its own, apart from the session of persons. Because Django's CSRF
cookie never arrives
in a frame, forms carry a guard bound to the viewer cookie instead, or the token itself where
cookies don't work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from arvio import clock
from arvio.catalog.models import Marketplace
from arvio.people import tokens
from arvio.web import cookies

COOKIE = "viewer"
# Longer than any token lives: an expired token still says whose draft to save (R31), and no more.
COOKIE_SECONDS = 24 * 3600
R = TypeVar("R", bound=HttpResponse)


class NotEntered(Exception):
    """No token that can be believed came with the request. `expired` tells one that was genuine."""

    def __init__(self, detail: str, *, expired: tokens.Claims | None = None) -> None:
        super().__init__(detail)
        self.expired = expired


@dataclass(frozen=True)
class Entry:
    """A proved token. `by_cookie` says that the browser keeps our cookie, so forms need no token in
    them.
    """

    token: str
    claims: tokens.Claims
    by_cookie: bool

    @property
    def proof(self) -> dict[str, str]:
        """What a form must carry: a guard where the cookie works, else the token."""
        return {"guard": guard(self.token)} if self.by_cookie else {"hidden_token": self.token}


def entry(request: HttpRequest, marketplace: Marketplace) -> Entry:
    """The proved token of this request: of its form if it has one, else of the cookie. Raises
    NotEntered.
    """
    cookie = request.COOKIES.get(COOKIE, "")
    posted = request.POST.get("token", "") if request.method == "POST" else ""
    token = posted or cookie
    if not token:
        raise NotEntered("no viewer token")
    if (
        request.method == "POST"
        and not posted
        and not _is_guard(request.POST.get("guard", ""), token)
    ):
        raise NotEntered("the form wasn't made for this viewer")
    try:
        claims = tokens.read(
            token=token,
            secrets=marketplace.token_secrets(clock.now()),
            marketplace=marketplace.slug,
        )
    except tokens.TokenError as error:
        raise NotEntered(error.detail, expired=_expired(error, token, marketplace)) from None
    return Entry(token=token, claims=claims, by_cookie=constant_time_compare(cookie, token))


def _expired(
    error: tokens.TokenError, token: str, marketplace: Marketplace
) -> tokens.Claims | None:
    if not error.expired:
        return None
    try:
        return tokens.read(
            token=token,
            secrets=marketplace.token_secrets(clock.now()),
            marketplace=marketplace.slug,
            accept_expired=True,
        )
    except tokens.TokenError:
        return None


def guard(token: str, *, secret: str | None = None) -> str:
    return salted_hmac("arvio.web.guard", token, secret=secret).hexdigest()


def _is_guard(given: str, token: str) -> bool:
    """A form that was opened before `SECRET_KEY` changed is still this viewer's."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(given, guard(token, secret=one)) for one in secrets)


def remember(response: R, marketplace: Marketplace, entered: Entry) -> R:
    if not entered.by_cookie and COOKIE not in response.cookies:
        cookies.remember(
            response, COOKIE, entered.token, seconds=COOKIE_SECONDS, path=f"/{marketplace.slug}/in/"
        )
    return response


def leave(response: R, marketplace: Marketplace) -> R:
    """Forget who was inside: `remember` leaves it at that."""
    cookies.forget(response, COOKIE, path=f"/{marketplace.slug}/in/")
    return response


def allow_frames(response: R, marketplace: Marketplace) -> R:
    """Only hosts that the marketplace lists may frame the page; X-Frame-Options knows no lists."""
    response.xframe_options_exempt = True
    response._csp_replace = {  # type: ignore[attr-defined]
        "frame-ancestors": list(marketplace.frame_hosts) or ["'none'"]
    }
    return response
