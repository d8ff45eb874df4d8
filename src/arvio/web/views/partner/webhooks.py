"""Webhooks of a partner, for its owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arvio.catalog.members import Member
from arvio.notify.webhooks.actions import Holder
from arvio.web.views import webhooks as shared
from arvio.web.views.partner.access import partner_page, render
from arvio.web.views.webhooks import Door

METHODS = ["GET", "HEAD", "POST"]


def _door(request: HttpRequest, member: Member) -> Door:
    def draw(template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
        shown = {"settings_section": "webhooks", **context}
        return render(request, member, template, shown, section="settings", status=status)

    return Door(Holder(member.marketplace, member.actor, member.partner), "partner", draw)


@require_safe
@partner_page("manage")
def listing(request: HttpRequest, member: Member) -> HttpResponse:
    return shared.listing(_door(request, member))


@require_http_methods(METHODS)
@partner_page("manage")
def new(request: HttpRequest, member: Member) -> HttpResponse:
    return shared.new(request, _door(request, member))


@require_safe
@partner_page("manage")
def one(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.one(request, _door(request, member), webhook)


@require_http_methods(METHODS)
@partner_page("manage")
def edit(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.edit(request, _door(request, member), webhook)


@require_POST
@partner_page("manage", back="partner:webhooks")
def switch(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.switch(request, _door(request, member), webhook)


@require_POST
@partner_page("manage", back="partner:webhooks")
def test(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.test(request, _door(request, member), webhook)


@require_http_methods(METHODS)
@partner_page("manage")
def rotate(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.rotate(request, _door(request, member), webhook)


@require_http_methods(METHODS)
@partner_page("manage")
def delete(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.delete(request, _door(request, member), webhook)


@require_POST
@partner_page("manage", back="partner:webhooks")
def again(request: HttpRequest, member: Member, webhook: UUID) -> HttpResponse:
    return shared.again(request, _door(request, member), webhook)


@require_safe
@partner_page("manage")
def delivery(request: HttpRequest, member: Member, webhook: UUID, delivery: UUID) -> HttpResponse:
    return shared.delivery(_door(request, member), webhook, delivery)


@require_POST
@partner_page("manage", back="partner:webhooks")
def delivery_again(
    request: HttpRequest, member: Member, webhook: UUID, delivery: UUID
) -> HttpResponse:
    return shared.delivery_again(request, _door(request, member), webhook, delivery)
