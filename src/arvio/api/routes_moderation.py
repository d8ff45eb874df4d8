"""Routes of the desk: cases, decisions, corrections, by a moderator's own key. Another
marketplace's case is as one that isn't there.
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
from arvio.api import shapes
from arvio.api import shapes_moderation as answers
from arvio.api.audience import MODERATOR
from arvio.api.callers import ModeratorKey
from arvio.api.language import spoken
from arvio.api.once import Made, once
from arvio.api.rendering import review as rendered
from arvio.api.routes_reports import caller_name, list_disputes
from arvio.catalog.staff import Moderator
from arvio.moderation import correcting, deciding, details, parties, queries, reporting, threads
from arvio.moderation.deciding import Words
from arvio.moderation.models import DecisionDraft, Item
from arvio.reviews import queries as reviews

router = Router(tags=[MODERATOR.value])
moderator_key = ModeratorKey()


def moderator_of(request: HttpRequest) -> Moderator:
    moderator: Moderator = request.auth  # type: ignore[attr-defined]  # set by ninja
    return moderator


def _case(moderator: Moderator, case_id: UUID) -> dict[str, Any]:
    found = details.one(moderator=moderator, case_id=case_id, language=spoken(), now=clock.now())
    return rendering.case(found)


@router.get(
    "/moderation/cases",
    auth=moderator_key,
    response=answers.Cases,
    summary="Cases by due time, what is overdue first",
    description="Decided ones the newest first. A proposal that waits for a second moderator is "
    "an open case.",
)
def cases(request: HttpRequest, query: Query[bodies.CasesQuery]) -> Any:
    moderator, now = moderator_of(request), clock.now()
    page = queries.queue(
        moderator=moderator,
        now=now,
        filters=queries.CaseFilters(
            state=query.state or "waiting",
            overdue=query.overdue,
            mine=query.mine or False,
            app=query.app or "",
            item=query.item or "",
            reason=query.reason or "",
        ),
        cursor=query.cursor,
        limit=query.limit,
    )
    found = details.of(
        moderator=moderator,
        cases=[one.case for one in page.items],
        language=spoken(),
        now=now,
    )
    return {"items": [rendering.case(one) for one in found], "next": page.next}


@router.get(
    "/moderation/cases/{uuid:case_id}",
    auth=moderator_key,
    response=answers.CaseOut,
    summary="A case with its reports and its decision",
)
def case(request: HttpRequest, case_id: UUID) -> Any:
    return _case(moderator_of(request), case_id)


@router.post(
    "/moderation/cases/{uuid:case_id}/decision",
    auth=moderator_key,
    response={201: answers.CaseOut, 202: answers.CaseOut},
    summary="Decide a case",
    description="At once with all that follows: the rating, the places, who is told. 202 where the "
    "policy asks for a second moderator: then it is a proposal.",
)
def decide(request: HttpRequest, case_id: UUID, body: bodies.DecisionIn) -> HttpResponse:
    moderator, now = moderator_of(request), clock.now()

    def act() -> Made:
        words = Words(body.action, body.rule or "", body.statement)
        made = deciding.decide(moderator=moderator, case_id=case_id, words=words, now=now)
        proposed = isinstance(made, DecisionDraft)
        return Made(202 if proposed else 201, _case(moderator, case_id))

    return once(request, caller=caller_name(moderator), act=act, now=now)


@router.post(
    "/moderation/cases/{uuid:case_id}/approve",
    auth=moderator_key,
    response={201: answers.CaseOut},
    summary="Agree with what another moderator proposed",
)
def approve(request: HttpRequest, case_id: UUID, query: Query[bodies.ApproveQuery]) -> HttpResponse:
    moderator, now = moderator_of(request), clock.now()
    deciding.approve(moderator=moderator, case_id=case_id, seen=query.seen, now=now)
    return Made(201, _case(moderator, case_id)).response()


@router.post(
    "/moderation/cases/{uuid:case_id}/send-back",
    auth=moderator_key,
    response=answers.CaseOut,
    summary="Send a proposal back, with the reason",
)
def send_back(request: HttpRequest, case_id: UUID, body: bodies.NoteIn) -> Any:
    moderator = moderator_of(request)
    deciding.send_back(moderator=moderator, case_id=case_id, note=body.note, now=clock.now())
    return _case(moderator, case_id)


@router.post(
    "/moderation/cases/{uuid:case_id}/assign",
    auth=moderator_key,
    response=answers.CaseOut,
    summary="Take a case, or leave it to whoever comes",
)
def assign(request: HttpRequest, case_id: UUID, body: bodies.AssignIn) -> Any:
    moderator = moderator_of(request)
    to = moderator if body.to == "me" else None
    deciding.assign(moderator=moderator, case_id=case_id, to=to, now=clock.now())
    return _case(moderator, case_id)


@router.post(
    "/moderation/reviews/{uuid:review_id}/cases",
    auth=moderator_key,
    response={201: answers.CaseOut},
    summary="Open a case without a report",
    description="Also about a review that is still held.",
)
def open_case(request: HttpRequest, review_id: UUID, body: bodies.OwnCaseIn) -> HttpResponse:
    moderator, now = moderator_of(request), clock.now()
    target = reporting.target_of(
        item=Item.REVIEW, item_id=review_id, marketplace_id=moderator.marketplace.pk
    )

    def act() -> Made:
        with transaction.atomic():
            made = reporting.file_report(
                target=target,
                reporter=parties.staff(moderator=moderator, language=spoken()),
                reason=body.reason,
                comment=body.comment,
                now=now,
            )
            return Made(201, _case(moderator, made.case_id))

    return once(request, caller=caller_name(moderator), act=act, now=now)


@router.post(
    "/reviews/{uuid:review_id}/corrections",
    auth=moderator_key,
    response={201: shapes.Review},
    summary="Replace a review's words",
    description="A new version; the old one is kept, stars and answers stay. Author and partner "
    "are told why, and whoever asked for it is answered by it.",
)
def correct(request: HttpRequest, review_id: UUID, body: bodies.CorrectionIn) -> HttpResponse:
    moderator, now = moderator_of(request), clock.now()

    def act() -> Made:
        correcting.correct_review(
            moderator=moderator,
            review_id=review_id,
            words=body.words(),
            reason=body.reason,
            now=now,
        )
        shown = reviews.for_staff(review_id=review_id, marketplace=moderator.marketplace, now=now)
        return Made(201, rendered(shown))

    return once(request, caller=caller_name(moderator), act=act, now=now)


@router.get(
    "/moderation/disputes",
    auth=moderator_key,
    response=answers.Disputes,
    summary="Disputes with partners, what was written in last first",
)
def disputes(request: HttpRequest, query: Query[bodies.DisputesQuery]) -> Any:
    return list_disputes(moderator_of(request), query)


@router.post(
    "/disputes/{uuid:dispute_id}/close",
    auth=moderator_key,
    response={201: answers.Dispute},
    summary="Close a dispute with what came of it",
)
def close(request: HttpRequest, dispute_id: UUID, body: bodies.CloseIn) -> HttpResponse:
    moderator, now = moderator_of(request), clock.now()

    def act() -> Made:
        made = threads.close_dispute(
            moderator=moderator,
            thread_id=dispute_id,
            outcome=body.outcome,
            text=body.text,
            now=now,
        )
        return Made(201, rendering.dispute(made))

    return once(request, caller=caller_name(moderator), act=act, now=now)
