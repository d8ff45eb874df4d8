"""The door to pages of one review: a link in a mail opens it for a member of its partner,
whichever of their partners they looked at last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from arvio.catalog.members import Member
from arvio.people.models import Person
from arvio.reviews import inbox
from arvio.web import errors
from arvio.web.views.partner.access import act_for, partner_page

View = Callable[[HttpRequest, Member, UUID], HttpResponse]


def review_page(right: str = "read") -> Callable[[View], Callable[..., HttpResponse]]:
    """As `partner_page`. For whoever isn't a member, the review is as one that isn't there."""

    def wrap(view: View) -> Callable[..., HttpResponse]:
        door = partner_page(right)(view)

        @wraps(view)
        def guarded(request: HttpRequest, review: UUID) -> HttpResponse:
            if isinstance(request.user, Person):
                _follow(request, request.user, review)
            elif errors.typed(request):
                # The login ended while somebody wrote: to send them there would lose the words.
                return errors.signed_out(request, back=reverse("partner:review", args=[review]))
            return door(request, review)

        return guarded

    return wrap


def _follow(request: HttpRequest, person: Person, review: UUID) -> None:
    if partner_id := inbox.partner_of(review_id=review, person=person):
        act_for(request, partner_id)
