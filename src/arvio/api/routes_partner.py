"""Routes of a partner's member: their apps' reviews, the counter, the reply. What a member may
touch is found by the member, so another partner's review is as one that isn't there.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Status

from arvio import clock
from arvio.api import bodies, rendering, shapes
from arvio.api.audience import PARTNER
from arvio.api.callers import PartnerKey
from arvio.api.language import spoken
from arvio.api.once import Made, once
from arvio.asking import actions as link_actions
from arvio.asking import queries as link_queries
from arvio.asking.queries import CountedLink
from arvio.catalog import queries as catalog
from arvio.catalog.members import Member
from arvio.connect import partner_export
from arvio.moderation import statements
from arvio.policy.form import LONGEST_REPLY, clean_words
from arvio.policy.verdict import Check, decide
from arvio.ratings import queries as ratings
from arvio.reviews import actions, inbox
from arvio.reviews.advising import advise
from arvio.reviews.errors import Refused, RightMissing
from arvio.reviews.queries import PublicReply

router = Router(tags=[PARTNER.value])
partner_key = PartnerKey()


def member_of(request: HttpRequest) -> Member:
    member: Member = request.auth  # type: ignore[attr-defined]  # set by ninja
    return member


def _caller(member: Member) -> str:
    """Whose kept answers these are: a person has others for another partner."""
    return f"{member.actor}/{member.partner.pk}"


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
    member, now = member_of(request), clock.now()
    page = inbox.page(
        member=member,
        now=now,
        filters=filters(query),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
    )
    decided = statements.for_partner(
        member=member,
        review_ids=[one.public.id for one in page.items],
        language=spoken(),
        now=now,
    )
    items = [
        rendering.partner_review(one, language=spoken(), decided=decided.get(one.public.id))
        for one in page.items
    ]
    return {"items": items, "next": page.next}


@router.get(
    "/partner/reviews/{uuid:review_id}",
    auth=partner_key,
    response=shapes.PartnerReview,
    summary="One review of my apps, a held one too",
)
def review(request: HttpRequest, review_id: UUID) -> Any:
    member, now = member_of(request), clock.now()
    found = inbox.one(member=member, review_id=review_id, now=now)
    decided = statements.for_partner(
        member=member, review_ids=[review_id], language=spoken(), now=now
    )
    return rendering.partner_review(found, language=spoken(), decided=decided.get(review_id))


@router.get(
    "/partner/export",
    auth=partner_key,
    response={200: None},
    summary="My reviews as a file",
    description="What `/partner/reviews` tells, oldest first, in one answer; its columns and lines "
    "are those of docs/files.md.",
    openapi_extra={"responses": {200: {"content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/jsonl": {"schema": {"type": "string"}},
    }}}},
)  # fmt: skip
def export(request: HttpRequest, query: Query[bodies.PartnerExportQuery]) -> Any:
    pieces = partner_export.export(
        member=member_of(request), filters=filters(query), format=query.format, now=clock.now()
    )
    return StreamingHttpResponse(pieces, content_type=partner_export.CONTENT_TYPES[query.format])


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
        # Just written, so it is about the version that stands.
        shown = PublicReply(sent.pk, sent.text, sent.replied_at, False, sent.fixed_in)
        return Made(201, rendering.reply(shown))

    return once(request, caller=_caller(member), act=act, now=now)


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


@router.get(
    "/partner/links",
    auth=partner_key,
    response=shapes.Links,
    summary="My review links, with what came by them",
    description="Each app has a standing link, with an empty campaign.",
)
def links(request: HttpRequest, query: Query[bodies.LinksQuery]) -> Any:
    member = member_of(request)
    link_actions.default_links(member=member, now=clock.now())
    page = link_queries.page(
        member=member, ended=query.ended or False, cursor=query.cursor, limit=query.limit
    )
    return {"items": [rendering.link(one) for one in page.items], "next": page.next}


@router.post(
    "/partner/links",
    auth=partner_key,
    response={201: shapes.Link},
    summary="Make a review link for a campaign",
)
def make_link(request: HttpRequest, body: bodies.LinkIn) -> HttpResponse:
    member, now = _with_right(request), clock.now()

    def act() -> Made:
        link = link_actions.create_link(
            member=member, app=body.app, campaign=body.campaign, now=now
        )
        return Made(201, rendering.link(CountedLink(link, 0, None)))

    return once(request, caller=_caller(member), act=act, now=now)


@router.delete(
    "/partner/links/{uuid:link_id}",
    auth=partner_key,
    response={204: None},
    summary="End a review link",
    description="Who follows it later comes to the app's public card.",
)
def end_link(request: HttpRequest, link_id: UUID) -> Any:
    link_actions.end_link(member=_with_right(request), link_id=link_id, now=clock.now())
    return Status(204, None)


def _with_right(request: HttpRequest) -> Member:
    """The member, who may answer and so may ask for reviews too."""
    member = member_of(request)
    if not member.may("reply"):
        raise RightMissing
    return member
