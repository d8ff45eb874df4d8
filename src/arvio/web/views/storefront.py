"""The public list of apps, and the list of marketplaces in front of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog import placements
from arvio.catalog import queries as catalog
from arvio.catalog.queries import Viewer
from arvio.catalog.words import duration_words
from arvio.paging import CursorError
from arvio.policy.model import Policy
from arvio.ratings.storefront import SORTS, Storefront, storefront
from arvio.web import pages, shown

PAGE = 20


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    marketplaces = []
    for one, version in catalog.marketplaces_with_policy(now=now):
        url = reverse("web:storefront", args=[one.slug])
        marketplaces.append(
            {
                "name": one.name,
                "accent": one.accent,
                "url": url,
                "theme_url": f"{reverse('web:theme', args=[one.slug])}?{one.accent[1:]}",
                "summary": _summary(version.policy),
            }
        )
    return pages.page(
        request, "web/front.html", {"marketplaces": marketplaces}, marketplace=None, now=now
    )


def _summary(policy: Policy) -> str:
    hold, count = policy.publication.hold, policy.aggregates.min_reviews
    published = _("A review is published at once.")
    if hold:
        published = _("A review is published after %(time)s.") % {
            "time": duration_words(hold, "after")
        }
    shows = ngettext(
        "A rating shows from %(count)s review on.",
        "A rating shows from %(count)s reviews on.",
        count,
    )
    return f"{published} {shows % {'count': count}}"


@require_safe
def apps(request: HttpRequest, marketplace: str) -> HttpResponse:
    return listing(request, marketplace, viewer=None)


def listing(request: HttpRequest, slug: str, *, viewer: Viewer | None) -> HttpResponse:
    """The list in public and inside the product. A sort or cursor that was never ours gives the
    first page.
    """
    now = clock.now()
    chosen = {
        "q": request.GET.get("q", "")[:100].strip(),
        "category": request.GET.get("category", ""),
        "sort": request.GET.get("sort", ""),
    }
    if chosen["sort"] not in SORTS:
        chosen["sort"] = "rating"
    asked: dict[str, Any] = {"slug": slug, "now": now, "limit": PAGE, "categories": True, **chosen}
    try:
        found = storefront(**asked, cursor=request.GET.get("cursor") or None)
    except CursorError:
        found = storefront(**asked)
    pages.settle(request, found.marketplace, viewer)
    context = _context(request, found, chosen, viewer)
    return pages.page(
        request,
        "web/storefront.html",
        context,
        marketplace=found.marketplace,
        now=now,
        viewer=viewer,
        section="apps",
    )


def _context(
    request: HttpRequest, found: Storefront, chosen: dict[str, str], viewer: Viewer | None
) -> dict[str, Any]:
    slug = found.marketplace.slug
    account = viewer.account if viewer else None
    installed = catalog.installed_apps(account=account) if account else frozenset()
    rows = [
        shown.app_row(
            item,
            slug=slug,
            place=place,
            inside=viewer is not None,
            installed=item.app.pk in installed,
        )
        for place, item in enumerate(found.items, start=found.first_place)
    ]
    totals = {
        "apps": sum(category.apps for category in found.categories),
        "reviews": sum(category.reviews for category in found.categories),
    }
    counted = [("", totals["apps"]), *((one.name, one.apps) for one in found.categories)]
    categories = [
        {
            "name": name,
            "count": count,
            "current": name == chosen["category"],
            "url": shown.link(request, category=name, cursor="", q=""),
        }
        for name, count in counted
    ]
    return {
        "apps": rows,
        "paid": [shown.app_row(found.placed, slug=slug, paid=True, inside=viewer is not None)]
        if found.placed
        else [],
        "paid_label": placements.label(found.marketplace),
        "categories": categories,
        "totals": totals,
        "chosen": chosen,
        "filtered": bool(chosen["q"] or chosen["category"]),
        "sorts": [
            {"key": "rating", "label": pgettext("order", "Rating")},
            {"key": "newest", "label": _("Newest")},
            {"key": "reviews", "label": _("Most reviews")},
            {"key": "installs", "label": _("Most installed")},
        ],
        "more_url": shown.link(request, cursor=found.next) if found.next else "",
        "canonical": settings.BASE_URL + reverse("web:storefront", args=[slug]),
    }
