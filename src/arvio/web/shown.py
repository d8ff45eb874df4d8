"""What the pages show of apps, ratings and reviews: the answers of the queries, put into words and
lengths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog.labels import choice_label, field_label
from arvio.catalog.models import App
from arvio.moderation.tombstones import Tombstone
from arvio.ratings.queries import RatedApp, Rating
from arvio.reviews.queries import Filters, PublicReview
from arvio.web import language
from arvio.web.usage import usage

# The end of the names of the pages on which a review is reported: in public, or in the product.
ReportAt: TypeAlias = Literal["", "_inside"]
YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}
KEPT_PARAMETERS = (
    "q",
    "category",
    "sort",
    "cursor",
    "stars",
    "language",
    "answered",
    "has_text",
    "version",
    "lang",
)


def link(request: HttpRequest, **changes: str) -> str:
    """This page with a changed query; an empty value takes its parameter away."""
    query = request.GET.copy()
    for key in list(query):
        if key not in KEPT_PARAMETERS:
            del query[key]
    for key, value in changes.items():
        query.pop(key, None)
        if value:
            query[key] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def app_row(
    item: RatedApp,
    *,
    slug: str,
    inside: bool,
    place: int | None = None,
    paid: bool = False,
    installed: bool = False,
) -> dict[str, Any]:
    app = item.app
    return {
        "ref": app.ref,
        "name": app.name,
        "tagline": app.tagline,
        "partner": app.partner.name,
        "category": app.category,
        "mean": item.rating.mean,
        "count": item.rating.count,
        "minimum": item.rating.min_reviews,
        "place": place,
        "paid": paid,
        "installed": installed,
        "url": reverse("web:product" if inside else "web:app", args=[slug, app.ref]),
    }


def app_head(app: App) -> dict[str, Any]:
    return {
        "ref": app.ref,
        "name": app.name,
        "tagline": app.tagline,
        "partner": app.partner.name,
        "category": app.category,
        "version": app.version,
        "listing_url": app.listing_url,
    }


def chosen_stars(request: HttpRequest) -> int | None:
    """The stars that an address of the form brings, as a link in a mail does: `?stars=4`, and no
    sort beside it, which the filters of the reviews below always have.
    """
    stars = request.GET.get("stars", "")
    return int(stars) if stars in {"1", "2", "3", "4", "5"} and "sort" not in request.GET else None


def rating(
    found: Rating, *, request: HttpRequest, chosen: Sequence[int], inside: bool = False
) -> dict[str, Any]:
    """The summary. Below the threshold only the count and the threshold are there to be shown."""
    histogram = found.histogram or {}
    qualities = found.qualities or {}
    return {
        "count": found.count,
        "minimum": found.min_reviews,
        "mean": found.mean,
        "rows": [
            _histogram_row(request, stars, histogram[stars], found.count, chosen, inside)
            for stars in sorted(histogram)[::-1]
        ],
        "qualities": [
            {
                "label": field_label(key),
                "mean": item.mean,
                "count": item.count,
                "share": float(item.mean) * 20,
            }
            for key, item in qualities.items()
        ],
    }


def _histogram_row(
    request: HttpRequest,
    stars: int,
    count: int,
    together: int,
    chosen: Sequence[int],
    inside: bool,
) -> dict[str, Any]:
    current = list(chosen) == [stars]
    # Without it the stars would be for the form: see chosen_stars.
    sort = {"sort": request.GET.get("sort") or "newest"} if inside else {}
    label = ngettext("%(stars)s star", "%(stars)s stars", stars) % {"stars": stars}
    reviews = ngettext("%(count)s review", "%(count)s reviews", count) % {"count": count}
    return {
        "stars": stars,
        "count": count,
        "share": 100 * count / together if together else 0,
        "current": current,
        "url": link(request, stars="" if current else str(stars), cursor="", **sort),
        "label": f"{label}: {reviews}",
    }


def review(
    found: PublicReview,
    *,
    slug: str,
    report: ReportAt | None = None,
    reply_removed: Tombstone | None = None,
) -> dict[str, Any]:
    """`report` says where it can be reported, on the pages that offer it."""
    replied = found.reply
    return {
        "id": found.id,
        "author": found.display_name,
        "verified": found.verified_install,
        "imported": found.imported,
        "affiliation": found.affiliation,
        "usage": usage(found.usage),
        "app_version": found.app_version,
        "about": [
            choice_label(key, value) if key == "company_size" else value
            for key, value in found.about.items()
        ],
        "stars": found.stars,
        "at": found.published_at or found.submitted_at,
        "sent_at": found.submitted_at,
        "edited_at": found.edited_at,
        "language": found.language,
        "foreign": bool(found.language) and found.language.split("-")[0] != language.current(),
        "title": found.title,
        "text": found.text,
        "pros": found.pros,
        "cons": found.cons,
        "erased": found.erased,
        "qualities": [
            {"label": field_label(key), "value": value} for key, value in found.qualities.items()
        ],
        "reply": replied
        and {
            "id": replied.id,
            "text": replied.text,
            "at": replied.replied_at,
            "about_earlier_version": replied.about_earlier_version,
            "fixed_in": replied.fixed_in,
            "report_url": reverse(f"web:report_reply{report}", args=[slug, replied.id])
            if report is not None
            else "",
        },
        "reply_removed": None if replied else reply_removed,
        "report_url": reverse(f"web:report_review{report}", args=[slug, found.id])
        if report is not None
        else "",
        "url": reverse("web:review", args=[slug, found.id]) if found.published_at else "",
    }


def read_filters(request: HttpRequest) -> tuple[Filters, str]:
    """Filters and sort of the query. What was never an offer of ours is left out: a link cut in
    half still works.
    """
    stars = sorted(
        {
            int(part)
            for part in request.GET.get("stars", "").split(",")
            if part in {"1", "2", "3", "4", "5"}
        }
    )
    answered = YES_OR_NO.get(request.GET.get("answered", ""))
    has_text = YES_OR_NO.get(request.GET.get("has_text", ""))
    spoken = request.GET.get("language", "")
    version = request.GET.get("version", "")
    filters = Filters(
        stars=tuple(stars),
        language=spoken if spoken in language.NAMES else "",
        answered=answered,
        has_text=has_text,
        version=version if version.isprintable() and len(version) <= 60 else "",
    )
    sort = request.GET.get("sort", "newest")
    return filters, sort if sort in SORT_LABELS else "newest"


SORT_LABELS: dict[str, Callable[[], str]] = {
    "newest": lambda: _("Newest first"),
    "oldest": lambda: _("Oldest first"),
    "highest": lambda: _("Highest first"),
    "lowest": lambda: _("Lowest first"),
}


def filter_fields(filters: Filters, sort: str, languages: Sequence[str]) -> list[dict[str, Any]]:
    return [
        _select(
            "stars",
            _("Stars"),
            ",".join(map(str, filters.stars)),
            [("", _("All stars")), *((str(n), _stars(n)) for n in (5, 4, 3, 2, 1))],
        ),
        _select(
            "language",
            _("Language"),
            filters.language,
            [("", _("All languages")), *((code, language.NAMES[code]) for code in languages)],
        ),
        _select(
            "answered",
            _("Reply"),
            {True: "yes", False: "no", None: ""}[filters.answered],
            [
                ("", _("With or without reply")),
                ("yes", _("With reply")),
                ("no", _("Without reply")),
            ],
        ),
        _select("sort", _("Sort"), sort, [(key, label()) for key, label in SORT_LABELS.items()]),
    ]


def _stars(count: int) -> str:
    return ngettext("%(stars)s star", "%(stars)s stars", count) % {"stars": count}


def _select(
    key: str, label: str, chosen: str, options: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    offered = [{"value": value, "label": text} for value, text in options]
    if chosen and chosen not in dict(options):
        offered.append({"value": chosen, "label": chosen})
    return {"key": key, "label": label, "chosen": chosen, "options": offered}
