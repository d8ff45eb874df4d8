"""Inside the product: the card with the form, the refusal or one's own review, and the list of
apps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from arvio.asking import actions as asking
from arvio.catalog.explain import Names, explain_check
from arvio.catalog.queries import Viewer
from arvio.policy.form import FieldError, FormError
from arvio.policy.names import display_name
from arvio.policy.verdict import Check, Verdict
from arvio.ratings import queries as ratings
from arvio.ratings.queries import RatedApp
from arvio.reviews import actions
from arvio.reviews import queries as reviews
from arvio.reviews.editing import draft_of
from arvio.reviews.errors import Refused
from arvio.reviews.queries import OwnReview
from arvio.reviews.states import State
from arvio.reviews.submitting import asker_of, judge
from arvio.web import came_by, forms, mine, next_steps, pages, shown
from arvio.web.views import guidelines, storefront
from arvio.web.views.card import reviews_of
from arvio.web.views.entering import Inside, inside
from arvio.web.views.own import show_mine


@dataclass
class Attempt:
    """What came of sending the form, where it didn't go through."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[FieldError] = ()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@inside
def apps(request: HttpRequest, here: Inside) -> HttpResponse:
    return storefront.listing(request, here.marketplace.slug, viewer=here.viewer)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@inside
def product(request: HttpRequest, here: Inside, app: str) -> HttpResponse:
    """GET shows the page, a POST with a viewer token opens it, one of its form sends the review."""
    found = ratings.rating(marketplace=here.marketplace.slug, app=app, now=here.now)
    if request.method != "POST" or request.POST.get("do") != "send":
        return _show(request, here, found)
    answers = forms.read_answers(found.policy_version.policy.form, request.POST)
    try:
        asking.submit_from_link(
            viewer=here.viewer,
            app=found.app,
            answers=answers,
            codes=came_by.codes(request),
            now=here.now,
        )
    except FormError as error:
        return _show(request, here, found, Attempt(answers, error.errors), status=422)
    except Refused as refused:
        if _only_affiliation(refused.verdict):
            missing = FieldError("affiliation", "required")
            return _show(request, here, found, Attempt(answers, [missing]), status=422)
        if reviews.own_of_app(viewer=here.viewer, app=found.app, now=here.now):
            # Sent twice, or from a second tab: their review stands, and that is what they see.
            return _sent(request, here, found)
        return _show(request, here, found, Attempt(answers), status=403)
    return _sent(request, here, found)


def _sent(request: HttpRequest, here: Inside, found: RatedApp) -> HttpResponse:
    if here.entry.by_cookie:
        return HttpResponseRedirect(f"{request.path}?sent=1", status=303)
    return _show(request, here, found, just_sent=True)


def _show(
    request: HttpRequest,
    here: Inside,
    found: RatedApp,
    attempt: Attempt | None = None,
    *,
    just_sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {**reviews_of(request, found, viewer=here.viewer), **here.entry.proof}
    own = None if attempt else reviews.own_of_app(viewer=here.viewer, app=found.app, now=here.now)
    if own:
        context |= _own(here, own, just_sent=just_sent or "sent" in request.GET)
    else:
        context |= _form_or_verdict(request, here, found, attempt or Attempt())
    return pages.page(
        request,
        "web/product.html",
        context,
        marketplace=here.marketplace,
        now=here.now,
        viewer=here.viewer,
        section="apps",
        status=status,
    )


def _own(here: Inside, own: OwnReview, *, just_sent: bool) -> dict[str, Any]:
    review = own.review
    context: dict[str, Any] = {
        "heading": review.app.name,
        "mine": show_mine(here, [own])[0],
    }
    held = review.state == State.HELD
    if held and review.publishes_at:
        context["next_steps"] = next_steps.of_held(
            review.policy_version.policy,
            partner=review.app.partner.name,
            publishes_at=review.publishes_at,
            now=here.now,
        )
    if just_sent:
        fact = _("Sent to the developer.") if held else _("Published.")
        rest = (
            mine.publishes(own, here.now) if held else _("Your review is on the page. Thank you.")
        )
        context["just_sent"] = {"fact": fact, "rest": rest}
    return context


def _form_or_verdict(
    request: HttpRequest, here: Inside, found: RatedApp, attempt: Attempt
) -> dict[str, Any]:
    verdict, _known = judge(
        marketplace=here.marketplace,
        asker=asker_of(viewer=here.viewer, app=found.app),
        version=found.policy_version,
        now=here.now,
    )
    affiliated = _only_affiliation(verdict)
    if not verdict.allowed and not affiliated:
        return {
            "heading": _("You can’t review %(app)s yet") % {"app": found.app.name},
            "verdict": shown_verdict(verdict, here, found),
            "written": forms.written_words(found.policy_version.policy.form, attempt.answers),
        }
    answers, draft_saved_at = attempt.answers, None
    if not answers:
        draft = draft_of(viewer=here.viewer, app=found.app)
        answers, draft_saved_at = (draft.answers, draft.saved_at) if draft else ({}, None)
        if stars := shown.chosen_stars(request):
            answers = {**answers, "stars": stars}
    return {
        "heading": _("Review %(app)s") % {"app": found.app.name},
        "form": _form(here, found, answers, attempt.errors, affiliated, came_by.via(request)),
        "shown_name": _shown_name(here.viewer, found),
        "shown_as_company": found.policy_version.policy.privacy.display_name == "company",
        "next_steps": next_steps.of_submission(
            found.policy_version.policy, partner=found.app.partner.name, now=here.now
        ),
        "draft_saved_at": draft_saved_at,
    }


def _form(
    here: Inside,
    found: RatedApp,
    answers: Mapping[str, Any],
    errors: Sequence[FieldError],
    affiliated: bool,
    via: str,
) -> dict[str, Any]:
    slug, ref = here.marketplace.slug, found.app.ref
    context = forms.FormContext(
        action=came_by.with_via(reverse("web:product", args=[slug, ref]), via),
        button=_("Send review"),
        guidelines_url=reverse("web:guidelines", args=[slug]),
        guidelines_number=guidelines.in_force(here.marketplace, here.now),
        affiliation=affiliated,
        draft_url=reverse("web:draft", args=[slug, ref]),
    )
    return forms.show_form(
        found.policy_version.policy.form, answers=answers, errors=errors, context=context
    )


def _only_affiliation(verdict: Verdict) -> bool:
    """People of other partners may review if they say so (R11): then the form asks, and nothing is
    refused.
    """
    return [check.code for check in verdict.failed] == ["affiliated"] and (
        verdict.failed[0].values.get("how") == "other_partner"
    )


def _shown_name(viewer: Viewer, found: RatedApp) -> str:
    return display_name(
        style=found.policy_version.policy.privacy.display_name,
        full_name=viewer.name,
        account_name=viewer.account.name if viewer.account else "",
        person_key=str(viewer.user.pk) if viewer.user else "",
    )


def shown_verdict(verdict: Verdict, here: Inside, found: RatedApp) -> dict[str, Any]:
    names = Names(
        app=found.app.name, account=here.viewer.account.name if here.viewer.account else ""
    )
    failed = len(verdict.failed)
    lead = ngettext(
        "%(count)s thing stands in the way.", "%(count)s things stand in the way.", failed
    )
    return {
        "lead": lead % {"count": failed},
        "reasons": [_reason(check, names, here, found) for check in verdict.failed],
        "fine": [explain_check(check, names)[0] for check in verdict.checks if check.ok],
        "at": verdict.at,
        "policy_version": verdict.policy_version,
    }


def _reason(check: Check, names: Names, here: Inside, found: RatedApp) -> dict[str, Any]:
    text, unblocks = explain_check(check, names)
    reason: dict[str, Any] = {"text": text, "unblocks": unblocks}
    if check.code == "not_installed" and found.app.listing_url:
        reason |= {
            "url": found.app.listing_url,
            "outside": True,
            "button": _("Open the app’s page"),
        }
    if check.code in ("plan_not_commercial", "plan_unknown") and here.marketplace.plans_url:
        reason |= {"url": here.marketplace.plans_url, "outside": True, "button": _("Compare plans")}
    if check.code == "banned":
        reason |= {
            "url": reverse("web:appeal", args=[here.marketplace.slug]),
            "button": _("Appeal"),
        }
    if check.code == "already_reviewed":
        reason |= {
            "url": reverse("web:mine", args=[here.marketplace.slug]),
            "button": _("My reviews"),
        }
    return reason


@csrf_exempt
@require_POST
@inside
def draft(request: HttpRequest, here: Inside, app: str) -> HttpResponse:
    """Keep what is typed. htmx gets the line beside the button, a browser without JavaScript the
    whole page.
    """
    found = ratings.rating(marketplace=here.marketplace.slug, app=app, now=here.now)
    form = found.policy_version.policy.form
    answers = forms.draft_answers(forms.read_answers(form, request.POST))
    saved = actions.save_draft(
        viewer=here.viewer,
        app=found.app,
        answers=answers,
        step=forms.furthest_step(form, answers),
        now=here.now,
    )
    if getattr(request, "htmx", False):
        context = {"draft_saved_at": saved.saved_at if saved else None}
        return pages.fragment(request, "web/parts/draft_state.html", context)
    if here.entry.by_cookie:
        return HttpResponseRedirect(
            reverse("web:product", args=[here.marketplace.slug, app]), status=303
        )
    return _show(request, here, found)
