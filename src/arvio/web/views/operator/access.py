"""The one door to the operator's pages: who is signed in, and of which marketplace they are an
operator. The marketplace that is looked at is the one chosen on the desk, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from arvio import clock
from arvio.catalog import members, staff
from arvio.catalog.staff import Moderator
from arvio.people.models import Person
from arvio.web import pages
from arvio.web.views.desk.access import P, Page, act_for, chosen_desk, read_id

HOME = "operator:home"


def operator_page(*, back: str = "") -> Callable[[Page[P]], Callable[..., HttpResponse]]:
    """Give the view the operator of the marketplace that is looked at; nobody else gets in.

    `back` names the page to come to from the login where the view itself is only sent to.
    """

    def wrap(view: Page[P]) -> Callable[..., HttpResponse]:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, Person):
                return redirect_to_login(reverse(back) if back else request.get_full_path())
            operator = chosen_desk(request, request.user, right="manage")
            known = operator or chosen_desk(request, request.user)
            if known:
                pages.settle(request, known.marketplace, locale=request.user.language)
                request.moderator = known  # type: ignore[attr-defined]  # for errors, the demo's bar
            if operator is None:
                raise PermissionDenied("manage")
            request.operator = operator  # type: ignore[attr-defined]  # for errors
            return view(request, operator, *args, **kwargs)

        return guarded

    return wrap


@require_POST
@operator_page(back=HOME)
def switch(request: HttpRequest, operator: Moderator) -> HttpResponse:
    """Choose another of one's marketplaces; one that isn't one's own changes nothing."""
    chosen = read_id(request.POST.get("marketplace", ""))
    found = chosen and staff.moderator(person=operator.person, marketplace_id=chosen)
    if chosen and found and found.may("manage"):
        act_for(request, chosen)
    return HttpResponseRedirect(reverse(HOME))


def render(
    request: HttpRequest,
    operator: Moderator,
    template: str,
    context: Mapping[str, Any],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """A page of the operator's, with its menu and the way to the person's other marketplaces."""
    common = {
        "operator": operator,
        "person": operator.person,
        "memberships": members.memberships(person=operator.person),
        "desks": staff.desks(person=operator.person),
    }
    return pages.page(
        request,
        template,
        {**common, **context},
        marketplace=operator.marketplace,
        now=clock.now(),
        section=section,
        status=status,
    )
