from __future__ import annotations

import re

from django.urls import URLPattern, path, re_path
from ninja.operation import PathView

from arvio.api import docs, edge
from arvio.api.service import api


def _routes() -> list[URLPattern]:
    """Ninja's paths, each behind our edge. Its own list of URLs hides the operations, which the
    edge must know, and keeps the methods apart that different routers have on one path.
    """
    views: dict[str, PathView] = {}
    for bound in api._get_bound_routers():
        for route, view in bound.path_operations.items():
            views.setdefault(route, PathView()).operations.extend(view.operations)
    return [
        path(re.sub(r"\{([^}]+)\}", r"<\1>", route).lstrip("/"), edge.serve(view))
        for route, view in views.items()
    ]


urlpatterns = [
    path("openapi.json", docs.document, name="openapi"),
    path("docs", docs.page, name="docs"),
    *_routes(),
    re_path(r"^[\s\S]*$", edge.unknown, name="api-unknown"),
]
