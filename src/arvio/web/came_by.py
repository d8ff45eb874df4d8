"""Which review links a browser came by: kept for a week, so that its review counts for the link.

A browser keeps what we gave it at the top apart from what we gave it in the marketplace's frame
(DESIGN section 7). So the code also stands in addresses, as `via`: the listing gets it, and a
marketplace that passes it on to the frame's address loses no count.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from arvio.asking import rules
from arvio.asking.models import ReviewLink
from arvio.catalog.models import Marketplace
from arvio.web import cookies

COOKIE = "came_by"
SECONDS = 7 * 24 * 3600
MOST = 8
# A code and the day on which its arrival was counted last; no day where it came by address alone.
KEPT = re.compile(rf"({rules.CODE.pattern})-(\d{{8}}|0)")


def link_url(link: ReviewLink, marketplace: Marketplace) -> str:
    """The address to give away."""
    return settings.BASE_URL + reverse("web:go", args=[marketplace.slug, link.code])


def via(request: HttpRequest) -> str:
    """The code in the address, or nothing."""
    code = request.GET.get("via", "")
    return code if rules.CODE.fullmatch(code) else ""


def with_via(url: str, code: str) -> str:
    """The address with the code added."""
    if not url or not code:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({"via": code}))))
    return urlunsplit(parts._replace(query=query))


def codes(request: HttpRequest) -> list[str]:
    """The links that this browser came by, newest first."""
    found = [via(request), *_kept(request)]
    return list(dict.fromkeys(filter(None, found)))


def counts(request: HttpRequest, link: ReviewLink, now: datetime) -> bool:
    """Whether this visit is an arrival: a person's, and the browser's first by this link today."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return (
        request.method == "GET"
        and rules.is_a_person(
            user_agent=request.headers.get("User-Agent", ""), purpose=purpose.lower()
        )
        and _kept(request).get(link.code) != _day(now)
    )


def remember(
    request: HttpRequest, response: HttpResponse, marketplace: Marketplace, code: str, now: datetime
) -> None:
    """This browser arrived by the link now."""
    _remember(request, response, marketplace, code, _day(now))


def keep_via(request: HttpRequest, response: HttpResponse, marketplace: Marketplace) -> None:
    """A code that came in the address stays with this browser, here in the frame."""
    code = via(request)
    if code and code not in _kept(request):
        _remember(request, response, marketplace, code, "0")


def _remember(
    request: HttpRequest, response: HttpResponse, marketplace: Marketplace, code: str, day: str
) -> None:
    kept = {code: day} | {one: on for one, on in _kept(request).items() if one != code}
    value = "_".join(f"{one}-{on}" for one, on in list(kept.items())[:MOST])
    path = f"/{marketplace.slug}/in/"
    cookies.remember(response, COOKIE, value, seconds=SECONDS, path=path)


def _kept(request: HttpRequest) -> dict[str, str]:
    parts = request.COOKIES.get(COOKIE, "")[:500].split("_")
    return dict(found.groups() for part in parts if (found := KEPT.fullmatch(part)))  # type: ignore[misc]  # two groups


def _day(now: datetime) -> str:
    return f"{now:%Y%m%d}"
