"""The API as one thing: its routes, its strict parser, its errors."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from arvio.api import (
    edge,
    routes_catalog,
    routes_moderation,
    routes_partner,
    routes_partner_webhooks,
    routes_prompts,
    routes_public,
    routes_reports,
    routes_viewer,
    routes_webhooks,
)
from arvio.api.problems import respond, to_json
from arvio.api.reading import StrictParser

ROUTERS = (
    routes_catalog.router,
    routes_viewer.router,
    routes_prompts.router,
    routes_partner.router,
    routes_public.router,
    routes_reports.router,
    routes_moderation.router,
    routes_webhooks.router,
    routes_partner_webhooks.router,
)


class Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data)


def make() -> NinjaAPI:
    api = NinjaAPI(
        title="Arvio",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        openapi_url=None,
        servers=[{"url": "/api/v1"}],
        parser=StrictParser(),
        renderer=Renderer(),
    )
    handler: Any = respond
    for error in (
        Exception,
        Http404,
        HttpError,
        ValidationError,
    ):  # all that ninja has handlers for
        api.add_exception_handler(error, handler)
    api.add_decorator(edge.refuse_unknown_queries, mode="view")
    for router in ROUTERS:
        api.add_router("", router)
    return api


DESCRIPTION = """Ratings and reviews of a marketplace's apps.

Errors are problem documents (RFC 9457) with a `code`. Refusals carry every check that was made,
passed or not, in the language of `Accept-Language`, else of the viewer. Lists are
`{"items", "next"}`; `next` is the `cursor` of the next page. Integers are strict, unknown fields
and parameters are errors, text is plain."""

api = make()
