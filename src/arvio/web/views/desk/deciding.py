"""Deciding a case: a draft, a last look, the decision, the second pair of eyes; and who has it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog import staff
from arvio.catalog.staff import Moderator
from arvio.moderation import deciding, previewing
from arvio.moderation.errors import Declined
from arvio.moderation.models import Decision
from arvio.policy.form import FormError
from arvio.web import desk_decision, forms
from arvio.web.desk_case import Asked
from arvio.web.views.desk import cases
from arvio.web.views.desk.by_item import item_page

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@item_page("case", right="decide")
def decide(request: HttpRequest, moderator: Moderator, case: UUID) -> HttpResponse:
    """`do` is what was pressed: a last look (without it), back to editing, saving, or deciding."""
    if request.method != "POST":
        return back(request, moderator, case)
    now, typed = clock.now(), desk_decision.read(request.POST)
    do = request.POST.get("do", "")
    preview = None
    try:
        if do == "save":
            deciding.save_draft(moderator=moderator, case_id=case, words=typed.words, now=now)
            return back(request, moderator, case, done="saved")
        if do == "decide":
            made = deciding.decide(moderator=moderator, case_id=case, words=typed.words, now=now)
            done = "decided" if isinstance(made, Decision) else "proposed"
            return back(request, moderator, case, done=done)
        if do != "edit":
            preview = previewing.preview(
                moderator=moderator, case_id=case, words=typed.words, now=now
            )
    except FormError as error:
        return _again(request, moderator, case, Asked(typed, error.errors), status=422)
    except Declined as error:
        return _again(request, moderator, case, Asked(typed, late=error), status=error.status)
    return _again(request, moderator, case, Asked(typed, preview=preview))


@require_http_methods(METHODS)
@item_page("case", right="decide")
def second(request: HttpRequest, moderator: Moderator, case: UUID) -> HttpResponse:
    """A second moderator approves what the first proposed, or sends it back."""
    if request.method != "POST":
        return back(request, moderator, case)
    now = clock.now()
    note = str(forms.draft_answers({"text": request.POST.get("text", "")})["text"])
    try:
        if request.POST.get("do") == "approve":
            seen = request.POST.get("seen", "")
            deciding.approve(moderator=moderator, case_id=case, seen=seen, now=now)
            return back(request, moderator, case, done="decided")
        deciding.send_back(moderator=moderator, case_id=case, note=note, now=now)
    except FormError as error:
        asked = Asked(errors=error.errors, note=note)
        return _again(request, moderator, case, asked, status=422)
    except Declined as error:
        asked = Asked(late=error, note=note)
        return _again(request, moderator, case, asked, status=error.status)
    return back(request, moderator, case, done="sent_back")


@require_http_methods(METHODS)
@item_page("case", right="decide")
def assign(request: HttpRequest, moderator: Moderator, case: UUID) -> HttpResponse:
    """`to` is a colleague's id, or nothing to leave it to whoever comes. Somebody who isn't staff
    here changes nothing.
    """
    if request.method != "POST":
        return back(request, moderator, case)
    wanted = request.POST.get("to", "")
    found = {str(one.person.pk): one for one in staff.colleagues(marketplace=moderator.marketplace)}
    if wanted and wanted not in found:
        return back(request, moderator, case)
    to = found.get(wanted)
    deciding.assign(moderator=moderator, case_id=case, to=to, now=clock.now())
    return back(request, moderator, case, done="assigned")


def _again(
    request: HttpRequest, moderator: Moderator, case: UUID, asked: Asked, *, status: int = 200
) -> HttpResponse:
    found = deciding.case_of(moderator=moderator, case_id=case)
    return cases.show(request, moderator, found, now=clock.now(), asked=asked, status=status)


def back(request: HttpRequest, moderator: Moderator, case: UUID, *, done: str = "") -> HttpResponse:
    """The queue's filters stay while one decides."""
    query, _apps, _reasons = cases.read_query(request, moderator, clock.now())
    address = query.address(done=done, cursor=query.cursor or "")
    return HttpResponseRedirect(reverse("desk:case", args=[case]) + address, status=303)
