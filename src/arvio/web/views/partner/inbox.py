"""The inbox: the list with its filters, and beside it the review that is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog.members import Member
from arvio.moderation import partner_reads
from arvio.paging import CursorError
from arvio.policy.form import FieldError
from arvio.reviews import inbox as reads
from arvio.reviews.inbox import Counts, InboxPage, PartnerReview
from arvio.web import inbox_query, partner_notes, partner_review, reply_editor
from arvio.web.inbox_query import InboxQuery
from arvio.web.reply_editor import Typed
from arvio.web.views.partner.access import partner_page, render
from arvio.web.views.partner.by_review import review_page

PAGE = 20


@require_safe
@partner_page()
def inbox(request: HttpRequest, member: Member) -> HttpResponse:
    return show(request, member, None, now=clock.now())


@require_safe
@review_page()
def review(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    now = clock.now()
    found = reads.one(member=member, review_id=review, now=now, decided=True)
    return show(request, member, found, now=now, done=request.GET.get("done", ""))


def show(
    request: HttpRequest,
    member: Member,
    found: PartnerReview | None,
    *,
    now: datetime,
    typed: Typed | None = None,
    errors: Sequence[FieldError] = (),
    done: str = "",
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The inbox with `found` open, or with the first of the list. `typed` is what stands in the
    editor instead of the draft.
    """
    apps = reads.apps(member=member)
    query = inbox_query.read(request.GET, apps=apps)
    query, listed = _listed(member, query, now)
    counts = reads.counts(member=member)
    chosen = found is not None
    if found is None and listed.items:
        found = reads.one(member=member, review_id=listed.items[0].public.id, now=now)
    address = query.address()
    context = {
        "tabs": inbox_query.tabs(query, counts),
        "fields": inbox_query.fields(query, apps=apps, languages=member.marketplace.languages),
        "query": query,
        "active_filters": query.in_panel,
        "list_url": reverse("partner:inbox") + address,
        "clear_url": reverse("partner:inbox"),
        "first_url": reverse("partner:inbox") + query.address(cursor="") if query.cursor else "",
        "more_url": reverse("partner:inbox") + query.address(cursor=listed.next)
        if listed.next
        else "",
        "items": [
            partner_review.row(
                one,
                query=address,
                current=bool(found and one.public.id == found.public.id),
                now=now,
            )
            for one in listed.items
        ],
        "counts": counts,
        "empty": _empty(query, listed, counts, chosen=chosen),
        "chosen": chosen,
        "late": reply_editor.late(found) if found and late else None,
        **_opened(member, found, address, typed, errors, done, now),
    }
    if query.errors and status == 200:
        status = 400
    return render(
        request, member, "web/partner/inbox.html", context, section="reviews", status=status
    )


def _listed(member: Member, query: InboxQuery, now: datetime) -> tuple[InboxQuery, InboxPage]:
    asked: dict[str, Any] = {
        "member": member,
        "now": now,
        "filters": query.filters,
        "sort": query.sort,
        "limit": PAGE,
    }
    try:
        return query, reads.page(**asked, cursor=query.cursor)
    except CursorError:
        return query.from_the_start(), reads.page(**asked)


def _empty(query: InboxQuery, listed: InboxPage, counts: Counts, *, chosen: bool) -> str:
    """Which of the empty states it is; none if there is something to show."""
    if listed.items:
        return ""
    if not counts.total:
        # Beside a review that a moderator took away, the list alone is empty.
        return "alone" if chosen else "none"
    return "nothing" if query.filtered or query.tab in ("", "all") else query.tab


def _opened(
    member: Member,
    found: PartnerReview | None,
    address: str,
    typed: Typed | None,
    errors: Sequence[FieldError],
    done: str,
    now: datetime,
) -> dict[str, Any]:
    if found is None:
        return {"opened": None}
    editor = reply_editor.show(found, member=member, typed=typed, errors=errors, now=now)
    urls = {
        name: reverse(f"partner:{name}", args=[found.public.id]) + address
        for name in ("reply", "draft", "tips")
    }
    seen = partner_reads.moderated(member=member, review_id=found.public.id, now=now)
    return {
        "opened": partner_review.opened(found, seen=seen, member=member, address=address, now=now),
        "app": {"partner": member.partner.name},
        "editor": editor,
        "kept": typed.text if typed and not editor else "",
        "urls": urls,
        "done": reply_editor.done(found, done, now=now) or partner_notes.done(seen, done),
    }
