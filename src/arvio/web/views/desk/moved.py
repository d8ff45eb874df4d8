"""What operators had on the desk before they had pages of their own: old links find it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe


@require_safe
def moved(request: HttpRequest, to: str, rest: str = "") -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    address = iri_to_uri(reverse(f"operator:{to}") + rest)
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
