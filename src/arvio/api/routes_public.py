"""Routes for everybody: apps, ratings, published reviews, the policy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from arvio import clock
from arvio.api import bodies, rendering, shapes, shapes_proof
from arvio.api.audience import PUBLIC
from arvio.api.bodies_moderation import TransparencyQuery
from arvio.api.problems import invalid
from arvio.api.shapes_guidelines import GuidelinesOut
from arvio.api.shapes_moderation import Transparency as TransparencyOut
from arvio.api.shapes_policy import PolicyOut
from arvio.audit import queries as audit
from arvio.audit.proof import seal_line
from arvio.catalog import queries as catalog
from arvio.moderation import figures
from arvio.ratings import queries as ratings
from arvio.ratings.storefront import storefront
from arvio.reviews import history, proof_lines, queries

router = Router(tags=[PUBLIC.value])


@router.get(
    "/marketplaces/{marketplace}/apps",
    response=shapes.Apps,
    summary="Apps with their ratings",
)
def apps(request: HttpRequest, marketplace: str, query: Query[bodies.AppsQuery]) -> Any:
    found = storefront(
        slug=marketplace,
        now=clock.now(),
        sort=query.sort,
        category=query.category or "",
        q=query.q or "",
        cursor=query.cursor,
        limit=query.limit,
        qualities=True,
    )
    return {
        "items": [rendering.app_item(rated) for rated in found.items],
        "next": found.next,
        "placed": rendering.app_item(found.placed) if found.placed else None,
    }


@router.get(
    "/marketplaces/{marketplace}/apps/{app}/rating",
    response=shapes.Rating,
    summary="What an app's reviews add up to",
)
def rating(request: HttpRequest, marketplace: str, app: str) -> Any:
    found = ratings.rating(marketplace=marketplace, app=app, now=clock.now())
    return rendering.rating(found.rating)


@router.get(
    "/marketplaces/{marketplace}/apps/{app}/rating/explain",
    response=shapes.Explained,
    summary="How an app's score comes about",
)
def explain_rating(request: HttpRequest, marketplace: str, app: str) -> Any:
    return ratings.explain(marketplace=marketplace, app=app, now=clock.now())


@router.get(
    "/marketplaces/{marketplace}/ratings",
    response=shapes.Ratings,
    summary="Ratings of many apps at once",
)
def many_ratings(request: HttpRequest, marketplace: str, query: Query[bodies.RatingsQuery]) -> Any:
    wanted = [ref.strip() for ref in query.apps.split(",") if ref.strip()]
    if not wanted or len(wanted) > ratings.MOST_APPS:
        raise invalid("apps", f"Give 1 to {ratings.MOST_APPS} references of apps, a comma between.")
    now = clock.now()
    found = ratings.ratings(marketplace=marketplace, apps=wanted, now=now)
    if not found:
        catalog.marketplace(slug=marketplace)
    return {"items": [rendering.rating(rated.rating) for rated in found], "next": None}


@router.get(
    "/marketplaces/{marketplace}/apps/{app}/reviews",
    response=shapes.Reviews,
    exclude_unset=True,
    summary="Published reviews of an app",
)
def reviews(
    request: HttpRequest, marketplace: str, app: str, query: Query[bodies.ReviewsQuery]
) -> Any:
    now = clock.now()
    rated = ratings.rating(marketplace=marketplace, app=app, now=now)
    page = queries.page(
        app=rated.app,
        version=rated.policy_version,
        now=now,
        filters=queries.Filters(
            stars=[int(star) for star in query.stars.split(",")] if query.stars else (),
            language=query.language or "",
            answered=query.answered,
            has_text=query.has_text,
            version=query.version or "",
        ),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
    )
    answer: dict[str, Any] = {
        "items": [rendering.review(one) for one in page.items],
        "next": page.next,
    }
    if query.cursor is None:
        answer["rating"] = rendering.rating(rated.rating)
    return answer


@router.get(
    "/reviews/{uuid:review_id}",
    response=shapes.Review,
    summary="One published review",
    description="A review that was public and was removed answers 410 with the date and the rule.",
)
def review(request: HttpRequest, review_id: UUID) -> Any:
    facts, _ = queries.public_review(review_id=review_id, now=clock.now())
    return rendering.review(facts)


@router.get(
    "/reviews/{uuid:review_id}/history",
    response=shapes_proof.HistoryOut,
    summary="What happened to a review",
    description="Of every review that ever was public, removed ones too: no words, nobody's name.",
)
def review_history(request: HttpRequest, review_id: UUID) -> Any:
    found = history.history(review_id=review_id)
    items = [row.line for row in found.rows]
    return {"review": str(review_id), "items": items, "next": None}


@router.get(
    "/reviews/{uuid:review_id}/proof",
    response=shapes_proof.ProofOut,
    summary="A review's history, to be checked offline",
    description="Save it and run `arvio verify --proof FILE`; docs/proof.md says how it is done.",
)
def review_proof(request: HttpRequest, review_id: UUID) -> Any:
    return proof_lines.answer(history.prove(history=history.history(review_id=review_id)))


@router.get(
    "/marketplaces/{marketplace}/seals",
    response=shapes_proof.Seals,
    summary="The seals of a marketplace's histories, newest first",
    description="Whoever keeps a `hash` can tell later whether anything before it was changed.",
)
def seals(request: HttpRequest, marketplace: str, query: Query[bodies.SealsQuery]) -> Any:
    found, following = audit.seals(
        marketplace_id=catalog.marketplace(slug=marketplace).pk,
        cursor=query.cursor,
        limit=query.limit,
    )
    return {"items": [seal_line(seal) for seal in found], "next": following}


@router.get(
    "/marketplaces/{marketplace}/policy",
    response=PolicyOut,
    summary="The rules in force, with their sentences",
)
def policy(request: HttpRequest, marketplace: str) -> Any:
    _, version = catalog.marketplace_with_policy(slug=marketplace, now=clock.now())
    return rendering.policy(version)


@router.get(
    "/marketplaces/{marketplace}/guidelines",
    response=GuidelinesOut,
    summary="The rules that decisions rest on",
)
def guidelines(request: HttpRequest, marketplace: str, query: Query[bodies.GuidelinesQuery]) -> Any:
    found = catalog.marketplace(slug=marketplace)
    if query.version is None:
        return rendering.guidelines(catalog.guidelines(marketplace=found, now=clock.now()))
    return rendering.guidelines(
        catalog.guidelines_version(marketplace=found, number=int(query.version))
    )


@router.get(
    "/marketplaces/{marketplace}/transparency",
    response=TransparencyOut,
    summary="What was reported and what was decided",
)
def transparency(request: HttpRequest, marketplace: str, query: Query[TransparencyQuery]) -> Any:
    found = figures.transparency(
        marketplace=catalog.marketplace(slug=marketplace),
        since=query.since,
        until=query.until,
        now=clock.now(),
    )
    return figures.document(found)
