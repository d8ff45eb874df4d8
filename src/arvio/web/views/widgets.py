"""The script for other people's pages under its versions, and the page that shows what it can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace
from arvio.ratings.queries import RatedApp
from arvio.ratings.storefront import storefront
from arvio.web import pages, script

LOOKED_THROUGH = 100


@require_safe
@gzip_page
def versioned(request: HttpRequest, version: str) -> HttpResponse:
    """The same bytes for ever, for a page on any origin: a module is loaded by CORS."""
    words = script.bytes_of(version)
    if words is None:
        raise Http404
    response = HttpResponse(words, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def widgets(request: HttpRequest) -> HttpResponse:
    """Shown with the apps of the marketplace asked for, else of the first."""
    now = clock.now()
    marketplaces = [one for one, _version in catalog.marketplaces_with_policy(now=now)]
    asked = request.GET.get("marketplace", "")
    chosen = next((one for one in marketplaces if one.slug == asked), None)
    if chosen:
        pages.settle(request, chosen)
    shown = chosen or next(iter(marketplaces), None)
    apps: Sequence[RatedApp] = []
    if shown:
        apps = storefront(slug=shown.slug, now=now, limit=LOOKED_THROUGH).items
    published = script.published()
    context = {
        "published": published,
        "script_url": reverse("web:script", args=[published.version]),
        "types_url": static("widgets/arvio.d.ts"),
        "size": script.compressed_size(),
        "shown": shown,
        "tabs": _tabs(marketplaces, shown) if len(marketplaces) > 1 else [],
        "examples": _examples(apps),
        "app": _best_known(apps),
        "attributes": _attributes(),
        "variables": _variables(),
        "directives": _directives(),
        "origin": settings.BASE_URL,
    }
    return pages.page(
        request, "web/widgets.html", context, marketplace=chosen, now=now, section="widgets"
    )


def _tabs(marketplaces: Sequence[Marketplace], shown: Marketplace | None) -> list[dict[str, Any]]:
    here = reverse("web:widgets")
    return [
        {"name": one.name, "url": f"{here}?marketplace={one.slug}", "current": one == shown}
        for one in marketplaces
    ]


def _best_known(apps: Sequence[RatedApp]) -> RatedApp | None:
    return next((one for one in apps if one.rating.mean is not None), next(iter(apps), None))


def _examples(apps: Sequence[RatedApp]) -> list[RatedApp]:
    """One app whose rating shows, one below the threshold, one without reviews: those there are."""
    states = (
        [one for one in apps if one.rating.mean is not None],
        [one for one in apps if one.rating.mean is None and one.rating.count],
        [one for one in apps if not one.rating.count],
    )
    return [state[0] for state in states if state]


def _attributes() -> list[tuple[str, str]]:
    return [
        ("marketplace", _("The marketplace’s short name, as in its address.")),
        ("app", _("The app’s reference in the marketplace.")),
        ("language", _("en, ru or fi. Without it the page’s own language counts.")),
        ("scheme", _("light or dark. Without it the page’s own color-scheme counts.")),
        ("label", _("Words behind the figures, such as the marketplace’s name.")),
        ("kind", _("card: the badge is taller and its number large.")),
        ("limit", _("How many reviews are shown, 1 to 100. Without it five.")),
        ("base", _("Where Arvio is. Without it the place that the script came from.")),
    ]


def _variables() -> list[tuple[str, str, str]]:
    return [
        ("--arvio-accent", "#4f46c8 · #a5a1ff", _("Primary button, links and the focus ring")),
        ("--arvio-star", "#f7ab2e · #f5b544", _("Fill of a star")),
        ("--arvio-text", "#18181b · #eeeef1", _("Words; outside of badges they are the page’s")),
        ("--arvio-surface", "#ffffff · #17171b", _("Ground of badges and dialogs")),
        ("--arvio-line", "#cfcfd7 · #43434d", _("Borders and lines")),
        ("--arvio-font", "14px/20px system-ui, sans-serif", _("The whole font, with its size")),
        ("--arvio-width", "260px · 360px · 100%", _("Width of a rating, a badge, a list")),
        ("--arvio-height", "480px", _("Height of a list of reviews, which scrolls")),
    ]


def _directives() -> list[tuple[str, str]]:
    return [
        ("script-src", _("the script")),
        ("connect-src", _("ratings, reviews and the question whether to ask")),
        ("frame-src", _("the form in its dialog")),
        ("form-action", _("the token that opens the form")),
        ("img-src", _("a picture of how it’s done, if it lies here")),
        ("media-src", _("a clip of how it’s done, if it lies here")),
    ]
