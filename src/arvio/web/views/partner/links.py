"""Review links: what to read before asking, links to copy, what came of them (R109, R111)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arvio import clock
from arvio.asking import actions, prompt_queries
from arvio.asking import queries as asking
from arvio.asking.accepting import accept_guidelines, reading
from arvio.asking.errors import GuidelinesNotAccepted, InvalidLink
from arvio.asking.queries import CountedLink
from arvio.asking.rules import FEWEST_SHOWN, LONGEST_CAMPAIGN
from arvio.catalog.errors import NotFound, Overtaken
from arvio.catalog.members import Member
from arvio.paging import CursorError
from arvio.web import came_by
from arvio.web.views.guidelines import in_language, paragraphs
from arvio.web.views.partner.access import partner_page, render

MAY_MAKE = "reply"


@require_safe
@partner_page()
def links(request: HttpRequest, member: Member) -> HttpResponse:
    return _show(request, member)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(right=MAY_MAKE)
def create(request: HttpRequest, member: Member) -> HttpResponse:
    if request.method != "POST":
        return _back("")
    app, campaign = request.POST.get("app", ""), request.POST.get("campaign", "")
    try:
        link = actions.create_link(member=member, app=app, campaign=campaign, now=clock.now())
    except InvalidLink as problem:
        tried = {"app": app, "campaign": campaign, "error": _error(problem)}
        return _show(request, member, tried, status=422)
    except GuidelinesNotAccepted:
        # They changed while the page was open: the card above the form says what to do.
        return _show(request, member, {"app": app, "campaign": campaign}, status=403)
    return _back(f"?made={link.pk}")


@require_POST
@partner_page(right=MAY_MAKE, back="partner:links")
def accept(request: HttpRequest, member: Member) -> HttpResponse:
    """Confirm for the partner that the guidelines are read. Where others came into force while the
    page was open, it shows those.
    """
    number = request.POST.get("version", "")
    try:
        accept_guidelines(
            member=member, number=int(number) if number.isdecimal() else 0, now=clock.now()
        )
    except Overtaken:
        return _show(request, member, status=409)
    return _back("")


@require_POST
@partner_page(right=MAY_MAKE, back="partner:links")
def end(request: HttpRequest, member: Member, link: UUID) -> HttpResponse:
    ended = actions.end_link(member=member, link_id=link, now=clock.now())
    return _back(f"?gone={ended.pk}")


def _back(query: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("partner:links") + query, status=303)


def _show(
    request: HttpRequest, member: Member, tried: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    ended = "ended" in request.GET
    apps = actions.default_links(member=member, now=clock.now())
    cursor = request.GET.get("cursor") or None
    try:
        page = asking.page(member=member, ended=ended, cursor=cursor)
    except CursorError:
        page = asking.page(member=member, ended=ended)
    read = reading_of(member)
    context = {
        "apps": apps,
        "must_read": read is not None and not read["accepted_at"],
        "links": [_row(one, member) for one in page.items],
        "ended": ended,
        "more_url": _more_url(page.next, ended=ended),
        "sums": asking.totals(member=member),
        "asking": prompt_queries.of_partner(member=member, apps=apps, now=clock.now()),
        "few": _few(),
        "fewest": FEWEST_SHOWN,
        "may_make": member.may(MAY_MAKE),
        "form": tried or {},
        "longest": LONGEST_CAMPAIGN,
        "done": _done(request, member),
        "reading": read,
    }
    return render(
        request, member, "web/partner/links.html", context, section="links", status=status
    )


def reading_of(member: Member) -> dict[str, Any] | None:
    """What partners may not do when they collect reviews, and who has confirmed that it is read."""
    found = reading(partner=member.partner, now=clock.now())
    if found is None:
        return None
    accepted = found.accepted
    return {
        "number": found.version.number,
        "effective_at": found.version.effective_at,
        "paragraphs": paragraphs(in_language(found.version.document["partners"])),
        "by": (accepted.person.name or accepted.person.email) if accepted else "",
        "accepted_at": accepted.accepted_at if accepted else None,
    }


def _row(counted: CountedLink, member: Member) -> dict[str, Any]:
    link = counted.link
    return {
        "id": link.pk,
        "app": {"ref": link.app.ref, "name": link.app.name},
        "campaign": link.campaign,
        "url": came_by.link_url(link, member.marketplace),
        "arrivals": counted.arrivals,
        "reviews": counted.reviews,
        "created_at": link.created_at,
        "ended_at": link.ended_at,
    }


def _more_url(cursor: str | None, *, ended: bool) -> str:
    query = {"ended": "1"} if ended else {}
    return f"{reverse('partner:links')}?{urlencode({**query, 'cursor': cursor})}" if cursor else ""


def _few() -> str:
    """Instead of a number that would tell of single people."""
    return ngettext("fewer than %(count)s", "fewer than %(count)s", FEWEST_SHOWN) % {
        "count": FEWEST_SHOWN
    }


def _error(problem: InvalidLink) -> str:
    if problem.code == "too_long":
        sentence = ngettext(
            "Write at most %(count)s character.",
            "Write at most %(count)s characters.",
            LONGEST_CAMPAIGN,
        )
        return sentence % {"count": LONGEST_CAMPAIGN}
    if problem.code == "taken":
        return _("This app has a link for this campaign already. Use it, or name another campaign.")
    if problem.code == "unreadable":
        return _("There are signs in it that can’t be shown. Write letters and figures.")
    return _("Name the campaign, for example “Newsletter, May”.")


def _done(request: HttpRequest, member: Member) -> dict[str, Any] | None:
    """The link that was just made or ended, if it is the partner's."""
    made = request.GET.get("made", "")
    try:
        link = asking.one(member=member, link_id=UUID(made or request.GET.get("gone", "")))
    except (ValueError, NotFound):
        return None
    return {
        "made": bool(made) and link.ended_at is None,
        "app": link.app.name,
        "campaign": link.campaign,
        "url": came_by.link_url(link, member.marketplace),
    }
