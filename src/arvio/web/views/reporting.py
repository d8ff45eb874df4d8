"""Reporting a review or a reply: in the storefront by anybody, inside the product by a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog import members, staff
from arvio.catalog import queries as catalog
from arvio.catalog.models import Marketplace
from arvio.moderation import links, parties, reporting, wording
from arvio.moderation.errors import Declined
from arvio.moderation.models import Report
from arvio.moderation.parties import Reporter
from arvio.moderation.reporting import Target
from arvio.people import limits
from arvio.people.models import Person
from arvio.policy.form import FieldError, FormError
from arvio.policy.model import Policy
from arvio.web import language, pages, reports
from arvio.web.errors import retry_after
from arvio.web.reports import Typed
from arvio.web.views.entering import Inside, inside

METHODS = ["GET", "HEAD", "POST"]
NOTHING = Typed()


@dataclass(frozen=True)
class Scene:
    """Who wants to report what. `known` is None for a visitor, who gives an address."""

    request: HttpRequest
    marketplace: Marketplace
    target: Target
    policy: Policy
    known: Reporter | None
    now: datetime
    here: Inside | None = None


@never_cache
@require_http_methods(METHODS)
def report(request: HttpRequest, marketplace: str, item: str, item_id: UUID) -> HttpResponse:
    now = clock.now()
    found = catalog.marketplace(slug=marketplace)
    person = request.user if isinstance(request.user, Person) else None
    pages.settle(request, found, locale=person.language if person else "")
    target = reporting.public_target(item=item, item_id=item_id, marketplace_id=found.pk)
    known = _signed_in(person, found, target) if person else None
    policy = catalog.policy_in_force(marketplace=found, now=now).policy
    return _answer(Scene(request, found, target, policy, known, now))


def _signed_in(person: Person, marketplace: Marketplace, target: Target) -> Reporter | None:
    """As staff, else as a member of a partner, of the app's own first; whoever is neither here is
    a visitor.
    """
    spoken = language.current()
    if moderator := staff.moderator(person=person, marketplace_id=marketplace.pk):
        return parties.staff(moderator=moderator, language=spoken)
    own = target.review.app.partner_id
    here = [
        one for one in members.memberships(person=person) if one.marketplace.pk == marketplace.pk
    ]
    member = min(here, key=lambda one: one.partner.pk != own, default=None)
    return parties.partner_member(member=member, language=spoken) if member else None


@csrf_exempt
@require_http_methods(METHODS)
@inside
def report_inside(request: HttpRequest, here: Inside, item: str, item_id: UUID) -> HttpResponse:
    """The form is opened by a link, or by a POST with the viewer token where cookies fail."""
    place = here.marketplace
    target = reporting.public_target(item=item, item_id=item_id, marketplace_id=place.pk)
    known = parties.customer(viewer=here.viewer, language=language.current())
    policy = catalog.policy_in_force(marketplace=place, now=here.now).policy
    return _answer(Scene(request, place, target, policy, known, here.now, here))


def _answer(scene: Scene) -> HttpResponse:
    if scene.request.POST.get("do") != "report":
        return _show(scene)
    typed = reports.read(scene.request.POST)
    try:
        made = _file(scene, typed)
    except FormError as error:
        return _show(scene, typed, tuple(error.errors), status=422)
    except Declined as refused:
        if refused.code == "already_reported":
            # Sent twice, or from a second tab: the page says how it stands.
            return _show(scene)
        response = _show(scene, typed, refused=refused, status=refused.status)
        return retry_after(response, refused)
    if scene.known is None:
        return _sent(scene, made, typed.email)
    if scene.here is None or scene.here.entry.by_cookie:
        return HttpResponseRedirect(scene.request.path, status=303)
    return _show(scene)


def _file(scene: Scene, typed: Typed) -> Report:
    asked: dict[str, Any] = {
        "target": scene.target,
        "reason": typed.reason,
        "comment": typed.comment,
        "now": scene.now,
    }
    if scene.known is not None:
        return reporting.file_report(reporter=scene.known, **asked)
    if (code := _why_not(scene)) is not None:
        raise Declined(code)
    reports.check(typed, policy=scene.policy, asks_email=True)
    with transaction.atomic():
        reporting.limit_visitor(
            email=typed.email, address=limits.address_of(request=scene.request), at=clock.real()
        )
        return reporting.file_report(reporter=_visitor(scene, typed.email), **asked)


def _visitor(scene: Scene, email: str = "") -> Reporter:
    return parties.visitor(marketplace=scene.marketplace, email=email, language=language.current())


def _why_not(scene: Scene) -> str | None:
    reporter = scene.known or _visitor(scene)
    return reporting.why_not_report(target=scene.target, reporter=reporter, policy=scene.policy)


def _show(
    scene: Scene,
    typed: Typed = NOTHING,
    errors: tuple[FieldError, ...] = (),
    *,
    refused: Declined | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form; or why there is none; or, to whoever is known and has sent it, how it stands."""
    made = scene.known and reporting.standing_report(target=scene.target, reporter=scene.known)
    if made:
        return _sent(scene, made)
    code = _why_not(scene)
    if code is not None and refused is None:
        refused = Declined(code)
    context = {
        "form": None
        if code is not None
        else reports.show_form(
            typed, policy=scene.policy, errors=errors, asks_email=scene.known is None
        ),
        "refused": wording.declined(refused) if refused else "",
        "code": code,
        "comment": reports.read(scene.request.POST).comment,
        **reports.promise(scene.marketplace, scene.policy, scene.now),
    }
    return _page(scene, "web/report.html", context, status=status)


def _sent(scene: Scene, made: Report, email: str = "") -> HttpResponse:
    """A visitor's private link is in the mail alone: it confirms, and shows what was said."""
    slug = scene.marketplace.slug
    context = {
        "case": made.case,
        "email": email,
        "status_url": ""
        if scene.known is None
        else reverse("web:report_status", args=[slug, links.token_of(report_id=made.pk)]),
        "by_mail": _gets_mail(made),
        **reports.promise(scene.marketplace, scene.policy, scene.now),
    }
    return _page(scene, "web/report_sent.html", context)


def _gets_mail(made: Report) -> bool:
    """Staff read the answer at their desk; a customer may have no address."""
    if made.party == Report.Party.MODERATOR:
        return False
    return bool(made.email or made.person or (made.user and made.user.email))


def _page(
    scene: Scene, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    review, here = scene.target.review, scene.here
    slug = scene.marketplace.slug
    common = {
        "item": reports.item(scene.target),
        "back": reverse("web:product", args=[slug, review.app.ref])
        if here
        else reverse("web:review", args=[slug, review.pk]),
        "here": scene.request.path,
    }
    return pages.page(
        scene.request,
        template,
        {**common, **context, **(here.entry.proof if here else {})},
        marketplace=scene.marketplace,
        now=scene.now,
        viewer=here.viewer if here else None,
        section="apps",
        status=status,
    )
