"""The one door to a partner's pages: who is signed in, for which partner, with which right.

A page says the right that it needs; whoever lacks it never reaches the view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from arvio import clock
from arvio.catalog import members, staff
from arvio.catalog.members import Member
from arvio.moderation import partner_reads
from arvio.people.models import Person
from arvio.reviews import inbox
from arvio.web import pages

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Member, P], HttpResponse]
SESSION = "partner"


def partner_page(
    right: str = "read", *, back: str = ""
) -> Callable[[Page[P]], Callable[..., HttpResponse]]:
    """Give the view the member whose partner is looked at; nobody without the right comes in.

    `back` names the page to come to from the login where the view itself is only sent to.
    """

    def wrap(view: Page[P]) -> Callable[..., HttpResponse]:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, Person):
                return redirect_to_login(reverse(back) if back else request.get_full_path())
            member = _current(request, request.user)
            if member is None:
                return pages.page(
                    request,
                    "web/partner/none.html",
                    {},
                    marketplace=None,
                    now=clock.now(),
                    status=403,
                )
            pages.settle(request, member.marketplace, locale=request.user.language)
            request.member = member  # type: ignore[attr-defined]  # for errors and the demo's bar
            if not member.may(right):
                raise PermissionDenied(right)
            return view(request, member, *args, **kwargs)

        return guarded

    return wrap


def _current(request: HttpRequest, person: Person) -> Member | None:
    """The partner chosen last; else the first by name."""
    chosen = _uuid(request.session.get(SESSION, ""))
    found = members.member(person=person, partner_id=chosen) if chosen else None
    if found is None:
        found = next(iter(members.memberships(person=person)), None)
    return found


def act_for(request: HttpRequest, partner_id: UUID) -> None:
    """Look at this partner from now on. Nothing is written when it is the one that was."""
    if request.session.get(SESSION) != str(partner_id):
        request.session[SESSION] = str(partner_id)


@require_POST
@partner_page(back="partner:inbox")
def switch(request: HttpRequest, member: Member) -> HttpResponse:
    """Choose another of one's partners; one that isn't one's own changes nothing."""
    chosen = _uuid(request.POST.get("partner", ""))
    if chosen and members.member(person=member.person, partner_id=chosen):
        act_for(request, chosen)
    return HttpResponseRedirect(reverse("partner:inbox"))


def render(
    request: HttpRequest,
    member: Member,
    template: str,
    context: Mapping[str, Any],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """A partner's page: with the counters in the menu and in the title, and the way to the others
    (R65).
    """
    common = {
        "member": member,
        "person": member.person,
        "memberships": members.memberships(person=member.person),
        "desks": staff.desks(person=member.person),
        "unanswered": inbox.unanswered(partner_id=member.partner.pk),
        "unread": partner_reads.unread_threads(member=member),
    }
    return pages.page(
        request,
        template,
        {**common, **context},
        marketplace=member.marketplace,
        now=clock.now(),
        section=section,
        status=status,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
