"""Routes of somebody who looks: may I review, my review, my reviews. What a viewer may touch is
found by the viewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from arvio import clock
from arvio.api import bodies, rendering, shapes
from arvio.api.audience import VIEWER
from arvio.api.callers import ViewerToken
from arvio.api.language import spoken
from arvio.api.once import Made, once
from arvio.api.problems import invalid
from arvio.api.shapes_data import PersonalData
from arvio.asking.actions import submit_from_link
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.explain import Names
from arvio.catalog.models import App, User
from arvio.catalog.queries import Viewer
from arvio.connect.erasing import erase_everywhere
from arvio.connect.personal_data import personal_data
from arvio.moderation import statements
from arvio.reviews import actions, queries
from arvio.reviews.one_moment import one_moment
from arvio.reviews.queries import OwnReview
from arvio.reviews.submitting import asker_of, judge

router = Router(tags=[VIEWER.value])
viewer_token = ViewerToken()


def viewer_of(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.auth  # type: ignore[attr-defined]  # set by ninja
    return viewer


def app_of(request: HttpRequest, ref: str) -> App:
    """The app, whose name a refusal of this request then speaks of."""
    app = catalog.app(marketplace=viewer_of(request).marketplace, ref=ref)
    request.app_name = app.name  # type: ignore[attr-defined]
    return app


def own_review(viewer: Viewer, review_id: UUID) -> dict[str, Any]:
    return _own(viewer, [queries.own(viewer=viewer, review_id=review_id, now=clock.now())])[0]


def _own(viewer: Viewer, reviews: Sequence[OwnReview]) -> list[dict[str, Any]]:
    """With what the moderators decided of each."""
    decided = statements.for_author(
        viewer=viewer,
        review_ids=[facts.public.id for facts in reviews],
        language=spoken(),
        now=clock.now(),
    )
    return [
        rendering.own_review(facts, language=spoken(), decided=decided.get(facts.public.id))
        for facts in reviews
    ]


@router.get(
    "/marketplaces/{marketplace}/apps/{app}/eligibility",
    auth=viewer_token,
    response=shapes.VerdictOut,
    summary="May I review this app?",
)
def eligibility(request: HttpRequest, marketplace: str, app: str) -> Any:
    viewer, now = viewer_of(request), clock.now()
    found = app_of(request, app)
    version = catalog.policy_in_force(marketplace=viewer.marketplace, now=now)
    asker = asker_of(viewer=viewer, app=found)
    verdict, _ = judge(marketplace=viewer.marketplace, asker=asker, version=version, now=now)
    names = Names(app=found.name, account=viewer.account.name if viewer.account else "")
    return rendering.verdict(verdict, language=spoken(), names=names)


@router.post(
    "/marketplaces/{marketplace}/apps/{app}/reviews",
    auth=viewer_token,
    response={201: shapes.OwnReview},
    summary="Send a review",
    description="Where the policy holds reviews, it is published later, at `publishes_at`.",
)
def submit_review(
    request: HttpRequest, marketplace: str, app: str, body: bodies.ReviewIn
) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    found = app_of(request, app)

    def act() -> Made:
        review = submit_from_link(viewer=viewer, app=found, answers=body.given(), now=now)
        return Made(201, own_review(viewer, review.pk), location=f"/api/v1/reviews/{review.pk}")

    return once(request, caller=viewer.actor, act=act, now=now)


@router.get(
    "/marketplaces/{marketplace}/me/reviews",
    auth=viewer_token,
    response=shapes.OwnReviews,
    summary="My reviews, newest first, whatever their state",
)
def my_reviews(request: HttpRequest, marketplace: str, query: Query[bodies.PageQuery]) -> Any:
    reviews, following = queries.mine(
        viewer=viewer_of(request), now=clock.now(), cursor=query.cursor, limit=query.limit
    )
    return {"items": _own(viewer_of(request), reviews), "next": following}


@router.get(
    "/marketplaces/{marketplace}/me/data",
    auth=viewer_token,
    response=PersonalData,
    summary="Everything that is held about me",
    description="One document, as the page My data downloads it.",
)
def my_data(request: HttpRequest, marketplace: str) -> Any:
    user = _known_user(request)
    with one_moment():
        return personal_data(user=user, now=clock.now())


@router.delete(
    "/marketplaces/{marketplace}/me",
    auth=viewer_token,
    response={204: None},
    summary="Erase me",
    description="Name and words go for good; the stars stay or not as `retention.erasure` says. "
    "The next request with a viewer token of this user makes them known again, without what was "
    "erased.",
)
def erase_me(request: HttpRequest, marketplace: str) -> Any:
    user = _known_user(request)
    erase_everywhere(user=user, actor=viewer_of(request).actor, now=clock.now())
    return Status(204, None)


def _known_user(request: HttpRequest) -> User:
    user = viewer_of(request).user
    if user is None:
        raise NotFound("user", "Nothing is held about this user.")
    return user


@router.patch(
    "/reviews/{uuid:review_id}",
    auth=viewer_token,
    response=shapes.OwnReview,
    summary="Edit my review",
    description="What isn't named stays. When it becomes public is the policy's word: `pending`.",
)
def edit_review(request: HttpRequest, review_id: UUID, body: bodies.ChangesIn) -> Any:
    viewer = viewer_of(request)
    if not body.given():
        raise invalid("body", "Name at least one answer to change.", "required")
    review = actions.edit_review(
        viewer=viewer, review_id=review_id, changes=body.given(), now=clock.now()
    )
    return own_review(viewer, review.pk)


@router.delete(
    "/reviews/{uuid:review_id}",
    auth=viewer_token,
    response={204: None},
    summary="Withdraw my review",
)
def withdraw_review(request: HttpRequest, review_id: UUID) -> Any:
    actions.withdraw_review(viewer=viewer_of(request), review_id=review_id, now=clock.now())
    return Status(204, None)
