"""Which language a page speaks: ?lang=, then the cookie, then the viewer's locale, then Accept-
Language, then the
marketplace's first. The switch links keep the rest of the query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from arvio.people import actions as people
from arvio.people.models import Person
from arvio.web import cookies

COOKIE = "language"
VARY = ("Accept-Language", "Cookie")
NAMES: dict[str, str] = dict(settings.LANGUAGES)


class LanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        settle(request, offered=list(NAMES))
        try:
            response = self.get_response(request)
            said = current()
        finally:
            translation.deactivate()
            timezone.deactivate()
        if "immutable" in response.headers.get("Cache-Control", ""):
            return response  # the same bytes for everybody
        response.headers.setdefault("Content-Language", said)
        by_address = getattr(response, "_by_address", False)
        shared = by_address or request.path.startswith("/api/")
        patch_vary_headers(response, ("Accept-Language",) if shared else VARY)
        asked = "" if by_address else request.GET.get("lang", "")
        if asked in NAMES and request.COOKIES.get(COOKIE) != asked:
            cookies.remember(response, COOKIE, asked, seconds=365 * 24 * 3600)
        if asked in NAMES and not shared and settings.SESSION_COOKIE_NAME in request.COOKIES:
            _remember(request, asked)
        return response


def by_address(response: HttpResponse) -> HttpResponse:
    """Say that the answer depends on no cookie and sets none: its `lang` is for this answer alone,
    since it stands in other people's pages.
    """
    response._by_address = True  # type: ignore[attr-defined]  # as Django marks its exemptions
    return response


def settle(
    request: HttpRequest, *, offered: Sequence[str], locale: str = "", cookie: bool = True
) -> str:
    """Activate the language of this answer among those offered; the first of them when nothing else
    is known.
    """
    wanted = (
        request.GET.get("lang", ""),
        request.COOKIES.get(COOKIE, "") if cookie else "",
        locale,
        *_accepted(request),
    )
    language = next(
        (code for code in map(_short, wanted) if code in offered and code in NAMES), offered[0]
    )
    translation.activate(language)
    request.LANGUAGE_CODE = language  # where Django's own middleware puts it
    return language


def switch(request: HttpRequest, *, offered: Sequence[str]) -> list[dict[str, object]]:
    """The links of the language switch. An answer to a POST has no address of its own to come back
    to, so its links
    go to the same path by GET."""
    links = []
    for code in (known for known in NAMES if known in offered):
        query = request.GET.copy()
        query["lang"] = code
        links.append(
            {
                "code": code,
                "name": NAMES[code],
                "url": f"?{query.urlencode()}",
                "current": code == current(),
            }
        )
    return links


def _remember(request: HttpRequest, language: str) -> None:
    """The switch also says in which language a person's mails are written."""
    person = getattr(request, "user", None)
    if isinstance(person, Person):
        people.speak(person=person, language=language)


def current() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _short(code: str) -> str:
    return code.replace("_", "-").split("-")[0].lower()


def _accepted(request: HttpRequest) -> list[str]:
    header = request.headers.get("Accept-Language", "")[:500]
    return [code for code, _ in parse_accept_lang_header(header)]
