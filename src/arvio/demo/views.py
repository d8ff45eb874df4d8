"""The routes of the demo: move the clock, become somebody."""

from __future__ import annotations

import json
import time
from collections import Counter
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.members import member
from arvio.catalog.models import Marketplace, Partner
from arvio.catalog.staff import moderator
from arvio.demo.listings import SLUGS, partners, staff
from arvio.due import queries as due
from arvio.people import tokens
from arvio.people.models import Person
from arvio.policy.durations import Duration, DurationError, parse
from arvio.web import cookies, frames
from arvio.web.views.desk.access import act_for as sit_at
from arvio.web.views.partner.access import act_for
from arvio.work.loop import work_once

LONGEST_MOVE = Duration(months=12 * 5)
PATIENCE_SECONDS = 120


@csrf_exempt
@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """`{"advance": "P3D"}` -> `{"now", "done": {kind: n}}`, once no row is due any more (CONTRACT
    1).
    """
    by_form = request.content_type != "application/json"
    try:
        asked = request.POST.get("advance") if by_form else _json(request).get("advance")
        before = clock.now()
        if not isinstance(asked, str):
            raise DurationError("name a duration, such as P3D")
        step = parse(asked).add(before) - before
        if step > LONGEST_MOVE.add(before) - before:
            raise DurationError(
                f"{asked} is too long: the clock moves at most five years at a time"
            )
    except DurationError as error:
        return _problem("advance", str(error))
    now = clock.advance(step)
    done = _settle(now)
    if by_form:
        return _back(request, "/")
    return JsonResponse({"now": now.isoformat().replace("+00:00", "Z"), "done": done})


def _settle(now: Any) -> dict[str, int]:
    """Work until nothing is due, beside the demo's worker: what either of us has done counts."""
    done: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = Counter(due.due_kinds(now=now))
    while waiting and time.monotonic() < deadline:
        ours = Counter(work_once(now=now, stop=lambda: time.monotonic() > deadline))
        if not ours:
            time.sleep(0.05)
        left = Counter(due.due_kinds(now=now))
        # What went without us, the worker has done.
        done += ours + (waiting - left - ours)
        waiting = left
    return dict(done)


@csrf_exempt
@require_POST
def become(request: HttpRequest) -> HttpResponse:
    """Sign in as a partner's member or as staff (`person`), or enter the product as a customer
    (`marketplace`, `account`, `user`, maybe `app`), or leave both as a visitor (`marketplace`
    alone).

    Instead of a token, which the bar's forms lack, the browser's word for where it comes from.
    """
    if not _is_from_here(request):
        raise PermissionDenied("from another site")
    email = request.POST.get("person")
    if email:
        return _become_member(request, email)
    if request.user.is_authenticated:
        logout(request)
    try:
        marketplace = catalog.marketplace(slug=request.POST.get("marketplace", ""))
    except NotFound as error:
        raise Http404(error.detail) from None
    path = f"/{marketplace.slug}/in/"
    account, ref = request.POST.get("account"), request.POST.get("user")
    if not account or not ref:
        response = HttpResponseRedirect(reverse("web:storefront", args=[marketplace.slug]))
        cookies.forget(response, frames.COOKIE, path=path)
        return response
    try:
        found = catalog.user(account=catalog.account(marketplace=marketplace, ref=account), ref=ref)
    except NotFound:
        found = None
    if found is None:
        raise Http404("there is no such customer")
    token, _ = tokens.issue(
        secret=marketplace.jwt_secret,
        claims={
            "iss": marketplace.slug,
            "sub": found.ref,
            "account": found.account.ref,
            "surface": "in_product",
            "name": found.name or found.account.name,  # of somebody erased we know no other
            "email": found.email or None,
            "locale": found.locale or None,
        },
    )
    app = request.POST.get("app")
    target = reverse("web:product", args=[marketplace.slug, app]) if app else path
    response = HttpResponseRedirect(target)
    cookies.remember(response, frames.COOKIE, token, seconds=frames.COOKIE_SECONDS, path=path)
    return response


def _is_from_here(request: HttpRequest) -> bool:
    # A proxy that ends TLS speaks plain HTTP to us, while browsers name the address that they see.
    here = {f"{request.scheme}://{request.get_host()}", settings.BASE_URL}
    origin = request.headers.get("Origin", settings.BASE_URL)
    # Pages whose address is a key send no referrer, and browsers then name no origin either.
    nameless = origin == "null" and request.headers.get("Sec-Fetch-Site") == "same-origin"
    return origin in here or nameless


def _become_member(request: HttpRequest, email: str) -> HttpResponse:
    """One of the demo's own people, and nobody else who may be in its database."""
    if email in _demo_staff():
        return _become_staff(request, email)
    slug, ref = _demo_members().get(email, ("", ""))
    partner = Partner.objects.filter(marketplace__slug=slug, ref=ref).first()
    person = Person.objects.filter(email=email, is_active=True).first() if partner else None
    if partner is None or person is None or not member(person=person, partner_id=partner.pk):
        raise Http404("there is no such member")
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    act_for(request, partner.pk)
    return HttpResponseRedirect(reverse("partner:inbox"))


def _become_staff(request: HttpRequest, email: str) -> HttpResponse:
    place = Marketplace.objects.filter(slug=_demo_staff()[email]).first()
    person = Person.objects.filter(email=email, is_active=True).first() if place else None
    if place is None or person is None or not moderator(person=person, marketplace_id=place.pk):
        raise Http404("there is nobody like that at the desk")
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    sit_at(request, place.pk)
    return HttpResponseRedirect(reverse("desk:cases"))


@cache
def _demo_staff() -> dict[str, str]:
    return {person.email: slug for slug in SLUGS for person in staff(slug=slug)}


@cache
def _demo_members() -> dict[str, tuple[str, str]]:
    return {
        person.email: (slug, partner.ref)
        for slug in SLUGS
        for partner in partners(slug=slug)
        for person in partner.members
    }


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise DurationError("the body isn't JSON") from None
    return body if isinstance(body, dict) else {}


def _problem(field: str, detail: str) -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "code": "invalid",
        "detail": detail,
        "errors": [{"field": field, "code": "invalid", "detail": detail}],
    }
    return JsonResponse(body, status=422, content_type="application/problem+json")


def _back(request: HttpRequest, default: str) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(target if safe else default)
