"""Routes of a partner's member: their apps' reviews, the counter, the reply. What a member may
touch is found by the member, so another partner's review is as one that isn't there.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Query, Router

from arvio import clock
from arvio.api import bodies, rendering, shapes
from arvio.api.audience import PARTNER
from arvio.api.callers import PartnerKey
from arvio.api.once import Made, once
from arvio.catalog import queries as catalog
from arvio.catalog.members import Member
from arvio.policy.form import LONGEST_REPLY, clean_words
from arvio.policy.verdict import Check, decide
from arvio.ratings import queries as ratings
from arvio.reviews import actions, inbox
from arvio.reviews.advising import advise
from arvio.reviews.errors import Refused

router = Router(tags=[PARTNER.value])
partner_key = PartnerKey()


def member_of(request: HttpRequest) -> Member:
    member: Member = request.auth  # type: ignore[attr-defined]  # set by ninja
    return member


def language() -> str:
    return translation.get_language() or "en"


def filters(query: bodies.PartnerReviewsFilter) -> inbox.InboxFilters:
    return inbox.InboxFilters(
        app=query.app or "",
        stars=[int(star) for star in query.stars.split(",")] if query.stars else (),
        answered=query.answered,
        states=query.state.split(",") if query.state else (),
        language=query.language or "",
        has_text=query.has_text,
        q=query.q or "",
        since=query.since,
        until=query.until,
    )


@router.get(
    "/partner/reviews",
    auth=partner_key,
    response=shapes.PartnerReviews,
    summary="Reviews of all my apps, held ones too",
)
def reviews(request: HttpRequest, query: Query[bodies.PartnerReviewsQuery]) -> Any:
    page = inbox.page(
        member=member_of(request),
        now=clock.now(),
        filters=filters(query),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
    )
    items = [rendering.partner_review(one, language=language()) for one in page.items]
    return {"items": items, "next": page.next}


@router.get(
    "/partner/unanswered",
    auth=partner_key,
    response=shapes.Unanswered,
    summary="How many reviews wait for a reply",
)
def unanswered(request: HttpRequest) -> Any:
    return {"unanswered": inbox.unanswered(partner_id=member_of(request).partner.pk)}


@router.get(
    "/partner/apps/{app}/rating",
    auth=partner_key,
    response=shapes.Rating,
    summary="What an app of mine adds up to, at any count",
)
def rating(request: HttpRequest, app: str) -> Any:
    member = member_of(request)
    found = catalog.app(marketplace=member.marketplace, ref=app)
    if found.partner_id != member.partner.pk:
        request.app_name = found.name  # type: ignore[attr-defined]  # the refusal speaks of it
        raise Refused(decide((Check("not_your_app", False),), policy_version=None, at=clock.now()))
    return rendering.rating(ratings.rating_for_partner(app=found, now=clock.now()))


@router.post(
    "/reviews/{uuid:review_id}/reply",
    auth=partner_key,
    response={201: shapes.Reply},
    summary="Answer a review",
    description="Once for each review, unless its policy lets replies be changed.",
)
def reply(request: HttpRequest, review_id: UUID, body: bodies.ReplyIn) -> HttpResponse:
    member, now = member_of(request), clock.now()

    def act() -> Made:
        sent = actions.send_reply(
            member=member,
            review_id=review_id,
            text=body.text,
            fixed_in=body.fixed_in or "",
            now=now,
        )
        answer = {
            "id": str(sent.pk),
            "text": sent.text,
            "replied_at": rendering.moment(sent.replied_at),
            "about_earlier_version": False,
            "fixed_in": sent.fixed_in or None,
        }
        return Made(201, answer)

    return once(request, caller=f"{member.actor}/{member.partner.pk}", act=act, now=now)


@router.post(
    "/reply-check",
    auth=partner_key,
    response=shapes.Tips,
    summary="The seven tips for a reply",
    description="Looks at the text alone, on this machine, and keeps nothing. It never blocks.",
)
def check_reply(request: HttpRequest, body: bodies.ReplyCheckIn) -> Any:
    member, now = member_of(request), clock.now()
    found = inbox.one(member=member, review_id=body.review, now=now)
    text = (
        clean_words(text=body.text, field="text", shortest=0, longest=LONGEST_REPLY)
        if (body.text.strip())
        else ""
    )
    advice = advise(member=member, found=found, text=text, now=now)
    return {"tips": [rendering.tip(tip, words) for tip, words in advice]}
