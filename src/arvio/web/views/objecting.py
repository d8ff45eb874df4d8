"""What authors ask the moderators for: another look at a decision, a correction of their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from arvio.catalog.explain import explain_field_error
from arvio.moderation import appealing, correcting, rules, wording
from arvio.moderation import own as moderation
from arvio.moderation.errors import Declined
from arvio.moderation.own import Side
from arvio.policy.form import FieldError, FormError
from arvio.reviews import queries as reviews
from arvio.reviews.errors import NotYours
from arvio.reviews.queries import OwnReview
from arvio.web import decided, forms, language, pages, shown
from arvio.web.errors import retry_after
from arvio.web.views.entering import Inside, inside
from arvio.web.views.own import METHODS, my_reviews_page

NOTHING: Mapping[str, str] = {}


@csrf_exempt
@require_http_methods(METHODS)
@inside
def appeal(request: HttpRequest, here: Inside, review: UUID) -> HttpResponse:
    """GET and a POST with a viewer token show the decision and the form, `do=appeal` sends it."""
    own, side = _own(here, review)
    if side.decision is None:
        raise NotYours
    if request.POST.get("do") != "appeal":
        return _appeal(request, here, own, side)
    text = request.POST.get("text", "")
    try:
        case, appellant = appealing.as_author(viewer=here.viewer, case_id=side.decision.case_id)
        appealing.appeal(case=case, appellant=appellant, text=text, now=here.now)
    except FormError as error:
        return _appeal(request, here, own, side, {"text": text}, error.errors, status=422)
    except Declined as refused:
        shown_text = {"text": text}
        response = _appeal(
            request, here, *_own(here, review), shown_text, refused=refused, status=refused.status
        )
        return retry_after(response, refused)
    return _done(request, here, review)


def _appeal(
    request: HttpRequest,
    here: Inside,
    own: OwnReview,
    side: Side,
    typed: Mapping[str, str] = NOTHING,
    errors: Sequence[FieldError] = (),
    *,
    refused: Declined | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "note": decided.ended(side, "") if side.decision else {},
        "statement": side.decision.statement if side.decision else "",
        "appeal": decided.appeal_words(side.appeal) if side.appeal else "",
        "may": side.may_appeal,
    }
    return _page(
        request, here, own, "web/appeal_review.html", context, typed, errors, refused, status
    )


@csrf_exempt
@require_http_methods(METHODS)
@inside
def correction(request: HttpRequest, here: Inside, review: UUID) -> HttpResponse:
    """The wanted text starts as the present one."""
    own, side = _own(here, review)
    if request.POST.get("do") != "ask":
        return _correction(request, here, own, side, {"text": own.public.text})
    typed = {name: request.POST.get(name, "") for name in ("text", "reason")}
    try:
        correcting.ask_as_author(viewer=here.viewer, review_id=review, now=here.now, **typed)
    except FormError as error:
        return _correction(request, here, own, side, typed, error.errors, status=422)
    except Declined as refused:
        return _correction(
            request, here, *_own(here, review), typed, refused=refused, status=refused.status
        )
    return _done(request, here, review)


def _correction(
    request: HttpRequest,
    here: Inside,
    own: OwnReview,
    side: Side,
    typed: Mapping[str, str],
    errors: Sequence[FieldError] = (),
    *,
    refused: Declined | None = None,
    status: int = 200,
) -> HttpResponse:
    blocks = decided.blocks(side, ended=False)
    context = {"asked": blocks[0] if blocks else None, "may": side.may_ask}
    return _page(request, here, own, "web/correction.html", context, typed, errors, refused, status)


def _own(here: Inside, review: UUID) -> tuple[OwnReview, Side]:
    own = reviews.own(viewer=here.viewer, review_id=review, now=here.now)
    found = moderation.sides(
        user=here.viewer.user, reviews=[own.review], language=language.current(), now=here.now
    )
    return own, found[own.review.pk]


def _done(request: HttpRequest, here: Inside, review: UUID) -> HttpResponse:
    if here.entry.by_cookie:
        page = reverse("web:mine", args=[here.marketplace.slug])
        return HttpResponseRedirect(f"{page}#review-{review}", status=303)
    return my_reviews_page(request, here)


def _page(
    request: HttpRequest,
    here: Inside,
    own: OwnReview,
    template: str,
    context: dict[str, Any],
    typed: Mapping[str, str],
    errors: Sequence[FieldError],
    refused: Declined | None,
    status: int,
) -> HttpResponse:
    common = {
        "app": shown.app_head(own.review.app),
        "review": own.public,
        "typed": forms.draft_answers(typed),
        "errors": {error.field: explain_field_error(error) for error in errors},
        "refused": wording.declined(refused) if refused else "",
        "longest": rules.LONGEST_STATEMENT,
        "here": request.path,
    }
    return pages.page(
        request,
        template,
        {**common, **context, **here.entry.proof},
        marketplace=here.marketplace,
        now=here.now,
        viewer=here.viewer,
        section="mine",
        status=status,
    )
