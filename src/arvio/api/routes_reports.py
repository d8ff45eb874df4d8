"""Routes of whoever speaks to the moderators: reports by anybody, what authors and partners ask,
appeals, disputes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from arvio import clock
from arvio.api import bodies_moderation as bodies
from arvio.api import rendering_moderation as rendering
from arvio.api import shapes_moderation as shapes
from arvio.api.audience import PARTNER, PUBLIC, VIEWER
from arvio.api.callers import AnyOf, Caller, ModeratorKey, Nobody, PartnerKey, ViewerToken
from arvio.api.language import accepted, known
from arvio.api.once import Made, once
from arvio.api.problems import invalid
from arvio.catalog.members import Member
from arvio.catalog.models import Marketplace
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator
from arvio.moderation import appealing, correcting, parties, reporting, thread_queries, threads
from arvio.moderation.models import Item, Thread
from arvio.moderation.parties import Reporter
from arvio.people import limits
from arvio.reviews.errors import RightMissing

router = Router()
partner_key, moderator_key, viewer_token = PartnerKey(), ModeratorKey(), ViewerToken()
anybody = AnyOf(viewer_token, partner_key, moderator_key, optional=True)
author_or_partner = AnyOf(viewer_token, partner_key)
partner_or_moderator = AnyOf(partner_key, moderator_key)


def caller_name(caller: Caller) -> str:
    """Whose kept answers these are: a person has others for another partner or marketplace."""
    if isinstance(caller, Member):
        return f"{caller.actor}/{caller.partner.pk}"
    return f"{caller.actor}/{caller.marketplace.pk}"


def _caller(request: HttpRequest) -> Any:
    return request.auth  # type: ignore[attr-defined]  # set by ninja


# --- Reports -------------------------------------------------------------------------------------

REPORT: dict[str, Any] = {
    "auth": anybody,
    "response": {202: shapes.Reported},
    "tags": [PUBLIC.value],
    "openapi_extra": anybody.openapi,
    "description": "What is reported stays public until a moderator decides. Who sends no token "
    "and no key gives an e-mail address: the report counts once the link mailed there is used.",
}


@router.post("/reviews/{uuid:review_id}/reports", summary="Report a review", **REPORT)
def report_review(request: HttpRequest, review_id: UUID, body: bodies.ReportIn) -> HttpResponse:
    return _report(request, Item.REVIEW, review_id, body)


@router.post("/replies/{uuid:reply_id}/reports", summary="Report a reply", **REPORT)
def report_reply(request: HttpRequest, reply_id: UUID, body: bodies.ReportIn) -> HttpResponse:
    return _report(request, Item.REPLY, reply_id, body)


def _report(request: HttpRequest, item: Item, item_id: UUID, body: bodies.ReportIn) -> HttpResponse:
    caller, now = _caller(request), clock.now()
    place = None if isinstance(caller, Nobody) else caller.marketplace.pk
    target = reporting.public_target(item=item, item_id=item_id, marketplace_id=place)
    reporter = _reporter(request, caller, target.review.marketplace, body.email)

    def act() -> Made:
        with transaction.atomic():
            if not reporter.counts_at_once:
                reporting.limit_visitor(
                    email=reporter.email,
                    address=limits.address_of(request=request),
                    at=clock.real(),
                )
            made = reporting.file_report(
                target=target,
                reporter=reporter,
                reason=body.reason,
                comment=body.comment,
                now=now,
            )
        return Made(202, rendering.reported(made))

    return once(request, caller=f"{reporter.key}/{reporter.marketplace.pk}", act=act, now=now)


def _reporter(
    request: HttpRequest, caller: Caller | Nobody, marketplace: Marketplace, email: str | None
) -> Reporter:
    """A viewer of an account that isn't known can't be known again, and comes as a visitor."""
    found = None
    if isinstance(caller, Viewer):
        found = parties.customer(viewer=caller, language=_language(request, caller))
    elif isinstance(caller, Member):
        found = parties.partner_member(member=caller, language=_language(request, caller))
    elif isinstance(caller, Moderator):
        found = parties.staff(moderator=caller, language=_language(request, caller))
    if found is not None:
        return found
    if not email:
        detail = "Give an e-mail address: the report counts once the link that goes there is used."
        raise invalid("email", detail, "required")
    language = accepted(request) or known(*marketplace.languages) or "en"
    return parties.visitor(marketplace=marketplace, email=email, language=language)


def _language(request: HttpRequest, caller: Caller) -> str:
    own = caller.locale if isinstance(caller, Viewer) else caller.person.language
    return accepted(request) or known(own) or known(*caller.marketplace.languages) or "en"


# --- What authors and partners ask ---------------------------------------------------------------


@router.post(
    "/reviews/{uuid:review_id}/correction-requests",
    auth=author_or_partner,
    response={201: shapes.CorrectionRequestOut},
    tags=[VIEWER.value],
    summary="Ask that a review's text be replaced",
    description="By its author, with a viewer token, or by the app's partner, with a partner key.",
    openapi_extra=author_or_partner.openapi,
)
def ask_correction(
    request: HttpRequest, review_id: UUID, body: bodies.CorrectionRequestIn
) -> HttpResponse:
    caller, now = _caller(request), clock.now()

    def act() -> Made:
        said: dict[str, Any] = {
            "review_id": review_id,
            "text": body.text,
            "reason": body.reason,
            "now": now,
        }
        if isinstance(caller, Member):
            made = correcting.ask_as_partner(member=caller, **said)
        else:
            made = correcting.ask_as_author(viewer=caller, **said)
        return Made(201, rendering.correction_request(made))

    return once(request, caller=caller_name(caller), act=act, now=now)


@router.post(
    "/cases/{uuid:case_id}/appeal",
    auth=author_or_partner,
    response={201: shapes.Appealed},
    tags=[VIEWER.value],
    summary="Appeal against a decision",
    description="By the review's author, with a viewer token, or by the app's partner, with a "
    "partner key. Once, until `appeal_until`; another moderator decides.",
    openapi_extra=author_or_partner.openapi,
)
def appeal(request: HttpRequest, case_id: UUID, body: bodies.TextIn) -> HttpResponse:
    caller, now = _caller(request), clock.now()

    def act() -> Made:
        if isinstance(caller, Member):
            case, appellant = appealing.as_partner(member=_with_right(caller), case_id=case_id)
        else:
            case, appellant = appealing.as_author(viewer=caller, case_id=case_id)
        thread = appealing.appeal(case=case, appellant=appellant, text=body.text, now=now)
        return Made(201, rendering.appealed(thread, case))

    return once(request, caller=caller_name(caller), act=act, now=now)


def _with_right(member: Member) -> Member:
    """Whoever may answer for the partner may appeal for it."""
    if not member.may("reply"):
        raise RightMissing
    return member


# --- Disputes ------------------------------------------------------------------------------------


@router.post(
    "/reviews/{uuid:review_id}/disputes",
    auth=partner_key,
    response={201: shapes.Dispute},
    tags=[PARTNER.value],
    summary="Take a review up with the moderators",
    description="A conversation. It hides and changes nothing by itself.",
)
def open_dispute(request: HttpRequest, review_id: UUID, body: bodies.TextIn) -> HttpResponse:
    member, now = _caller(request), clock.now()

    def act() -> Made:
        made = threads.open_dispute(member=member, review_id=review_id, text=body.text, now=now)
        return Made(201, rendering.dispute(made))

    return once(request, caller=caller_name(member), act=act, now=now)


@router.get(
    "/partner/disputes",
    auth=partner_key,
    response=shapes.Disputes,
    tags=[PARTNER.value],
    summary="My disputes, what was written in last first",
)
def disputes(request: HttpRequest, query: Query[bodies.DisputesQuery]) -> Any:
    return list_disputes(_caller(request), query)


def list_disputes(caller: Member | Moderator, query: bodies.DisputesQuery) -> Any:
    page = thread_queries.disputes(
        asked_by=caller, state=query.state or "", cursor=query.cursor, limit=query.limit
    )
    return {"items": [rendering.dispute(one) for one in page.items], "next": page.next}


def _thread(caller: Member | Moderator, dispute_id: UUID) -> Thread:
    if isinstance(caller, Member):
        return threads.dispute_of_member(member=caller, thread_id=dispute_id)
    return threads.thread_of_moderator(moderator=caller, thread_id=dispute_id)


@router.get(
    "/disputes/{uuid:dispute_id}/messages",
    auth=partner_or_moderator,
    response=shapes.Messages,
    tags=[PARTNER.value],
    summary="What was written in a dispute, oldest first",
    openapi_extra=partner_or_moderator.openapi,
)
def messages(request: HttpRequest, dispute_id: UUID, query: Query[bodies.MessagesQuery]) -> Any:
    page = thread_queries.messages(
        thread=_thread(_caller(request), dispute_id), cursor=query.cursor, limit=query.limit
    )
    return {"items": [rendering.message(one) for one in page.items], "next": page.next}


@router.post(
    "/disputes/{uuid:dispute_id}/messages",
    auth=partner_or_moderator,
    response={201: shapes.Message},
    tags=[PARTNER.value],
    summary="Write in a dispute",
    openapi_extra=partner_or_moderator.openapi,
)
def write(request: HttpRequest, dispute_id: UUID, body: bodies.TextIn) -> HttpResponse:
    caller, now = _caller(request), clock.now()

    def act() -> Made:
        said: dict[str, Any] = {"thread_id": dispute_id, "text": body.text, "now": now}
        if isinstance(caller, Member):
            made = threads.write_as_member(member=caller, **said)
        else:
            made = threads.write_as_moderator(moderator=caller, **said)
        return Made(201, rendering.message(made))

    return once(request, caller=caller_name(caller), act=act, now=now)
