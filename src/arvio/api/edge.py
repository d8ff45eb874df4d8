"""What surrounds every route: methods, CORS, ETag, caching, languages; an answer whatever breaks.

Public routes may be called from any page; viewer routes only from the marketplace's own; those of
servers, partners and moderators from none. A public route that also takes a token is a viewer's
when one is sent: a token is for its marketplace's pages alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from ninja.operation import Operation, PathView

from arvio.api.audience import MODERATOR, PARTNER, PUBLIC, SERVER, VIEWER, Audience
from arvio.api.language import accepted
from arvio.api.problems import Problem, invalid, respond
from arvio.catalog.members import Member
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Viewer, storable
from arvio.catalog.staff import Moderator

ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, Accept-Language, If-None-Match"
EXPOSED_HEADERS = (
    "ETag, Location, Content-Language, Idempotency-Replayed, Retry-After, X-Request-ID"
)
BROKEN_BYTE = re.compile("%[89A-Fa-f][0-9A-Fa-f]")
PREFLIGHT_SECONDS = "600"
# By what a path names, the way from it to its marketplace.
OWNERS = {
    "review_id": "review__pk",
    "reply_id": "review__replies__pk",
    "case_id": "case__pk",
    "prompt_id": "app__prompt__pk",
}
View = Callable[..., HttpResponse]


def serve(path_view: PathView) -> View:
    """The Django view of one path with all its methods."""
    operations = {method: one for one in path_view.operations for method in one.methods}
    inner = path_view.get_view()

    @csrf_exempt
    def view(request: HttpRequest, **names: Any) -> HttpResponse:
        with translation.override(accepted(request) or "en"), timezone.override("UTC"):
            if broken := _broken_text(request):
                return respond(request, broken)
            try:
                if request.method == "OPTIONS":
                    return _preflight(request, operations, names)
                return _answer(request, operations, inner, names)
            except Exception as error:  # the headers ask the database too
                return respond(request, error)

    return view


def _broken_text(request: HttpRequest) -> Problem | None:
    """Bytes in the path or the query that are no UTF-8. Django writes those of a path back as
    escapes and replaces those of a query.
    """
    if BROKEN_BYTE.search(request.path_info):
        return Problem(404, "not_found", "There is no such route: the path isn't UTF-8.")
    try:
        unquote_to_bytes(request.META.get("QUERY_STRING", "")).decode()
    except UnicodeError:
        return invalid("query", "Write the query in UTF-8.", "lone_surrogate")
    return None


def publish(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An answer for everybody that no route of ninja's gives."""
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return _conditional(request, response)


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    return respond(request, Problem(404, "not_found", "There is no such route."))


def refuse_unknown_queries(run: View) -> View:
    """Around an operation: a query parameter that the route doesn't know, or one given twice, is an
    error.
    """
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # ninja wraps the bound method
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }

    def checked(request: HttpRequest, **names: Any) -> HttpResponse:
        for name, values in request.GET.lists():
            if name not in known:
                error = invalid(name, "This route has no such query parameter.", "unknown_field")
                return respond(request, error)
            if len(values) > 1:
                return respond(request, invalid(name, "Give this query parameter once."))
        return run(request, **names)

    return checked


def _answer(
    request: HttpRequest, operations: Mapping[str, Operation], inner: View, names: dict[str, Any]
) -> HttpResponse:
    head = request.method == "HEAD" and "HEAD" not in operations
    method = "GET" if head else str(request.method)
    operation = operations.get(method)
    if operation is None:
        return _not_allowed(request, operations)
    if head:
        request.method = "GET"
    try:
        response = inner(request, **names)
    except Exception as error:  # an answer is owed, whatever broke
        response = respond(request, error)
    if response.status_code == 204:
        del response.headers["Content-Type"]
    audience = _audience(operation, signed="Authorization" in request.headers)
    _add_headers(request, response, audience, names)
    if audience is PUBLIC and response.status_code == 200:
        response = _conditional(request, response)
    return _without_body(response) if head else response


def _audience(operation: Operation, *, signed: bool) -> Audience:
    named = Audience.of(operation)
    return VIEWER if named is PUBLIC and operation.auth_callbacks and signed else named


def _without_body(response: Any) -> HttpResponse:
    """What a HEAD answers; a file that is streamed isn't even made."""
    if response.streaming:
        response.streaming_content = ()
    else:
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    answer: HttpResponse = response
    return answer


def _not_allowed(request: HttpRequest, operations: Mapping[str, Operation]) -> HttpResponse:
    allowed = _methods(operations)
    detail = f"This path answers to {allowed}."
    return respond(request, Problem(405, "method_not_allowed", detail, headers={"Allow": allowed}))


def _methods(operations: Mapping[str, Operation]) -> str:
    return ", ".join(sorted({*operations, *(["HEAD"] if "GET" in operations else []), "OPTIONS"}))


def _add_headers(
    request: HttpRequest, response: HttpResponse, audience: Audience, names: dict[str, Any]
) -> None:
    response.headers.setdefault("Cache-Control", _caching(response, audience))
    if audience is PUBLIC:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if audience in (VIEWER, PARTNER, MODERATOR):
        response.headers.setdefault("Content-Language", translation.get_language() or "en")
        patch_vary_headers(response, ("Accept-Language",))
    if audience is VIEWER:
        _allow_origin(request, response, names)


def _caching(response: HttpResponse, audience: Audience) -> str:
    """Kept by caches, but never shown without asking us: a removed word is gone with the commit
    (DESIGN 7).
    """
    if audience is PUBLIC and response.status_code == 200:
        return "public, no-cache"
    return "private, no-store"


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    wanted = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" not in wanted and etag not in {tag.removeprefix("W/") for tag in wanted}:
        return response
    same = HttpResponse(status=304)
    del same.headers["Content-Type"]
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length"):
            same.headers[name] = value
    return same


def _preflight(
    request: HttpRequest, operations: Mapping[str, Operation], names: dict[str, Any]
) -> HttpResponse:
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    response.headers["Allow"] = _methods(operations)
    wanted = request.headers.get("Access-Control-Request-Method", "")
    operation = operations.get("GET" if wanted == "HEAD" else wanted)
    asked = request.headers.get("Access-Control-Request-Headers", "").lower()
    signed = "authorization" in [name.strip() for name in asked.split(",")]
    audience = _audience(operation, signed=signed) if operation else SERVER
    if audience is PUBLIC:
        response.headers["Access-Control-Allow-Origin"] = "*"
    if audience is VIEWER:
        _allow_origin(request, response, names)
    if "Access-Control-Allow-Origin" in response.headers:
        response.headers["Access-Control-Allow-Methods"] = wanted
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    asked_by = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
    patch_vary_headers(response, asked_by)
    return response


def _allow_origin(request: HttpRequest, response: HttpResponse, names: dict[str, Any]) -> None:
    patch_vary_headers(response, ("Origin",))
    origin = request.headers.get("Origin", "")
    if origin and _is_own(origin, request, names):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS


def _is_own(origin: str, request: HttpRequest, names: dict[str, Any]) -> bool:
    """Does the marketplace that the path speaks of list this origin? A review's path speaks of the
    review's own. Keys are no business of a page's.
    """
    caller = getattr(request, "auth", None)
    if isinstance(caller, Member | Moderator):
        return False
    if isinstance(caller, Viewer):
        found: Marketplace | None = caller.marketplace
    elif "marketplace" in names:
        slug = names["marketplace"]
        found = Marketplace.objects.filter(slug=slug).first() if storable(slug) else None
    else:
        known = {path: names[name] for name, path in OWNERS.items() if name in names}
        found = Marketplace.objects.filter(**known).first() if known else None
    return found is not None and found.lists(origin)
