"""The API keys of a marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from arvio.catalog.staff import Moderator
from arvio.web.views import keys as shared
from arvio.web.views.keys import METHODS, SECTION, Door
from arvio.web.views.operator.access import operator_page, render


def door(request: HttpRequest, moderator: Moderator) -> Door:
    def draw(template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
        return render(request, moderator, template, context, section=SECTION, status=status)

    return Door(moderator, "operator", draw)


@require_http_methods(METHODS)
@operator_page()
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return shared.listing(request, door(request, moderator))


@require_http_methods(METHODS)
@operator_page()
def rotate(request: HttpRequest, moderator: Moderator, key: UUID) -> HttpResponse:
    return shared.rotate(request, door(request, moderator), key)


@require_http_methods(METHODS)
@operator_page()
def revoke(request: HttpRequest, moderator: Moderator, key: UUID) -> HttpResponse:
    return shared.revoke(request, door(request, moderator), key)
