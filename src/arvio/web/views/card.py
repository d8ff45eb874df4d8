"""The public card of an app, one review by itself, and the figures behind a rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import queries as catalog
from arvio.catalog.explain import explain_policy
from arvio.catalog.models import App
from arvio.catalog.queries import Viewer
from arvio.catalog.words import number_words
from arvio.moderation import tombstones
from arvio.paging import CursorError
from arvio.ratings import queries as ratings
from arvio.ratings.queries import RatedApp
from arvio.reviews import queries as reviews
from arvio.reviews.errors import Gone
from arvio.reviews.queries import PublicReview
from arvio.web import language, pages, shown, structured
from arvio.web.views import oembed

PAGE = 20
PAGE_INSIDE = 10


@require_safe
def card(request: HttpRequest, marketplace: str, app: str) -> HttpResponse:
    now = clock.now()
    found = ratings.rating(marketplace=marketplace, app=app, now=now)
    pages.settle(request, found.app.marketplace)
    url = settings.BASE_URL + iri_to_uri(request.path)
    context = reviews_of(request, found)
    context |= {
        "canonical": url,
        "json_ld": structured.json_ld(found, url=url, reviews=context["reviews"]),
        "alternates": _alternates(found.app, url),
    }
    return pages.page(
        request,
        "web/card.html",
        context,
        marketplace=found.app.marketplace,
        now=now,
        section="apps",
    )


def _alternates(app: App, url: str) -> list[dict[str, str]]:
    """Other ways to read the card: feeds, and what other sites show for its address."""
    names = [app.marketplace.slug, app.ref]
    title = _("Reviews of %(app)s on %(marketplace)s") % {
        "app": app.name,
        "marketplace": app.marketplace.name,
    }
    feeds = [
        {"type": f"application/{form}+xml", "url": reverse(f"web:{form}", args=names)}
        for form in ("atom", "rss")
    ]
    embedded = [] if app.retired else oembed.links(url, app.name)
    return [*({**feed, "title": title} for feed in feeds), *embedded]


def reviews_of(
    request: HttpRequest, found: RatedApp, *, viewer: Viewer | None = None
) -> dict[str, Any]:
    """Summary, filters and a page of reviews: the same card in public and inside the product."""
    now, limit = clock.now(), PAGE_INSIDE if viewer else PAGE
    filters, sort = shown.read_filters(request)
    if viewer and shown.chosen_stars(request):
        filters = replace(filters, stars=())  # they are for the form
    cursor = request.GET.get("cursor") or None
    asked: dict[str, Any] = {
        "app": found.app,
        "version": found.policy_version,
        "now": now,
        "filters": filters,
        "sort": sort,
    }
    try:
        page = reviews.page(**asked, cursor=cursor, limit=limit)
    except CursorError:
        page = reviews.page(**asked, limit=limit)
    first = not filters.any and cursor is None
    return {
        "app": shown.app_head(found.app),
        "rating": shown.rating(
            found.rating, request=request, chosen=filters.stars, inside=viewer is not None
        ),
        "reviews": _shown(found.app, page.items, inside=viewer is not None),
        "removed": tombstones.of_app(app=found.app, language=language.current()) if first else None,
        "filters": shown.filter_fields(filters, sort, found.app.marketplace.languages),
        "more_url": shown.link(request, cursor=page.next) if page.next else "",
        "page_size": limit,
        "here": request.path,
    }


def _shown(app: App, items: Sequence[PublicReview], *, inside: bool) -> list[dict[str, Any]]:
    """Reviews with the way to report them, and with what is left of a removed reply."""
    unanswered = [one.id for one in items if one.reply is None]
    gone = tombstones.of_replies(reviews=unanswered, language=language.current())
    return [
        shown.review(
            one,
            slug=app.marketplace.slug,
            report="_inside" if inside else "",
            reply_removed=gone.get(one.id),
        )
        for one in items
    ]


@require_safe
def review(request: HttpRequest, marketplace: str, review: UUID) -> HttpResponse:
    now = clock.now()
    try:
        found, app = reviews.public_review(review_id=review, now=now, marketplace=marketplace)
    except Gone as gone:
        return _tombstone(request, marketplace, review, gone)
    pages.settle(request, app.marketplace)
    url = settings.BASE_URL + iri_to_uri(request.path)
    context = {
        "app": shown.app_head(app),
        "review": _shown(app, [found], inside=False)[0],
        "canonical": url,
        "alternates": [] if app.retired else oembed.links(url, app.name),
    }
    return pages.page(
        request, "web/review.html", context, marketplace=app.marketplace, now=now, section="apps"
    )


def _tombstone(request: HttpRequest, slug: str, review: UUID, gone: Gone) -> HttpResponse:
    """What is left of a removed review: that it was there, when it went, and why (410)."""
    marketplace = catalog.marketplace(slug=slug)
    pages.settle(request, marketplace)
    withdrawn = gone.rule == "withdrawn"
    decided = tombstones.of_review(review_id=review, language=language.current())
    context = {
        "review_id": review,
        "removed_on": date.fromisoformat(gone.date),
        "withdrawn": withdrawn,
        "erased": gone.rule == "erased",
        "rule": decided.rule.named if decided else gone.rule.replace("_", " "),
    }
    response = pages.page(
        request,
        "web/tombstone.html",
        context,
        marketplace=marketplace,
        now=clock.now(),
        section="apps",
        status=410,
    )
    # Browsers keep a 410 for good when nothing is said, and a review may be restored.
    add_never_cache_headers(response)
    return response


@require_safe
def explain(request: HttpRequest, marketplace: str, app: str) -> HttpResponse:
    """Everything a rating and a place come from, so that anyone gets the same digits (R94)."""
    now = clock.now()
    found = ratings.rating(marketplace=marketplace, app=app, now=now)
    answer = ratings.explain(marketplace=marketplace, app=app, now=now)
    pages.settle(request, found.app.marketplace)
    context = {
        "app": shown.app_head(found.app),
        "count": answer["count"],
        "minimum": answer["constants"]["min_reviews"],
        "policy_version": answer["policy_version"],
        "api_url": f"/api/v1/marketplaces/{marketplace}/apps/{quote(app)}/rating/explain",
        **_inputs(answer),
        **_score(answer, found),
    }
    return pages.page(
        request,
        "web/explain.html",
        context,
        marketplace=found.app.marketplace,
        now=now,
        section="apps",
    )


def _inputs(answer: dict[str, Any]) -> dict[str, Any]:
    if answer["inputs"] is None:
        return {}
    histogram = {int(stars): count for stars, count in answer["inputs"]["histogram"].items()}
    rows = [
        {"stars": n, "count": histogram[n], "product": n * histogram[n]} for n in (5, 4, 3, 2, 1)
    ]
    mean = Decimal(str(answer["mean"])).quantize(Decimal("0.01"))
    return {
        "inputs": rows,
        "total": sum(row["product"] for row in rows),
        "mean_shown": str(mean).replace(".", "," if language.current() in ("ru", "fi") else "."),
        "days": answer["inputs"].get("days"),
        "scored_on": answer["inputs"].get("scored_on"),
    }


def _score(answer: dict[str, Any], found: RatedApp) -> dict[str, Any]:
    """The policy's own sentence and formula, then the same with the app's figures."""
    policy = found.policy_version.policy
    rating = next(
        part for part in explain_policy(policy, language.current()) if part.key == "rating"
    )
    score = str(answer["score"]).replace(".", "," if language.current() in ("ru", "fi") else ".")
    weight, mean = (
        number_words(policy.ranking.prior_weight),
        number_words(policy.ranking.prior_mean),
    )
    line = f"= {score}"
    if answer["inputs"] is not None and policy.ranking.half_life is None:
        total = sum(int(stars) * count for stars, count in answer["inputs"]["histogram"].items())
        line = f"= ({weight} × {mean} + {total}) ÷ ({weight} + {answer['count']}) = {score}"
    words = _("The order of the list follows a score, rounded half to even to six places.")
    return {"formula": rating.formula, "formula_words": words, "score_line": line}
