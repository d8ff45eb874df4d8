"""Feeds of an app's reviews: `/{m}/apps/{app}/reviews.atom` and `.rss`."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.ratings import queries as ratings
from arvio.reviews import queries as reviews
from arvio.web import feed_entries, language, open_documents

MOST = 50


@require_safe
def feed(request: HttpRequest, marketplace: str, app: str, form: str) -> HttpResponse:
    """The newest published reviews, in as many statements as the card's list takes."""
    now = clock.now()
    found = ratings.rating(marketplace=marketplace, app=app, now=now)
    language.settle(request, offered=found.app.marketplace.languages, cookie=False)
    page = reviews.page(app=found.app, version=found.policy_version, now=now, limit=MOST)
    asked = language.current() if request.GET.get("lang") == language.current() else ""
    query = f"?lang={asked}" if asked else ""
    here = settings.BASE_URL + reverse(f"web:{form}", args=[marketplace, app])
    card = settings.BASE_URL + reverse("web:app", args=[marketplace, app])
    links = [
        settings.BASE_URL + reverse("web:review", args=[marketplace, one.id]) for one in page.items
    ]
    made = feed_entries.make(
        found,
        page.items,
        form=form,
        addresses={"self": here + query, "card": card + query},
        links=[link + query for link in links],
    )
    body = made.writeString("utf-8")
    return open_documents.answer(
        request,
        body=body.encode(),
        content_type=feed_entries.CONTENT_TYPES[form],
        modified_at=made.latest_post_date(),
    )
