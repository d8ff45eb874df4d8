"""Webhooks of the marketplace, on its operators' desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arvio.catalog.staff import Moderator
from arvio.notify.webhooks.actions import Holder
from arvio.web.views import webhooks as shared
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.webhooks import Door

METHODS = ["GET", "HEAD", "POST"]
SECTION = "webhooks"


def _door(request: HttpRequest, moderator: Moderator) -> Door:
    def draw(template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
        return render(request, moderator, template, context, section=SECTION, status=status)

    return Door(Holder(moderator.marketplace, moderator.actor), "desk", draw)


@require_safe
@desk_page("manage")
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return shared.listing(_door(request, moderator))


@require_http_methods(METHODS)
@desk_page("manage")
def new(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return shared.new(request, _door(request, moderator))


@require_safe
@desk_page("manage")
def one(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.one(request, _door(request, moderator), webhook)


@require_http_methods(METHODS)
@desk_page("manage")
def edit(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.edit(request, _door(request, moderator), webhook)


@require_POST
@desk_page("manage", back="desk:webhooks")
def switch(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.switch(request, _door(request, moderator), webhook)


@require_POST
@desk_page("manage", back="desk:webhooks")
def test(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.test(request, _door(request, moderator), webhook)


@require_http_methods(METHODS)
@desk_page("manage")
def rotate(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.rotate(request, _door(request, moderator), webhook)


@require_http_methods(METHODS)
@desk_page("manage")
def delete(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.delete(request, _door(request, moderator), webhook)


@require_POST
@desk_page("manage", back="desk:webhooks")
def again(request: HttpRequest, moderator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.again(request, _door(request, moderator), webhook)


@require_safe
@desk_page("manage")
def delivery(
    request: HttpRequest, moderator: Moderator, webhook: UUID, delivery: UUID
) -> HttpResponse:
    return shared.delivery(_door(request, moderator), webhook, delivery)


@require_POST
@desk_page("manage", back="desk:webhooks")
def delivery_again(
    request: HttpRequest, moderator: Moderator, webhook: UUID, delivery: UUID
) -> HttpResponse:
    return shared.delivery_again(request, _door(request, moderator), webhook, delivery)
