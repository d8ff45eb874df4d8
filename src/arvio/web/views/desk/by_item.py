"""The door to pages of one case, review, dispute or request: a link in a mail opens it for whoever
is staff of its marketplace, whichever desk they looked at last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from arvio.catalog.staff import Moderator
from arvio.moderation import lists
from arvio.people.models import Person
from arvio.web import errors
from arvio.web.views.desk.access import act_for, desk_page

View = Callable[[HttpRequest, Moderator, UUID], HttpResponse]


def item_page(kind: str, right: str = "read") -> Callable[[View], Callable[..., HttpResponse]]:
    """As `desk_page`. `kind` is one of `lists.KINDS`; for whoever isn't staff of its marketplace
    it is as one that isn't there.
    """

    def wrap(view: View) -> Callable[..., HttpResponse]:
        door = desk_page(right)(view)

        @wraps(view)
        def guarded(request: HttpRequest, item: UUID, **kwargs: Any) -> HttpResponse:
            if isinstance(request.user, Person):
                place = lists.place_of(kind=kind, item_id=item, person=request.user)
                if place:
                    act_for(request, place)
            elif errors.typed(request):
                # The login ended while somebody wrote: to send them there would lose the words.
                return errors.signed_out(request, back=request.path)
            return door(request, item, **kwargs)

        return guarded

    return wrap
