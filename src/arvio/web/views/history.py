"""What happened to a review, in words, with what it takes to check it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.reviews import history as reviews
from arvio.reviews.states import PUBLIC
from arvio.web import history_words, pages, shown


@require_safe
def history(request: HttpRequest, marketplace: str, review: UUID) -> HttpResponse:
    found = reviews.history(review_id=review, marketplace=marketplace)
    proof = reviews.prove(history=found)
    owner = found.review.marketplace
    pages.settle(request, owner)
    leaf = proof.inclusion.leaf if proof.inclusion else None
    context = {
        "app": shown.app_head(found.review.app),
        "review_id": found.review.pk,
        "public": found.review.state in PUBLIC,
        "rows": [history_words.row(one) for one in found.rows],
        "seal": leaf and leaf.seal,
        "all_sealed": bool(leaf and found.rows and leaf.seq >= found.rows[-1].row.seq),
        "next_seal_at": proof.next_seal_at,
        "api_url": f"/api/v1/reviews/{found.review.pk}",
        "seals_url": f"/api/v1/marketplaces/{owner.slug}/seals",
        "file": f"proof-{found.review.pk}.json",
    }
    return pages.page(
        request,
        "web/history.html",
        context,
        marketplace=owner,
        now=clock.now(),
        section="apps",
    )
