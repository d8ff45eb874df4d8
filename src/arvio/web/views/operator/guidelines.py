"""The guidelines, edited by operators as a new version."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog import queries
from arvio.catalog.errors import Overtaken
from arvio.catalog.guidelines.actions import set_guidelines
from arvio.catalog.guidelines.rules import difference, read_document
from arvio.catalog.models import GuidelinesVersion, Marketplace
from arvio.catalog.staff import Moderator
from arvio.policy.form import FormError
from arvio.web import guidelines_form
from arvio.web.guidelines_form import Typed
from arvio.web.views.guidelines import states
from arvio.web.views.operator.access import operator_page, render

SECTION = "guidelines"


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page()
def edit(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """The form, its preview and the new version: what is published is what was seen."""
    if request.method != "POST":
        return _form(request, operator, Typed.of_version(_newest(operator.marketplace)))
    typed = Typed.read(request.POST, operator.marketplace.languages)
    if step := request.POST.get("move", ""):
        typed.move(step)
        return _form(request, operator, typed)
    if request.POST.get("do") == "edit":
        return _form(request, operator, typed)
    return _check(request, operator, typed, publish=request.POST.get("do") == "publish")


def _newest(marketplace: Marketplace) -> GuidelinesVersion:
    """What was written last, whether it is in force already or not."""
    versions = queries.guidelines_history(marketplace=marketplace)
    last = max((version.number for version in versions), default=0)
    return queries.guidelines_version(marketplace=marketplace, number=last)


def _reasons(operator: Moderator) -> tuple[str, ...]:
    marketplace = operator.marketplace
    return queries.policy_in_force(marketplace=marketplace, now=clock.now()).policy.reports.reasons


def _form(
    request: HttpRequest,
    operator: Moderator,
    typed: Typed,
    errors: dict[str, str] | None = None,
    *,
    overtaken: int | None = None,
    status: int = 200,
) -> HttpResponse:
    form = guidelines_form.show(
        typed,
        languages=operator.marketplace.languages,
        reasons=_reasons(operator),
        errors=errors or {},
    )
    versions = states(operator.marketplace, clock.now())
    made = request.GET.get("made", "")
    context = {
        "form": form,
        "overtaken": overtaken,
        "zone": operator.marketplace.time_zone,
        "versions": versions,
        "made": next((one for one in versions if str(one["number"]) == made), None),
    }
    return render(
        request,
        operator,
        "web/operator/guidelines_edit.html",
        context,
        section=SECTION,
        status=status,
    )


def _check(
    request: HttpRequest, operator: Moderator, typed: Typed, *, publish: bool
) -> HttpResponse:
    now, marketplace, reasons = clock.now(), operator.marketplace, _reasons(operator)
    languages = marketplace.languages
    effective_at = typed.effective_at(marketplace, now)
    errors: dict[str, str] = {}
    document: dict[str, Any] = {}
    try:
        raw = typed.document(languages, reasons)
        document = read_document(raw=raw, languages=languages, reasons=reasons)
    except FormError as error:
        errors = guidelines_form.sentences(error.errors, typed, languages, reasons)
    if effective_at is None:
        errors["at"] = _("Give a day and a time that are still to come.")
    if errors or effective_at is None:
        return _form(request, operator, typed, errors, status=422)
    if publish and (done := _publish(request, operator, typed, document)):
        return done
    return _preview(request, operator, typed, document)


def _publish(
    request: HttpRequest, operator: Moderator, typed: Typed, document: dict[str, Any]
) -> HttpResponse | None:
    """None where nothing would change."""
    now, marketplace = clock.now(), operator.marketplace
    effective_at = typed.effective_at(marketplace, now)
    if effective_at is None or not _differs(marketplace, document):
        return None
    try:
        made = set_guidelines(
            marketplace=marketplace,
            document=document,
            effective_at=effective_at,
            actor=operator.actor,
            now=now,
            base=typed.base,
        )
    except Overtaken as newer:
        return _form(request, operator, typed, overtaken=newer.number, status=409)
    return HttpResponseRedirect(f"{reverse('operator:guidelines')}?made={made.number}", status=303)


def _differs(marketplace: Marketplace, document: dict[str, Any]) -> bool:
    """From what is in force, or from what is to come, which it would put off."""
    in_force = queries.guidelines(marketplace=marketplace, now=clock.now())
    newest = _newest(marketplace)
    return any(difference(before=one.document, after=document) for one in (in_force, newest))


def _preview(
    request: HttpRequest, operator: Moderator, typed: Typed, document: dict[str, Any]
) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    version = queries.guidelines(marketplace=marketplace, now=now)
    changes = difference(before=version.document, after=document)
    context = {
        "version": version,
        "changes": guidelines_form.change_sentences(
            changes, before=version.document, after=document
        ),
        "differs": _differs(marketplace, document),
        "effective_at": typed.effective_at(marketplace, now) if typed.when == "later" else None,
        "form": guidelines_form.show(
            typed, languages=marketplace.languages, reasons=_reasons(operator), errors={}
        ),
    }
    return render(
        request, operator, "web/operator/guidelines_preview.html", context, section=SECTION
    )
