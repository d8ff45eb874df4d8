"""The one door to the desk: who is signed in, for which marketplace, with which right.

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
from arvio.catalog.staff import Moderator
from arvio.moderation import lists
from arvio.people.models import Person
from arvio.web import pages

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Moderator, P], HttpResponse]
SESSION = "desk"


def desk_page(
    right: str = "read", *, back: str = ""
) -> Callable[[Page[P]], Callable[..., HttpResponse]]:
    """Give the view the moderator of the marketplace that is looked at; who lacks the right stays
    outside.

    `back` names the page to come to from the login where the view itself is only sent to.
    """

    def wrap(view: Page[P]) -> Callable[..., HttpResponse]:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, Person):
                return redirect_to_login(reverse(back) if back else request.get_full_path())
            moderator = chosen_desk(request, request.user)
            if moderator is None:
                return pages.page(
                    request,
                    "web/desk/none.html",
                    {},
                    marketplace=None,
                    now=clock.now(),
                    status=403,
                )
            pages.settle(request, moderator.marketplace, locale=request.user.language)
            request.moderator = moderator  # type: ignore[attr-defined]  # for errors, the demo's bar
            if not moderator.may(right):
                raise PermissionDenied(right)
            return view(request, moderator, *args, **kwargs)

        return guarded

    return wrap


def chosen_desk(request: HttpRequest, person: Person, *, right: str = "read") -> Moderator | None:
    """The marketplace chosen last; else the first by name, of those where the person has the right
    (without any: None).
    """
    chosen = read_id(request.session.get(SESSION, ""))
    found = staff.moderator(person=person, marketplace_id=chosen) if chosen else None
    if found is None or not found.may(right):
        desks = (desk for desk in staff.desks(person=person) if desk.may(right))
        found = next(desks, None)
    return found


def act_for(request: HttpRequest, marketplace_id: UUID) -> None:
    """Look at this marketplace from now on. Nothing is written when it is the one that was."""
    if request.session.get(SESSION) != str(marketplace_id):
        request.session[SESSION] = str(marketplace_id)


@require_POST
@desk_page(back="desk:cases")
def switch(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Choose another of one's marketplaces; one that isn't one's own changes nothing."""
    chosen = read_id(request.POST.get("marketplace", ""))
    if chosen and staff.moderator(person=moderator.person, marketplace_id=chosen):
        act_for(request, chosen)
    return HttpResponseRedirect(reverse("desk:cases"))


def render(
    request: HttpRequest,
    moderator: Moderator,
    template: str,
    context: Mapping[str, Any],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """A page of the desk, with its menu and the way to the person's other marketplaces."""
    common = {
        "moderator": moderator,
        "person": moderator.person,
        "memberships": members.memberships(person=moderator.person),
        "desks": staff.desks(person=moderator.person),
        "sections": lists.sections(moderator=moderator),
        "may_manage": moderator.may("manage"),
    }
    return pages.page(
        request,
        template,
        {**common, **context},
        marketplace=moderator.marketplace,
        now=clock.now(),
        section=section,
        status=status,
    )


def read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
