"""Flags: reviews in which screening found something, whatever their stars. No machine decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog.staff import Moderator
from arvio.moderation import flagged
from arvio.moderation.flagged import Flagged
from arvio.paging import CursorError
from arvio.reviews.models import Review
from arvio.web import desk_case
from arvio.web.views.desk.access import desk_page, render
from arvio.web.views.desk.by_item import item_page

SECTION = "flags"


@require_safe
@desk_page()
def listing(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    try:
        found = flagged.waiting(moderator=moderator, cursor=request.GET.get("cursor") or None)
    except CursorError:
        found = flagged.waiting(moderator=moderator)
    ids = [one.review_id for one in found.items]
    rows = Review.objects.select_related("app", "live_version").filter(pk__in=ids)
    reviews = {review.pk: review for review in rows}
    done = _("The flags are dismissed.") if request.GET.get("done") == "dismissed" else ""
    shown = {
        "flagged": [_row(one, reviews[one.review_id]) for one in found.items],
        "more_url": f"?cursor={found.next}" if found.next else "",
        "may_decide": moderator.may("decide"),
        "done": done,
    }
    return render(request, moderator, "web/desk/flags.html", shown, section=SECTION)


def _row(one: Flagged, review: Review) -> dict[str, Any]:
    words = review.live_version
    return {
        "review": review,
        "title": words.title,
        "text": words.text or words.pros or words.cons,
        "state": desk_case.state_tag(review.state, review.removed_rule),
        "since": one.since_at,
        "found": one.found,
        "url": reverse("desk:review", args=[review.pk]),
        "dismiss_url": reverse("desk:dismiss", args=[review.pk]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@item_page("review", right="decide")
def dismiss(request: HttpRequest, moderator: Moderator, review: UUID) -> HttpResponse:
    url = reverse("desk:flags")
    if request.method != "POST":
        return HttpResponseRedirect(url)
    flagged.dismiss(moderator=moderator, review_id=review, now=clock.now())
    return HttpResponseRedirect(f"{url}?done=dismissed", status=303)
