"""Bans, for moderators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from arvio.catalog.staff import Moderator
from arvio.web.views import bans as shared
from arvio.web.views.bans import METHODS, SECTION, Door
from arvio.web.views.desk.access import desk_page, render


def _door(request: HttpRequest, moderator: Moderator) -> Door:
    def draw(template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
        return render(request, moderator, template, context, section=SECTION, status=status)

    return Door(moderator, "desk", draw)


@require_safe
@desk_page("read")
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return shared.listing(request, _door(request, moderator))


@require_http_methods(METHODS)
@desk_page("decide")
def new(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return shared.new(request, _door(request, moderator))


@require_http_methods(METHODS)
@desk_page("decide")
def lift(request: HttpRequest, moderator: Moderator, ban: UUID) -> HttpResponse:
    return shared.lift(request, _door(request, moderator), ban)


@require_http_methods(METHODS)
@desk_page("decide")
def answer(request: HttpRequest, moderator: Moderator, appeal: UUID) -> HttpResponse:
    return shared.answer(request, _door(request, moderator), appeal)
