"""A moderator's own API keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from arvio.catalog.staff import Moderator
from arvio.web.views import keys as shared
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.keys import METHODS, SECTION, Door


def door(request: HttpRequest, moderator: Moderator) -> Door:
    def draw(template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
        return render(request, moderator, template, context, section=SECTION, status=status)

    return Door(moderator, "desk", draw)


@require_http_methods(METHODS)
@desk_page("decide")
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return shared.listing(request, door(request, moderator))


@require_http_methods(METHODS)
@desk_page("decide")
def rotate(request: HttpRequest, moderator: Moderator, key: UUID) -> HttpResponse:
    return shared.rotate(request, door(request, moderator), key)


@require_http_methods(METHODS)
@desk_page("decide")
def revoke(request: HttpRequest, moderator: Moderator, key: UUID) -> HttpResponse:
    return shared.revoke(request, door(request, moderator), key)
