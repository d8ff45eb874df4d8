"""The door to pages of one review, or of one conversation: a link in a mail opens it for a member
of its partner, whichever of their partners they looked at last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from arvio.catalog.members import Member
from arvio.moderation import partner_reads
from arvio.people.models import Person
from arvio.reviews import inbox
from arvio.web import errors
from arvio.web.views.partner.access import act_for, partner_page

View = Callable[[HttpRequest, Member, UUID], HttpResponse]
Find = Callable[[UUID, Person], UUID | None]


def review_page(right: str = "read") -> Callable[[View], Callable[..., HttpResponse]]:
    """As `partner_page`. For whoever isn't a member, the review is as one that isn't there."""

    def partner_of(review: UUID, person: Person) -> UUID | None:
        return inbox.partner_of(review_id=review, person=person)

    return _page(right, "partner:review", partner_of)


def thread_page(right: str = "read") -> Callable[[View], Callable[..., HttpResponse]]:
    """The same of a conversation with the moderators."""

    def partner_of(thread: UUID, person: Person) -> UUID | None:
        return partner_reads.partner_of(thread_id=thread, person=person)

    return _page(right, "partner:dispute", partner_of)


def _page(right: str, back: str, partner_of: Find) -> Callable[[View], Callable[..., HttpResponse]]:
    def wrap(view: View) -> Callable[..., HttpResponse]:
        door = partner_page(right)(view)

        @wraps(view)
        def guarded(request: HttpRequest, **named: UUID) -> HttpResponse:
            (pk,) = named.values()
            if isinstance(request.user, Person):
                if partner_id := partner_of(pk, request.user):
                    act_for(request, partner_id)
            elif errors.typed(request):
                # The login ended while somebody wrote: to send them there would lose the words.
                return errors.signed_out(request, back=reverse(back, args=[pk]))
            return door(request, pk)

        return guarded

    return wrap
