"""`/metrics`: the figures of this server and of the database, for Prometheus."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arvio.watching import access, figures


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 while there is no token: then nobody is to know. 401 without it."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not access.may_read(request.headers.get("Authorization", "")):
        response = HttpResponse("METRICS_TOKEN goes here.\n", "text/plain; charset=utf-8", 401)
        response.headers["WWW-Authenticate"] = 'Bearer realm="arvio figures"'
    else:
        response = HttpResponse(figures.of_server(), content_type=figures.CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
