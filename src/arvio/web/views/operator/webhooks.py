"""Webhooks of the marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arvio.catalog.staff import Moderator
from arvio.notify.webhooks.actions import Holder
from arvio.web.views import webhooks as shared
from arvio.web.views.operator.access import operator_page, render
from arvio.web.views.webhooks import Door

METHODS = ["GET", "HEAD", "POST"]
SECTION = "webhooks"


def _door(request: HttpRequest, operator: Moderator) -> Door:
    def draw(template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
        return render(request, operator, template, context, section=SECTION, status=status)

    return Door(Holder(operator.marketplace, operator.actor), "operator", draw)


@require_safe
@operator_page()
def listing(request: HttpRequest, operator: Moderator) -> HttpResponse:
    return shared.listing(_door(request, operator))


@require_http_methods(METHODS)
@operator_page()
def new(request: HttpRequest, operator: Moderator) -> HttpResponse:
    return shared.new(request, _door(request, operator))


@require_safe
@operator_page()
def one(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.one(request, _door(request, operator), webhook)


@require_http_methods(METHODS)
@operator_page()
def edit(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.edit(request, _door(request, operator), webhook)


@require_POST
@operator_page(back="operator:webhooks")
def switch(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.switch(request, _door(request, operator), webhook)


@require_POST
@operator_page(back="operator:webhooks")
def test(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.test(request, _door(request, operator), webhook)


@require_http_methods(METHODS)
@operator_page()
def rotate(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.rotate(request, _door(request, operator), webhook)


@require_http_methods(METHODS)
@operator_page()
def delete(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.delete(request, _door(request, operator), webhook)


@require_POST
@operator_page(back="operator:webhooks")
def again(request: HttpRequest, operator: Moderator, webhook: UUID) -> HttpResponse:
    return shared.again(request, _door(request, operator), webhook)


@require_safe
@operator_page()
def delivery(
    request: HttpRequest, operator: Moderator, webhook: UUID, delivery: UUID
) -> HttpResponse:
    return shared.delivery(_door(request, operator), webhook, delivery)


@require_POST
@operator_page(back="operator:webhooks")
def delivery_again(
    request: HttpRequest, operator: Moderator, webhook: UUID, delivery: UUID
) -> HttpResponse:
    return shared.delivery_again(request, _door(request, operator), webhook, delivery)
