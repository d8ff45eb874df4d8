"""What a partner asks of the moderators about one review: a report, a correction, a dispute, an
appeal. Each is one form and one verb of moderation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog.members import Member
from arvio.moderation import appealing, correcting, parties, partner_reads, reporting, threads
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.models import Item
from arvio.moderation.wording import declined
from arvio.policy.form import FieldError, FormError
from arvio.reviews import inbox as reads
from arvio.reviews.inbox import PartnerReview
from arvio.web import inbox_query, language, partner_asking, partner_notes, shown
from arvio.web.partner_asking import Form
from arvio.web.views.partner.access import render
from arvio.web.views.partner.by_review import review_page

METHODS = ["GET", "HEAD", "POST"]
Typed = dict[str, str]
# Does it, and says where to go on.
Send = Callable[[Typed], str]


@require_http_methods(METHODS)
@review_page(right="reply")
def report(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    now = clock.now()
    found = _found(member, review, now)

    def send(typed: Typed) -> str:
        reporting.file_report(
            target=reporting.target_of(item=Item.REVIEW, item_id=review),
            reporter=parties.partner_member(member=member, language=language.current()),
            reason=typed["reason"],
            comment=typed["comment"],
            now=now,
        )
        return _back(request, member, review, done="reported")

    form = partner_asking.report(found, member=member, now=now)
    return _ask(request, member, found, form, send)


@require_http_methods(METHODS)
@review_page(right="reply")
def correction(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    now = clock.now()
    found = _found(member, review, now)

    def send(typed: Typed) -> str:
        correcting.ask_as_partner(member=member, review_id=review, **typed, now=now)
        return _back(request, member, review, done="asked")

    return _ask(request, member, found, partner_asking.correction(found), send)


@require_http_methods(METHODS)
@review_page(right="reply")
def dispute(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    now = clock.now()
    found = _found(member, review, now)

    def send(typed: Typed) -> str:
        made = threads.open_dispute(member=member, review_id=review, **typed, now=now)
        return reverse("partner:dispute", args=[made.pk]) + "?done=sent"

    return _ask(request, member, found, partner_asking.dispute(found), send)


@require_http_methods(METHODS)
@review_page(right="reply")
def appeal(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    """Against what was decided last about the review or its reply."""
    now = clock.now()
    found = _found(member, review, now)
    seen = partner_reads.moderated(member=member, review_id=review, now=now)
    decided = seen.decided

    def send(typed: Typed) -> str:
        if decided is None:
            raise Declined("not_concerned")
        case, appellant = appealing.as_partner(member=member, case_id=decided.case.pk)
        made = appealing.appeal(case=case, appellant=appellant, **typed, now=now)
        return reverse("partner:dispute", args=[made.pk]) + "?done=sent"

    note = None
    if decided:
        note = {**partner_notes.case_note(decided, found, member=member), "links": []}
    return _ask(request, member, found, partner_asking.appeal(seen), send, note=note)


def _found(member: Member, review: UUID, now: datetime) -> PartnerReview:
    """Raises NotYourApp."""
    return reads.one(member=member, review_id=review, now=now, decided=True)


def _ask(
    request: HttpRequest,
    member: Member,
    found: PartnerReview,
    form: Form,
    send: Send,
    *,
    note: partner_notes.Note | None = None,
) -> HttpResponse:
    """The form, or what came of sending it. Whatever is wrong, what was typed is still there."""
    shown_form, status = partner_asking.show(form), 200
    if request.method == "POST":
        typed = partner_asking.read(request, form)
        failed = partner_asking.no_attachments(request)
        errors: Sequence[FieldError] = ()
        status = 422
        try:
            if not failed:
                return HttpResponseRedirect(send(typed), status=303)
        except FormError as error:
            errors = error.errors
        except Declined as error:
            failed, status = declined(error), error.status
        except NoSuchCase:
            # It went while the page was open; the form says so above the words.
            failed, status = form.closed, 409
        shown_form = partner_asking.show(form, typed=typed, errors=errors, failed=failed)
    public = shown.review(found.public, slug=member.marketplace.slug)
    context = {
        "form": shown_form,
        "note": note,
        "review": public,
        "app": {"ref": found.app.ref, "name": found.app.name},
        "wordless": found.wordless,
        "back_url": _back(request, member, found.public.id),
    }
    return render(
        request, member, "web/partner/asking.html", context, section="reviews", status=status
    )


def _back(request: HttpRequest, member: Member, review: UUID, *, done: str = "") -> str:
    """The open review, with the list's filters as they were."""
    query = inbox_query.read(request.GET, apps=reads.apps(member=member))
    address = query.address(done=done, cursor=query.cursor or "")
    return reverse("partner:review", args=[review]) + address
