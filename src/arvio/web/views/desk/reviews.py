"""Any review of the marketplace, whatever its state: its versions, its history, a case of one's
own, a correction without a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.explain import explain_field_error
from arvio.catalog.staff import Moderator
from arvio.moderation import context, correcting, parties, reporting, timeline
from arvio.moderation.errors import Declined, NoSuchItem
from arvio.moderation.rules import LONGEST_COMMENT
from arvio.moderation.wording import declined
from arvio.policy.form import FieldError, FormError
from arvio.reviews.models import ReviewVersion
from arvio.reviews.states import HOLDS_PLACE
from arvio.web import (
    desk_case,
    desk_context,
    desk_corrections,
    desk_history,
    desk_queue,
    forms,
    language,
)
from arvio.web.views.desk.access import render
from arvio.web.views.desk.by_item import item_page

METHODS = ["GET", "HEAD", "POST"]
ORIGINS = {
    ReviewVersion.Origin.AUTHOR.value: lambda: _("As sent"),
    ReviewVersion.Origin.EDIT.value: lambda: _("Edited by its author"),
    ReviewVersion.Origin.CORRECTION.value: lambda: _("Corrected by a moderator"),
}


@require_safe
@item_page("review")
def review(request: HttpRequest, moderator: Moderator, review: UUID) -> HttpResponse:
    return _show(request, moderator, review, done=request.GET.get("done", ""))


@require_http_methods(METHODS)
@item_page("review", right="decide")
def open_case(request: HttpRequest, moderator: Moderator, review: UUID) -> HttpResponse:
    """A moderator's own report: of the review, or of its reply."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("desk:review", args=[review]))
    names = ("item", "reason", "text")
    typed = forms.draft_answers({name: request.POST.get(name, "") for name in names})
    now = clock.now()
    looked = context.look(moderator=moderator, review_id=review, now=now)
    reply = looked.public.reply
    about = ("reply", reply.id) if typed["item"] == "reply" and reply else ("review", review)
    try:
        made = reporting.file_report(
            target=reporting.target_of(
                item=about[0], item_id=about[1], marketplace_id=moderator.marketplace.pk
            ),
            reporter=parties.staff(moderator=moderator, language=language.current()),
            reason=typed["reason"],
            comment=typed["text"],
            now=now,
        )
    except NoSuchItem:
        late = _("Nobody sees it now, so there is nothing to decide.")
        return _show(request, moderator, review, case_typed=typed, late=late, status=409)
    except FormError as error:
        return _show(
            request, moderator, review, case_typed=typed, case_errors=error.errors, status=422
        )
    except Declined as error:
        late = declined(error)
        return _show(request, moderator, review, case_typed=typed, late=late, status=error.status)
    url = reverse("desk:case", args=[made.case_id])
    return HttpResponseRedirect(f"{url}?done=opened", status=303)


@require_http_methods(METHODS)
@item_page("review", right="decide")
def correct(request: HttpRequest, moderator: Moderator, review: UUID) -> HttpResponse:
    """Replacing the words without a request."""
    url = reverse("desk:review", args=[review])
    if request.method != "POST":
        return HttpResponseRedirect(url)
    now = clock.now()
    looked = context.look(moderator=moderator, review_id=review, now=now)
    typed = desk_corrections.read(looked.review, request.POST)
    try:
        correcting.correct_review(
            moderator=moderator,
            review_id=review,
            words=desk_corrections.changed(looked.review, typed),
            reason=typed["reason"],
            now=now,
        )
    except FormError as error:
        return _show(request, moderator, review, typed=typed, errors=error.errors, status=422)
    except Declined as error:
        late = declined(error)
        return _show(request, moderator, review, typed=typed, late=late, status=error.status)
    return HttpResponseRedirect(f"{url}?done=corrected", status=303)


DONE = {"corrected": lambda: _("The text is corrected. Author and partner are told.")}


def _show(
    request: HttpRequest,
    moderator: Moderator,
    review_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Sequence[FieldError] = (),
    case_typed: Mapping[str, Any] | None = None,
    case_errors: Sequence[FieldError] = (),
    late: str = "",
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    looked = context.look(moderator=moderator, review_id=review_id, now=now)
    review = looked.review
    item = desk_case.item(looked, None)
    around = context.around(review=review, case=None, now=now)
    events = timeline.events(review=review, case=None)
    shown: dict[str, Any] = {
        "item": item,
        "around": desk_context.show(looked, around, None, now=now),
        "history": desk_history.show(events, moderator=moderator),
        "versions": [_version(one, review) for one in context.versions_of(review=review)],
        "open_case": context.open_case_of(review=review),
        "case_form": _case_form(moderator, looked, case_typed or {}, case_errors, now),
        "form": desk_corrections.form(review, typed=typed or {}, errors=errors, now=now),
        "action": reverse("desk:correct", args=[review.pk]),
        "may_decide": moderator.may("decide"),
        "late": late,
        "done": DONE.get(done, lambda: "")(),
    }
    return render(request, moderator, "web/desk/review.html", shown, section="", status=status)


def _version(version: ReviewVersion, review: Any) -> dict[str, Any]:
    return {
        "number": version.number,
        "origin": ORIGINS[version.origin](),
        "stars": version.stars,
        "at": version.submitted_at,
        "effective_at": version.effective_at,
        "live": version.pk == review.live_version_id,
        "waits": version.pk == review.pending_version_id,
        "erased": version.erased_at is not None,
        "language": version.language,
        "title": version.title,
        "text": version.text,
        "pros": version.pros,
        "cons": version.cons,
    }


def _case_form(
    moderator: Moderator,
    looked: context.Looked,
    typed: Mapping[str, Any],
    errors: Sequence[FieldError],
    now: Any,
) -> dict[str, Any] | None:
    """None where nobody sees the review, now or later."""
    if looked.review.state not in HOLDS_PLACE:
        return None
    policy = catalog.policy_in_force(marketplace=moderator.marketplace, now=now).policy
    return {
        "reply": looked.public.reply is not None,
        "item": typed.get("item", "review"),
        "reasons": [
            {"key": key, "name": desk_queue.reason_name(key), "chosen": key == typed.get("reason")}
            for key in policy.reports.reasons
        ],
        "text": typed.get("text", ""),
        "longest": LONGEST_COMMENT,
        "errors": {error.field: explain_field_error(error) for error in reversed(errors)},
    }
