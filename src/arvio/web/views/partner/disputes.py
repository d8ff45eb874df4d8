"""A partner's conversations with the moderators: disputes, and the appeals that it has made."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from arvio import clock
from arvio.catalog.members import Member
from arvio.moderation import partner_reads, rules, threads
from arvio.moderation.errors import Declined
from arvio.moderation.models import Thread
from arvio.moderation.wording import declined
from arvio.paging import CursorError
from arvio.policy.form import FormError
from arvio.web import partner_asking, partner_threads
from arvio.web.views.partner.access import partner_page, render
from arvio.web.views.partner.by_review import thread_page


@require_safe
@partner_page()
def disputes(request: HttpRequest, member: Member) -> HttpResponse:
    cursor, status = request.GET.get("cursor") or None, 200
    try:
        page = partner_reads.threads(member=member, cursor=cursor)
    except CursorError:
        page, status = partner_reads.threads(member=member), 400
    context = {
        "threads": [partner_threads.row(thread) for thread in page.items],
        "first_url": reverse("partner:disputes") if cursor else "",
        "more_url": f"{reverse('partner:disputes')}?{urlencode({'cursor': page.next})}"
        if page.next
        else "",
    }
    return render(
        request, member, "web/partner/disputes.html", context, section="disputes", status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@thread_page()
def dispute(request: HttpRequest, member: Member, thread: UUID) -> HttpResponse:
    """Reading it takes the mark of what is new away; a POST adds a message."""
    now = clock.now()
    found = threads.dispute_of_member(member=member, thread_id=thread)
    if request.method != "POST":
        return _show(request, member, found, now)
    text = request.POST.get("text", "")[: partner_asking.LONGEST_KEPT]
    failed, status = partner_asking.no_attachments(request), 422
    try:
        if not failed:
            threads.write_as_member(member=member, thread_id=thread, text=text, now=now)
            page = reverse("partner:dispute", args=[thread])
            return HttpResponseRedirect(page + "?done=sent", status=303)
    except FormError as error:
        failed = partner_threads.sentence(error)
    except Declined as error:
        failed, status = declined(error), error.status
        found = threads.dispute_of_member(member=member, thread_id=thread)
    return _show(request, member, found, now, text=text, failed=failed, status=status)


def _show(
    request: HttpRequest,
    member: Member,
    found: Thread,
    now: datetime,
    *,
    text: str = "",
    failed: str = "",
    status: int = 200,
) -> HttpResponse:
    seen = partner_reads.read_until(member=member, thread=found)
    messages = partner_reads.messages(thread=found)
    if request.method != "HEAD" and seen < found.message_count:
        threads.mark_read(thread=found, reader_key=member.actor)
    writes = (
        found.kind == Thread.Kind.DISPUTE
        and found.state == Thread.State.OPEN
        and member.may("reply")
    )
    context = {
        "thread": partner_threads.opened(found, member=member),
        "messages_of": partner_threads.said(messages, seen=seen, member=member),
        "writes": writes,
        "may_write": member.may("reply"),
        "text": text,
        "failed": failed,
        "longest": rules.LONGEST_STATEMENT,
        "done": request.GET.get("done") == "sent" and found.last_party == found.party,
    }
    return render(
        request, member, "web/partner/dispute.html", context, section="disputes", status=status
    )
