"""What authors do with what they wrote: see it, edit it, withdraw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from arvio.catalog.explain import Names, explain_check
from arvio.moderation import own as moderation
from arvio.paging import CursorError
from arvio.policy.form import FieldError, FormError
from arvio.reviews import actions
from arvio.reviews import queries as reviews
from arvio.reviews.editing import standing_answers
from arvio.reviews.errors import NotYours, Refused
from arvio.reviews.queries import OwnReview
from arvio.reviews.states import AUTHOR_MAY_ACT, State
from arvio.web import forms, language, mine, next_steps, pages, shown
from arvio.web.views import guidelines
from arvio.web.views.entering import Inside, inside

METHODS = ["GET", "HEAD", "POST"]


@csrf_exempt
@require_http_methods(METHODS)
@inside
def my_reviews(request: HttpRequest, here: Inside) -> HttpResponse:
    return my_reviews_page(request, here)


def my_reviews_page(request: HttpRequest, here: Inside, *, withdrawn: bool = False) -> HttpResponse:
    cursor = request.GET.get("cursor") or None
    try:
        found, more = reviews.mine(viewer=here.viewer, now=here.now, cursor=cursor)
    except CursorError:
        found, more = reviews.mine(viewer=here.viewer, now=here.now)
    context = {
        "reviews": show_mine(here, found),
        "more_url": shown.link(request, cursor=more) if more else "",
        "withdrawn": withdrawn or "withdrawn" in request.GET,
    }
    return _page(request, here, "web/my_reviews.html", context)


def show_mine(here: Inside, found: Sequence[OwnReview]) -> list[dict[str, Any]]:
    """One's own reviews with what moderation has to do with each."""
    sides = moderation.sides(
        user=here.viewer.user,
        reviews=[one.review for one in found],
        language=language.current(),
        now=here.now,
    )
    slug = here.marketplace.slug
    return [mine.show(one, slug=slug, now=here.now, side=sides[one.review.pk]) for one in found]


@csrf_exempt
@require_http_methods(METHODS)
@inside
def edit(request: HttpRequest, here: Inside, review: UUID) -> HttpResponse:
    """The form with the standing answers; sending it makes a new version, which applies when the
    policy says.
    """
    own = reviews.own(viewer=here.viewer, review_id=review, now=here.now)
    if request.POST.get("do") != "send":
        return _show_edit(request, here, own, standing_answers(review=own.review))
    answers = forms.read_answers(own.review.policy_version.policy.form, request.POST)
    try:
        actions.edit_review(viewer=here.viewer, review_id=review, changes=answers, now=here.now)
    except FormError as error:
        return _show_edit(request, here, own, answers, error.errors, status=422)
    except Refused:
        return _show_edit(request, here, own, answers, status=403)
    if here.entry.by_cookie:
        return HttpResponseRedirect(
            reverse("web:mine", args=[here.marketplace.slug]) + f"#review-{review}", status=303
        )
    return my_reviews_page(request, here)


def _show_edit(
    request: HttpRequest,
    here: Inside,
    own: OwnReview,
    answers: Mapping[str, Any],
    errors: Sequence[FieldError] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    review = own.review
    policy = review.policy_version.policy
    context: dict[str, Any] = {"app": shown.app_head(review.app)}
    if own.can_edit.allowed:
        form_context = forms.FormContext(
            action=reverse("web:edit", args=[here.marketplace.slug, review.pk]),
            button=_("Send the edit"),
            guidelines_url=reverse("web:guidelines", args=[here.marketplace.slug]),
            guidelines_number=guidelines.in_force(here.marketplace, here.now),
            affiliation=bool(review.live_version.affiliation),
            cancel_url=reverse("web:mine", args=[here.marketplace.slug]),
        )
        published = review.state == State.PUBLISHED
        context |= {
            "heading": _("Edit your review of %(app)s") % {"app": review.app.name},
            "lead": mine.edits_left(own),
            "form": forms.show_form(
                policy.form, answers=answers, errors=errors, context=form_context
            ),
            "next_steps": next_steps.of_edit(policy, published=published, now=here.now),
        }
    else:
        context |= {
            "heading": _("You can’t edit your review of %(app)s") % {"app": review.app.name},
            "verdict": _verdict(own),
        }
    return _page(request, here, "web/edit.html", context, status=status)


def _verdict(own: OwnReview) -> dict[str, Any]:
    verdict, names = own.can_edit, Names(app=own.review.app.name)
    reasons = [
        dict(zip(("text", "unblocks"), explain_check(check, names), strict=True))
        for check in verdict.failed
    ]
    return {
        "reasons": reasons,
        "fine": [explain_check(check, names)[0] for check in verdict.checks if check.ok],
        "at": verdict.at,
        "policy_version": verdict.policy_version,
    }


@csrf_exempt
@require_http_methods(METHODS)
@inside
def withdraw(request: HttpRequest, here: Inside, review: UUID) -> HttpResponse:
    """GET asks, POST withdraws."""
    own = reviews.own(viewer=here.viewer, review_id=review, now=here.now)
    if request.POST.get("do") == "withdraw":
        try:
            actions.withdraw_review(viewer=here.viewer, review_id=review, now=here.now)
        except Refused:
            return my_reviews_page(request, here)
        if here.entry.by_cookie:
            return HttpResponseRedirect(
                reverse("web:mine", args=[here.marketplace.slug]) + "?withdrawn=1", status=303
            )
        return my_reviews_page(request, here, withdrawn=True)
    if own.review.state not in AUTHOR_MAY_ACT:
        raise NotYours
    context = {"app": shown.app_head(own.review.app), "review": own.public}
    return _page(request, here, "web/withdraw.html", context)


def _page(
    request: HttpRequest, here: Inside, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return pages.page(
        request,
        template,
        {**context, **here.entry.proof, "here": request.path},
        marketplace=here.marketplace,
        now=here.now,
        viewer=here.viewer,
        section="mine",
        status=status,
    )
