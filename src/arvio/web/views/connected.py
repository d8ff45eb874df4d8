"""Where platforms come in: a frame that a platform opens, and the events it tells of.

Who is there is proved by the platform's connector (`connect.platforms`); from there on a viewer
token speaks, as with every marketplace.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import InvalidFact, NotFound
from arvio.catalog.models import App
from arvio.connect.platforms import Call, NotProved, Opened, Platform, platform
from arvio.people import tokens
from arvio.web import frames, pages

# Seconds; the page says a minute.
AGAIN_AFTER = "60"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def open_frame(request: HttpRequest, marketplace: str, app: str, name: str) -> HttpResponse:
    """Answers a page that posts the viewer token to the product page, as a marketplace's own page
    would: by itself, or by its button.
    """
    now = clock.now()
    found, connector = _named(marketplace, app, name)
    pages.settle(request, found.marketplace)
    try:
        opened = connector.open_frame(app=found, call=_call(request), now=now)
    except NotProved as refusal:
        response = _refused(request, found, refusal)
    else:
        context = {
            "heading": found.name,
            "app_name": found.name,
            "target": reverse("web:product", args=[found.marketplace.slug, found.ref]),
            "token": _token(found, opened),
        }
        response = pages.page(
            request, "web/connected.html", context, marketplace=found.marketplace, now=now
        )
    response.headers["Cache-Control"] = "private, no-store"
    return frames.allow_frames(response, found.marketplace)


@csrf_exempt
@require_POST
def give_token(request: HttpRequest, marketplace: str, app: str, name: str) -> JsonResponse:
    """A viewer token for the app's own page in the platform, for `arvio.js`; taken as a frame is.
    Pages of the marketplace's listed origins may ask for it themselves.
    """
    found = None
    try:
        found, connector = _named(marketplace, app, name)
        opened = connector.open_frame(app=found, call=_call(request), now=clock.now())
    except (NotProved, NotFound) as error:
        response = _no(error)
    else:
        response = _json({"token": _token(found, opened)}, status=200)
    origin = request.headers.get("Origin", "")
    patch_vary_headers(response, ("Origin",))
    if found and found.marketplace.lists(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


@csrf_exempt
@require_POST
def take_event(request: HttpRequest, marketplace: str, app: str, name: str) -> JsonResponse:
    now = clock.now()
    try:
        found, connector = _named(marketplace, app, name)
        done = connector.take_event(app=found, call=_call(request), now=now)
    except (NotProved, InvalidFact, NotFound) as error:
        return _no(error)
    return _json({"done": done}, status=200)


def _no(error: NotProved | InvalidFact | NotFound) -> JsonResponse:
    said = {"code": error.code, "detail": error.detail}
    if isinstance(error, InvalidFact):
        said["field"] = error.field
    response = _json(said, status=error.status)
    if error.status == 503:
        response.headers["Retry-After"] = AGAIN_AFTER
    return response


def _json(said: dict[str, str], *, status: int) -> JsonResponse:
    response = JsonResponse(said, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _named(marketplace: str, app: str, name: str) -> tuple[App, Platform]:
    found = catalog.app(marketplace=catalog.marketplace(slug=marketplace), ref=app)
    connector = platform(name)
    if connector is None:
        raise NotFound("platform", f"There is no connector {name!r}.")
    return found, connector


def _call(request: HttpRequest) -> Call:
    try:
        body, form = request.body, request.POST.dict()
    except SuspiciousOperation:
        detail = "The body has too many bytes or fields."
        raise NotProved("too_large", detail, status=413) from None
    except (MultiPartParserError, UnreadablePostError):
        raise NotProved("unreadable_body", "The body isn't a form.", status=400) from None
    return Call(
        method=str(request.method),
        url=settings.BASE_URL + request.get_full_path(),
        headers={key.lower(): value for key, value in request.headers.items()},
        query=request.GET.dict(),
        form=form,
        body=body,
    )


def _token(app: App, opened: Opened) -> str:
    marketplace = app.marketplace
    claims = {
        "iss": marketplace.slug,
        "sub": opened.user,
        "account": opened.account,
        "surface": "in_product",
        "name": opened.name,
        "email": opened.email,
        "locale": opened.locale,
    }
    return tokens.issue(secret=marketplace.jwt_secret, claims=claims)[0]


def _refused(request: HttpRequest, app: App, refusal: NotProved) -> HttpResponse:
    context = {
        "heading": _("Open the app again"),
        "text": _("The platform is slow to say who you are. Try again in a minute.")
        if refusal.status == 503
        else _("The platform didn’t confirm who you are. Open the app in the product again."),
        "public_url": reverse("web:app", args=[app.marketplace.slug, app.ref]),
    }
    response = pages.page(
        request,
        "web/reopen.html",
        context,
        marketplace=app.marketplace,
        now=clock.now(),
        status=refusal.status,
    )
    if refusal.status == 503:
        response.headers["Retry-After"] = AGAIN_AFTER
    # For the engineer who looks at the answer; the page says it in the visitor's words.
    response.headers["Arvio-Refusal"] = refusal.code
    return response
