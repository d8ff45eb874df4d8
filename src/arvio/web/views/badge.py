"""An app's badge as a file: `/{m}/apps/{app}/badge.svg`."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog.errors import NotFound
from arvio.catalog.models import App
from arvio.ratings import queries as ratings
from arvio.ratings.queries import RatedApp
from arvio.reviews import queries as reviews
from arvio.web import badge_drawing, language, open_documents
from arvio.web.badge_drawing import SCHEMES, STYLES, Badge, Scheme, Style

CONTENT_TYPE = "image/svg+xml; charset=utf-8"
# It stands on busy pages and holds no words of anybody's, only figures.
SECONDS = 300
CHOICES = {"style": STYLES, "scheme": SCHEMES, "lang": tuple(language.NAMES)}


@require_safe
def badge(request: HttpRequest, marketplace: str, app: str) -> HttpResponse:
    found = rated(marketplace=marketplace, app=app)
    language.settle(request, offered=found.app.marketplace.languages, cookie=False)
    if wrong := _wrong(request):
        return _refused(wrong)
    if asked := request.GET.get("lang"):
        language.settle(request, offered=[asked], cookie=False)
    drawn = draw(
        found,
        style=cast(Style, request.GET.get("style", "line")),
        scheme=cast(Scheme, request.GET.get("scheme", "")),
    )
    return open_documents.answer(
        request,
        body=drawn.svg.encode(),
        content_type=CONTENT_TYPE,
        cache=f"public, max-age={SECONDS}",
        policy=drawn.policy,
    )


def rated(*, marketplace: str, app: str) -> RatedApp:
    """An app that can have a badge. Raises NotFound, for a retired one too."""
    found = ratings.rating(marketplace=marketplace, app=app, now=clock.now())
    if found.app.retired:
        raise NotFound("app", "This app is retired.")
    return found


def draw(found: RatedApp, *, style: Style, scheme: Scheme = "") -> Badge:
    """At most one statement."""
    shows = style == "card" and found.rating.mean is not None
    verified = shows and reviews.all_verified(app=found.app)
    return badge_drawing.draw(found, style=style, scheme=scheme, verified=verified)


def path(app: App, **choices: str) -> str:
    """The path of the picture; a choice that is empty is left out."""
    chosen = {key: value for key, value in choices.items() if value}
    file = reverse("web:badge", args=[app.marketplace.slug, app.ref])
    return f"{file}?{urlencode(chosen)}" if chosen else file


def _wrong(request: HttpRequest) -> str:
    """What can't be meant, in a sentence. Whatever else an address carries does no harm."""
    for name, choices in CHOICES.items():
        values: list[Any] = request.GET.getlist(name)
        if len(values) > 1 or (values and values[0] not in choices):
            return _("“%(name)s” takes one of these: %(choices)s.") % {
                "name": name,
                "choices": ", ".join(choices),
            }
    return ""


def _refused(sentence: str) -> HttpResponse:
    drawn = badge_drawing.refuse(sentence)
    response = HttpResponse(drawn.svg, status=400, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = drawn.policy
    return open_documents.open_to_all(response)
