"""An app's reviews as Atom and RSS, by Django's feed generators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.template.loader import get_template
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.translation import gettext as _

from arvio.ratings.queries import RatedApp
from arvio.reviews.queries import PublicReview
from arvio.web import language
from arvio.web.templatetags.look import star_words
from arvio.web.xml_words import writable


class Atom(Atom1Feed):
    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]} if item["language"] else {}

    def latest_post_date(self) -> datetime:
        """Django's would be the present moment for an empty feed, and its ETag never the same."""
        found: datetime = self.feed["updated_at"]
        return found


class Rss(Rss201rev2Feed):
    """RSS has no place for an entry's language and last change: Dublin Core and Atom have."""

    def latest_post_date(self) -> datetime:
        found: datetime = self.feed["updated_at"]
        return found

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:dc": "http://purl.org/dc/elements/1.1/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))
        if item["language"]:
            handler.addQuickElement("dc:language", item["language"])


FORMS: dict[str, type[SyndicationFeed]] = {"atom": Atom, "rss": Rss}
CONTENT_TYPES = {form: f"application/{form}+xml; charset=utf-8" for form in FORMS}


def make(
    found: RatedApp,
    reviews: Sequence[PublicReview],
    *,
    form: str,
    addresses: dict[str, str],
    links: Sequence[str],
) -> SyndicationFeed:
    """`addresses` are the feed's own (`self`) and the card's (`card`); `links` those of the
    reviews, in their order.
    """
    app = found.app
    names = {"app": writable(app.name), "marketplace": writable(app.marketplace.name)}
    dates = [updated_at(review) for review in reviews]
    feed = FORMS[form](
        title=_("Reviews of %(app)s on %(marketplace)s") % names,
        link=addresses["card"],
        description=_("Published reviews of %(app)s, newest first.") % names,
        language=language.current(),
        feed_url=addresses["self"],
        feed_guid=f"urn:uuid:{app.pk}",
        updated_at=max(dates, default=app.listed_at),
    )
    for review, link in zip(reviews, links, strict=True):
        _add(feed, review, link, partner=writable(app.partner.name))
    return feed


def updated_at(review: PublicReview) -> datetime:
    """When the author's words became what they are; a reply is told in the entry and isn't theirs.

    A published review has a moment of publication.
    """
    return review.edited_at or review.published_at or review.submitted_at


def _add(feed: SyndicationFeed, review: PublicReview, link: str, *, partner: str) -> None:
    stars, title = star_words(review.stars), writable(" ".join(review.title.split()))
    page = get_template("web/feed_entry.html")
    shown = {"review": review, "stars": stars, "partner": partner}
    feed.add_item(
        title=f"{stars} · {title}" if title else stars,
        link=link,
        description=writable(page.render(shown).strip()),
        author_name=writable(review.display_name),
        unique_id=f"urn:uuid:{review.id}",
        unique_id_is_permalink=False,
        pubdate=review.published_at,
        updateddate=updated_at(review),
        categories=[_("Imported")] if review.imported else [],
        language=review.language,
    )
