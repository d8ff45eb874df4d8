"""The accent that is a marketplace's own, as a style sheet: the eight others stand in arvio.css."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arvio.catalog import accents, queries
from arvio.web.language import by_address


@require_safe
def theme(request: HttpRequest, marketplace: str) -> HttpResponse:
    """Pages name the colour in the query, so a new one has a new address."""
    accent = queries.marketplace(slug=marketplace).accent
    if not accents.is_own(accent):
        raise Http404("the accent is one of those in arvio.css")
    light, dark = accents.pair(accent)
    mine = f'[data-accent="{accent}"]'
    sheet = (
        f"{mine} {{ --accent: {light}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ {mine} {{ --accent: {dark}; }} }}\n"
    )
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return by_address(response)
