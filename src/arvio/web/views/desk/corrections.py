"""Corrections: what authors and partners ask to have replaced, done or declined with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog.staff import Moderator
from arvio.moderation import context, correcting, lists
from arvio.moderation.errors import Declined
from arvio.moderation.models import CorrectionRequest
from arvio.moderation.wording import declined
from arvio.paging import CursorError
from arvio.policy.form import FieldError, FormError
from arvio.web import desk_case, desk_corrections, desk_words
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.desk.by_item import item_page

SECTION = "corrections"


@require_safe
@desk_page()
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    closed = "closed" in request.GET
    try:
        found = lists.corrections(
            moderator=moderator, closed=closed, cursor=request.GET.get("cursor") or None
        )
    except CursorError:
        found = lists.corrections(moderator=moderator, closed=closed)
    query = "closed=1&" if closed else ""
    shown = {
        "closed": closed,
        "requests": [
            {"asked": one, "who": party(one), "url": reverse("desk:correction", args=[one.pk])}
            for one in found.items
        ],
        "more_url": f"?{query}cursor={found.next}" if found.next else "",
    }
    return render(request, moderator, "web/desk/corrections.html", shown, section=SECTION)


def party(asked: CorrectionRequest) -> str:
    return _("The author") if asked.party == "author" else _("The partner")


@require_http_methods(["GET", "HEAD", "POST"])
@item_page("correction", right="read")
def correction(request: HttpRequest, moderator: Moderator, correction: UUID) -> HttpResponse:
    """`do` is what was pressed: replacing the words (without it), or declining."""
    asked = correcting.request_of(moderator=moderator, request_id=correction)
    review, now = asked.review, clock.now()
    if request.method != "POST":
        return _show(request, moderator, asked, done=request.GET.get("done", ""))
    typed = desk_corrections.read(review, request.POST)
    decline = request.POST.get("do") == "decline"
    try:
        if decline:
            correcting.decline_correction(
                moderator=moderator, request_id=correction, reason=typed["reason"], now=now
            )
        elif asked.state != CorrectionRequest.State.OPEN:
            raise Declined("closed")
        else:
            correcting.correct_review(
                moderator=moderator,
                review_id=review.pk,
                words=desk_corrections.changed(review, typed),
                reason=typed["reason"],
                now=now,
            )
    except FormError as error:
        return _show(request, moderator, asked, typed=typed, errors=error.errors, status=422)
    except Declined as error:
        fresh = correcting.request_of(moderator=moderator, request_id=correction)
        return _show(
            request, moderator, fresh, typed=typed, late=declined(error), status=error.status
        )
    url = reverse("desk:correction", args=[correction])
    return HttpResponseRedirect(f"{url}?done={'declined' if decline else 'corrected'}", status=303)


DONE = {
    "corrected": lambda: _("The text is corrected. Author and partner are told."),
    "declined": lambda: _("The text stays. Whoever asked is told why."),
}


def _show(
    request: HttpRequest,
    moderator: Moderator,
    asked: CorrectionRequest,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Sequence[FieldError] = (),
    late: str = "",
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    looked = context.look(moderator=moderator, review_id=asked.review_id, now=now)
    review, is_open = looked.review, asked.state == CorrectionRequest.State.OPEN
    shown: dict[str, Any] = {
        "asked": asked,
        "who": party(asked),
        "open": is_open,
        "item": desk_case.item(looked, None),
        "old": review.live_version.text,
        "difference": desk_words.difference(review.live_version.text, asked.text),
        "form": desk_corrections.form(
            review, typed=typed or {"text": asked.text}, errors=errors, now=now
        ),
        "action": reverse("desk:correction", args=[asked.pk]),
        "may_decline": True,
        "kept": "" if is_open or not typed else typed.get("text", ""),
        "late": late,
        "done": DONE.get(done, lambda: "")(),
    }
    return render(
        request, moderator, "web/desk/correction.html", shown, section=SECTION, status=status
    )
