"""Writing the reply: tips while it is typed, a draft, a last look, sending."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arvio import clock
from arvio.catalog.members import Member
from arvio.policy.form import FormError
from arvio.reviews import actions
from arvio.reviews import inbox as reads
from arvio.reviews.errors import Refused
from arvio.reviews.inbox import PartnerReview
from arvio.web import inbox_query, pages, reply_editor, reply_tips
from arvio.web.reply_editor import Typed
from arvio.web.views.partner import inbox
from arvio.web.views.partner.access import render
from arvio.web.views.partner.by_review import review_page

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@review_page(right="reply")
def reply(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    """`do` is what was pressed: a last look (without it), back to editing, or sending."""
    if request.method != "POST":
        return _back(request, member, review)
    now, typed = clock.now(), reply_editor.read(request.POST)
    found = reads.one(member=member, review_id=review, now=now)
    if _in_the_way(found, typed):
        return _late(request, member, found, typed)
    do = request.POST.get("do", "")
    if do == "edit":
        return inbox.show(request, member, found, now=now, typed=typed)
    try:
        typed = reply_editor.check(typed)
        if do == "send":
            actions.send_reply(
                member=member,
                review_id=review,
                text=typed.text,
                fixed_in=typed.fixed_in,
                seen=typed.standing,
                now=now,
            )
            return _back(request, member, review, done="sent")
        _save(member, review, typed)
    except FormError as error:
        return inbox.show(
            request, member, found, now=now, typed=typed, errors=error.errors, status=422
        )
    except Refused:
        found = reads.one(member=member, review_id=review, now=now)
        return _late(request, member, found, typed)
    return _last_look(request, member, found, typed)


@require_http_methods(METHODS)
@review_page(right="reply")
def draft(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    if request.method != "POST":
        return _back(request, member, review)
    now, typed = clock.now(), reply_editor.read(request.POST)
    found = reads.one(member=member, review_id=review, now=now)
    if _in_the_way(found, typed):
        return _late(request, member, found, typed)
    try:
        _save(member, review, typed)
    except FormError as error:
        return inbox.show(
            request, member, found, now=now, typed=typed, errors=error.errors, status=422
        )
    done = "saved" if typed.text.strip() else "emptied"
    return _back(request, member, review, done=done)


@require_http_methods(METHODS)
@review_page(right="reply")
def tips(request: HttpRequest, member: Member, review: UUID) -> HttpResponse:
    """The seven tips for what is in the editor now; nothing is kept."""
    if request.method != "POST":
        return _back(request, member, review)
    now = clock.now()
    found = reads.one(member=member, review_id=review, now=now)
    text = request.POST.get("text", "")
    shown = reply_tips.show(found, member=member, text=text, now=now)
    return pages.fragment(request, "web/partner/tips.html", {"tips": shown})


def _in_the_way(found: PartnerReview, typed: Typed) -> bool:
    """Whether no reply is possible any more, or another than its writer saw stands there now."""
    return not found.can_reply.allowed or reply_editor.standing(found) != typed.standing


def _late(request: HttpRequest, member: Member, found: PartnerReview, typed: Typed) -> HttpResponse:
    """Nothing is sent and nothing is lost: the reply that is there, and the words to copy or, where
    replies can be changed, to send once more.
    """
    there = found.public.reply
    if there and there.text == typed.text.replace("\r\n", "\n").strip():
        return _back(request, member, found.public.id, done="sent")  # pressed twice
    return inbox.show(request, member, found, now=clock.now(), typed=typed, late=True, status=409)


def _save(member: Member, review: UUID, typed: Typed) -> None:
    actions.save_reply_draft(
        member=member,
        review_id=review,
        text=typed.text,
        fixed_in=typed.fixed_in,
        now=clock.now(),
    )


def _last_look(
    request: HttpRequest, member: Member, found: PartnerReview, typed: Typed
) -> HttpResponse:
    address = _address(request, member)
    context = {
        **reply_editor.preview(found, typed, member=member, now=clock.now()),
        "reply_url": reverse("partner:reply", args=[found.public.id]) + address,
        "back_url": reverse("partner:review", args=[found.public.id]) + address,
    }
    return render(request, member, "web/partner/preview.html", context, section="reviews")


def _back(request: HttpRequest, member: Member, review: UUID, *, done: str = "") -> HttpResponse:
    url = reverse("partner:review", args=[review]) + _address(request, member, done=done)
    return HttpResponseRedirect(url, status=303)


def _address(request: HttpRequest, member: Member, **changes: str) -> str:
    """The list's filters stay while one writes."""
    query = inbox_query.read(request.GET, apps=reads.apps(member=member))
    return query.address(**changes, cursor=query.cursor or "")
