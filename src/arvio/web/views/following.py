"""A report's private page: where it is confirmed and followed, and where its reporter appeals.

Looking at it changes nothing: mail scanners follow links.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.explain import explain_field_error
from arvio.catalog.labels import reason_label
from arvio.catalog.models import Marketplace
from arvio.moderation import appealing, following, reporting, rules, wording
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.following import Status
from arvio.moderation.letters import kept_fact
from arvio.moderation.models import Decision, Report
from arvio.moderation.reporting import CONFIRM_WITHIN, Target
from arvio.moderation.telling import result_of
from arvio.policy.form import FormError
from arvio.web import decided, forms, pages, reports


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The address is the key: no cache keeps the page, no robot lists it, no link tells it."""

    @never_cache
    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return kept


# The token is the proof. Because the page sends no referrer, browsers name no origin with its
# forms, which Django's own check would refuse.
@csrf_exempt
@private
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, marketplace: str, token: str) -> HttpResponse:
    now = clock.now()
    found = catalog.marketplace(slug=marketplace)
    try:
        report = following.report_of(token=token, marketplace=found)
    except NoSuchCase:
        return _lost(request, found)
    pages.settle(request, found, locale=report.language)
    do = request.POST.get("do", "")
    if do == "confirm":
        reporting.confirm_report(report_id=report.pk, now=now)
        return HttpResponseRedirect(request.path, status=303)
    if do != "appeal":
        return _show(request, report)
    text = request.POST.get("text", "")
    try:
        case, appellant = appealing.as_reporter(report=report)
        appealing.appeal(case=case, appellant=appellant, text=text, now=now)
    except FormError as error:
        sentence = explain_field_error(error.errors[0])
        return _show(request, report, text=text, error=sentence, code=422)
    except Declined as refused:
        sentence = wording.declined(refused)
        return _show(request, report, text=text, refused=sentence, code=refused.status)
    return HttpResponseRedirect(request.path, status=303)


@private
@require_safe
def reported(request: HttpRequest, marketplace: str, token: str) -> HttpResponse:
    """For whoever has filed a report and not confirmed it: the number, and what to do now. It says
    nothing of any report, so nothing is gained by giving somebody else's address.
    """
    found = catalog.marketplace(slug=marketplace)
    pages.settle(request, found)
    try:
        number = following.case_number(token=token, marketplace=found)
    except NoSuchCase:
        return _lost(request, found)
    context = {"number": number}
    return pages.page(request, "web/reported.html", context, marketplace=found, now=clock.now())


def _lost(request: HttpRequest, marketplace: Marketplace) -> HttpResponse:
    pages.settle(request, marketplace)
    context = {
        "drawing": "lost",
        "heading": _("There is no report behind this link"),
        "text": _(
            "A report that isn’t confirmed within 7 days is forgotten, and the link may also be "
            "cut off. You can report again on the page of the review."
        ),
    }
    return pages.page(
        request, "web/error.html", context, marketplace=marketplace, now=clock.now(), status=404
    )


def _show(
    request: HttpRequest,
    report: Report,
    *,
    text: str = "",
    error: str = "",
    refused: str = "",
    code: int = 200,
) -> HttpResponse:
    now = clock.now()
    found = following.status_of(report=report, now=now)
    confirmed = report.confirmed_at is not None
    context = {
        "report": report,
        "case": found.case,
        "item": reports.item(Target(found.case.review, found.case.reply)),
        "reason": _("Something else") if report.reason == "other" else reason_label(report.reason),
        "lapses_at": report.filed_at + CONFIRM_WITHIN,
        "status": found,
        "left": _left(found),
        "answer": _answer(found, found.decisions[-1]) if confirmed and found.decisions else None,
        "events": _events(found) if confirmed else [],
        "appeal": decided.appeal_words(found.appeal) if found.appeal else "",
        "typed": forms.draft_answers({"text": text})["text"],
        "error": error,
        "refused": refused,
        "longest": rules.LONGEST_STATEMENT,
        "here": request.path,
    }
    return pages.page(
        request,
        "web/report_status.html",
        context,
        marketplace=report.marketplace,
        now=now,
        status=code,
    )


def _left(found: Status) -> str:
    days = found.days_left
    if days is None:
        return ""
    if days < 0:
        return _("It is late. The moderators know, and you still get an answer.")
    if days == 0:
        return _("That is today, or before another working day begins.")
    return ngettext("%(days)s working day is left.", "%(days)s working days are left.", days) % {
        "days": days
    }


def _answer(found: Status, decision: Decision) -> dict[str, Any]:
    """As the mail tells it: of the rule its code, title and text, of the author nothing."""
    return {
        "fact": _fact(decision, is_reply=found.case.reply_id is not None),
        "rule": result_of(decision, get_language() or "en").rule,
        "until": decision.appealable_until,
    }


def _fact(decision: Decision, *, is_reply: bool) -> str:
    if decision.outcome == "kept":
        return kept_fact(gone=result_of(decision, "en").gone)
    if decision.outcome == "removed":
        return _("The reply was removed.") if is_reply else _("The review was removed.")
    if decision.outcome == "rejected":
        return _("The review is not published.")
    if decision.outcome == "upheld_superseded":
        return _("The decision was wrong, and something newer stands now.")
    return _("After an appeal another moderator looked at it again. It is public again.")


def _events(found: Status) -> list[dict[str, Any]]:
    """What happened, the oldest first, in so far as this reporter has been told."""
    is_reply = found.case.reply_id is not None
    events: list[dict[str, Any]] = [
        {"at": found.report.confirmed_at, "what": _("We got your report.")}
    ]
    events += [
        {"at": one.decided_at, "what": _fact(one, is_reply=is_reply)} for one in found.decisions
    ]
    if found.appeal:
        events.append({"at": found.appeal.opened_at, "what": _("You appealed.")})
    return sorted(events, key=lambda event: event["at"])
