"""oEmbed: what another site shows for the address of a card or of a review (https://oembed.com)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import StringIO
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.ratings.queries import RatedApp
from arvio.reviews import queries as reviews
from arvio.reviews.errors import Gone, NotYours
from arvio.reviews.queries import PublicReview
from arvio.web import language, open_documents
from arvio.web.badge_drawing import STYLES, Badge, Style
from arvio.web.templatetags.look import star_words
from arvio.web.views import badge
from arvio.web.xml_words import writable

FORMATS = {"json": "application/json", "xml": "text/xml; charset=utf-8"}
LARGEST = 100_000
Answer: TypeAlias = dict[str, str | int]


@dataclass(frozen=True)
class Place:
    """How much room there is, in pixels."""

    width: int
    height: int

    def scale(self, drawn: Badge) -> float:
        return min(1.0, self.width / drawn.width, self.height / drawn.height)


class Refused(Exception):
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    try:
        form = request.GET.get("format", "json")
        if form not in FORMATS:
            raise Refused(501, f"There is no format {form!r}. format is json or xml.")
        place = Place(_pixels(request, "maxwidth"), _pixels(request, "maxheight"))
        found = _answer(request, place)
    except Refused as refused:
        return _refuse(refused)
    body = _as_xml(found) if form == "xml" else json.dumps(found, ensure_ascii=False)
    return open_documents.answer(request, body=body.encode(), content_type=FORMATS[form])


def links(url: str, title: str) -> list[dict[str, str]]:
    """What a page's head says, so that other sites find this answer for it."""
    endpoint = settings.BASE_URL + reverse("web:oembed")
    return [
        {
            "type": f"{kind}+oembed",
            "url": f"{endpoint}?{urlencode({'url': url, 'format': form})}",
            "title": title,
        }
        for form, kind in (("json", "application/json"), ("xml", "text/xml"))
    ]


def _answer(request: HttpRequest, place: Place) -> Answer:
    url = request.GET.get("url", "")
    if not url:
        raise Refused(400, "Give the address of a card or of a review as url.")
    match = _page(request, url)
    try:
        found, review = _target(match)
    except (NotFound, NotYours, Gone):
        raise Refused(404, "Nothing public is at this address.") from None
    _speak(request, url, found)
    address = f"{settings.BASE_URL}{reverse(str(match.view_name), kwargs=match.kwargs)}"
    return _rich(found, review, place, address)


def _target(match: ResolverMatch) -> tuple[RatedApp, PublicReview | None]:
    slug, review = match.kwargs["marketplace"], None
    ref = match.kwargs.get("app")
    if ref is None:
        pk = match.kwargs["review"]
        review, app = reviews.public_review(review_id=pk, now=clock.now(), marketplace=slug)
        ref = app.ref
    return badge.rated(marketplace=slug, app=ref), review


def _rich(found: RatedApp, review: PublicReview | None, place: Place, address: str) -> Answer:
    """Of a review no words: what others keep of it would outlive it here."""
    style, drawn = _fitting(found, place)
    scale, app, spoken = place.scale(drawn), found.app, language.current()
    width, height = (max(1, int(size * scale)) for size in (drawn.width, drawn.height))
    picture = settings.BASE_URL + badge.path(app, style=style, lang=spoken)
    html = format_html(
        '<a href="{}"><img src="{}" width="{}" height="{}" alt="{}"></a>',
        f"{address}?{urlencode({'lang': spoken})}",
        picture,
        width,
        height,
        drawn.title,
    )
    return {
        "type": "rich",
        "version": "1.0",
        "title": _title(review, app.name) if review else drawn.title,
        "author_name": review.display_name if review else app.partner.name,
        "provider_name": app.marketplace.name,
        "provider_url": settings.BASE_URL + reverse("web:storefront", args=[app.marketplace.slug]),
        "cache_age": badge.SECONDS,
        "html": html,
        "width": width,
        "height": height,
    }


def _title(review: PublicReview, app: str) -> str:
    names = {"app": app, "author": review.display_name}
    return f"{_('Review of %(app)s by %(author)s') % names} · {star_words(review.stars)}"


def _fitting(found: RatedApp, place: Place) -> tuple[Style, Badge]:
    """The card where it fits, else the line, else whichever is made smaller by less."""
    drawn = [(style, badge.draw(found, style=style)) for style in reversed(STYLES)]
    return max(drawn, key=lambda one: place.scale(one[1]))


def _page(request: HttpRequest, url: str) -> ResolverMatch:
    try:
        parts = urlsplit(url)
        own = {urlsplit(settings.BASE_URL).netloc, request.get_host()}
        if parts.scheme not in ("http", "https") or parts.netloc not in own:
            raise Refused(404, "This address isn’t one of ours.")
        match = resolve(unquote(parts.path, errors="strict"))
    except (ValueError, Http404):
        raise Refused(404, "There is no such page.") from None
    if match.namespace in ("partner", "desk") or "/in/" in match.route:
        raise Refused(401, "This page is for people who are signed in.")
    if match.view_name not in ("web:app", "web:review"):
        raise Refused(404, "Only cards of apps and single reviews can be embedded.")
    return match


def _speak(request: HttpRequest, url: str, found: RatedApp) -> None:
    """The language that the address asks for, else the asking program's."""
    language.settle(request, offered=found.app.marketplace.languages, cookie=False)
    asked = parse_qs(urlsplit(url).query, errors="replace").get("lang", [""])[0]
    if asked in found.app.marketplace.languages:
        language.settle(request, offered=[asked], cookie=False)


def _pixels(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name)
    if text is None:
        return LARGEST
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) < 1:
        raise Refused(400, f"{name} is a whole number of pixels from 1 on.")
    return int(text)


def _as_xml(found: Answer) -> str:
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8")
    xml.startDocument()
    xml.startElement("oembed", AttributesImpl({}))
    for name, value in found.items():
        xml.addQuickElement(name, writable(str(value)))
    xml.endElement("oembed")
    xml.endDocument()
    return out.getvalue()


def _refuse(refused: Refused) -> HttpResponse:
    """For programmers, so in English."""
    response = HttpResponse(
        f"{refused.sentence}\n", status=refused.status, content_type="text/plain; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = "en"
    return open_documents.open_to_all(response)
