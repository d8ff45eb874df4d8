"""Structured data for search engines, by the rules for review snippets of software."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from arvio.ratings.queries import RatedApp

# Nothing of it can end the element or begin another: neither </script> nor <!--.
HTML_IN_JSON = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
LONGEST_AUTHOR = 100
SCALE = {"bestRating": 5, "worstRating": 1}


def json_ld(item: RatedApp, *, url: str, reviews: Sequence[Mapping[str, Any]]) -> SafeString:
    """The app with the reviews that stand on the page (`shown.review`), only when the aggregate is
    public and there is one (R154): below the threshold nothing at all.
    """
    found, app = item.rating, item.app
    if found.mean is None or not found.count:
        return SafeString("")
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "SoftwareApplication",
        "name": app.name,
        "url": url,
        "applicationCategory": app.category or "BusinessApplication",
        "author": {"@type": "Organization", "name": app.partner.name},
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": str(found.mean),
            "reviewCount": found.count,
            **SCALE,
        },
    }
    optional = {"description": app.tagline, "softwareVersion": app.version}
    data |= {key: value for key, value in optional.items() if value}
    if reviews:
        data["review"] = [_review(one) for one in reviews]
    text = json.dumps(data, ensure_ascii=False).translate(HTML_IN_JSON)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308  # escaped above


def _review(review: Mapping[str, Any]) -> dict[str, Any]:
    author = review["author"][:LONGEST_AUTHOR]
    data: dict[str, Any] = {
        "@type": "Review",
        "author": {"@type": "Person", "name": author},
        "datePublished": review["at"].date().isoformat(),
        "reviewRating": {"@type": "Rating", "ratingValue": review["stars"], **SCALE},
    }
    optional = {
        "name": review["title"],
        "reviewBody": review["text"],
        "inLanguage": review["language"],
    }
    data |= {key: value for key, value in optional.items() if value}
    if review["edited_at"]:
        data["dateModified"] = review["edited_at"].date().isoformat()
    return data
