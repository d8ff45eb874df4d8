"""Conversations with the moderators: a partner's dispute about a review (R131, R132), and the words
of an appeal. They hide and change nothing by themselves.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from arvio.audit import actions as audit
from arvio.catalog.members import Member
from arvio.catalog.staff import Moderator
from arvio.moderation import rules, telling
from arvio.moderation.errors import Declined, NoSuchThread
from arvio.moderation.models import Thread, ThreadMessage, ThreadRead
from arvio.notify.webhooks.recording import record
from arvio.people.models import Person
from arvio.reviews.constraints import is_violation
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.errors import NotYourApp, RightMissing
from arvio.reviews.models import Review

MODERATOR = "moderator"
# How a dispute ends: the review stays; its text was corrected; it became a case of its own.
OUTCOMES = ("stays", "corrected", "case")
ONE_OPEN = ("thread_one_open", "thread.app_id, thread.about_id, thread.party_key")


def open_thread(
    *,
    review: Review,
    kind: Thread.Kind,
    party: Thread.Party,
    party_key: str,
    about_id: UUID,
    text: str,
    person: Person | None,
    due_at: datetime | None,
    now: datetime,
    **whose: Any,
) -> Thread:
    """A thread with its first message, in the caller's transaction. Raises Declined where one is
    open.
    """
    try:
        with transaction.atomic():
            thread = Thread.objects.create(
                marketplace_id=review.marketplace_id,
                app_id=review.app_id,
                review=review,
                kind=kind,
                party=party,
                party_key=party_key,
                about_id=about_id,
                message_count=1,
                last_party=str(party),
                opened_at=now,
                last_at=now,
                due_at=due_at,
                **whose,
            )
    except IntegrityError as error:
        if is_violation(error, *ONE_OPEN):
            raise Declined("already_open") from None
        raise
    ThreadMessage.objects.create(
        app_id=review.app_id,
        thread=thread,
        number=1,
        party=str(party),
        person=person,
        text=text,
        sent_at=now,
    )
    return thread


@transaction.atomic
def open_dispute(*, member: Member, review_id: UUID, text: str, now: datetime) -> Thread:
    """The partner finds a review inadequate or not objective and says so to the moderators.

    Raises RightMissing, NotYourApp (also for a review that isn't there), Declined, FormError.
    """
    if not member.may("reply"):
        raise RightMissing
    rows = Review.objects.select_related("marketplace", "app__partner")
    mine = rows.filter(pk=review_id, app__partner=member.partner)
    review = mine.exclude(removed_rule__in=sorted(NOT_DECIDED)).first()
    if review is None:
        raise NotYourApp
    words = rules.clean_note(text, field="text")
    thread = open_thread(
        review=review,
        kind=Thread.Kind.DISPUTE,
        party=Thread.Party.PARTNER,
        party_key=f"partner:{member.partner.pk}",
        about_id=review.pk,
        text=words,
        person=member.person,
        due_at=None,
        now=now,
        partner=member.partner,
    )
    mark_read(thread=thread, reader_key=member.actor)
    _write(thread, "thread:opened", member.actor, now, {"kind": str(thread.kind)})
    telling.thread_message(thread=thread, opened=True, from_staff=False, now=now)
    return thread


def dispute_of_member(*, member: Member, thread_id: UUID) -> Thread:
    """Raises NoSuchThread, also for another partner's."""
    rows = Thread.objects.select_related("marketplace", "review__app__partner", "review__user")
    found = rows.filter(pk=thread_id, partner=member.partner).first()
    if found is None:
        raise NoSuchThread
    return found


def thread_of_moderator(*, moderator: Moderator, thread_id: UUID) -> Thread:
    """Raises NoSuchThread, also for another marketplace's."""
    rows = Thread.objects.select_related(
        "marketplace", "review__app__partner", "review__marketplace", "user", "partner",
        "report__user", "report__person", "decision",
    )  # fmt: skip
    found = rows.filter(pk=thread_id, marketplace=moderator.marketplace).first()
    if found is None:
        raise NoSuchThread
    return found


@transaction.atomic
def write_as_member(*, member: Member, thread_id: UUID, text: str, now: datetime) -> ThreadMessage:
    """An appeal is one text: nothing is added to it.

    Raises RightMissing, NoSuchThread, Declined, FormError.
    """
    if not member.may("reply"):
        raise RightMissing
    thread = dispute_of_member(member=member, thread_id=thread_id)
    if thread.kind == Thread.Kind.APPEAL:
        raise Declined("one_text")
    made = _add(thread, text, str(thread.party), member.person, now)
    mark_read(thread=thread, reader_key=member.actor)
    telling.thread_message(thread=thread, opened=False, from_staff=False, now=now)
    return made


@transaction.atomic
def write_as_moderator(
    *, moderator: Moderator, thread_id: UUID, text: str, now: datetime
) -> ThreadMessage:
    """In a dispute: an appeal is answered by the decision. Raises NoSuchThread, Declined,
    FormError.
    """
    thread = thread_of_moderator(moderator=moderator, thread_id=thread_id)
    if thread.kind == Thread.Kind.APPEAL:
        raise Declined("one_text")
    made = _add(thread, text, MODERATOR, moderator.person, now)
    mark_read(thread=thread, reader_key=moderator.actor)
    telling.thread_message(thread=thread, opened=False, from_staff=True, now=now)
    return made


def _add(
    thread: Thread, text: str, party: str, person: Person | None, now: datetime
) -> ThreadMessage:
    words = rules.clean_note(text, field="text")
    fresh = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
    if fresh.state == Thread.State.CLOSED:
        raise Declined("closed")
    thread.message_count = fresh.message_count + 1
    thread.last_party, thread.last_at = party, now
    thread.save(update_fields=["message_count", "last_party", "last_at"])
    return ThreadMessage.objects.create(
        app_id=thread.app_id,
        thread=thread,
        number=thread.message_count,
        party=party,
        person=person,
        text=words,
        sent_at=now,
    )


@transaction.atomic
def close_dispute(
    *, moderator: Moderator, thread_id: UUID, outcome: str, text: str, now: datetime
) -> Thread:
    """With what came of it, and a last word. Raises NoSuchThread, Declined, FormError."""
    thread = thread_of_moderator(moderator=moderator, thread_id=thread_id)
    if thread.kind != Thread.Kind.DISPUTE or outcome not in OUTCOMES:
        raise Declined("not_concerned")
    _add(thread, text, MODERATOR, moderator.person, now)
    thread.state, thread.outcome, thread.closed_at = Thread.State.CLOSED, outcome, now
    thread.save(update_fields=["state", "outcome", "closed_at"])
    mark_read(thread=thread, reader_key=moderator.actor)
    _write(thread, "thread:closed", moderator.actor, now, {"outcome": outcome})
    telling.thread_closed(thread=thread, answer=lambda: outcome_words(outcome), now=now)
    return thread


def outcome_words(outcome: str) -> str:
    return {
        "stays": _("The moderators have looked at it. The review stays as it is."),
        "corrected": _("The moderators had the text of the review corrected."),
        "case": _("The moderators opened a case about the review and decide on it there."),
    }[outcome]


def mark_read(*, thread: Thread, reader_key: str) -> None:
    ThreadRead.objects.update_or_create(
        app_id=thread.app_id,
        thread=thread,
        reader_key=reader_key,
        defaults={"number": thread.message_count},
    )


def _write(thread: Thread, tag: str, actor: str, now: datetime, after: dict[str, Any]) -> None:
    record(
        entries=[
            audit.Entry(
                subject=thread.subject,
                tag=tag,
                actor=actor,
                at=now,
                marketplace_id=thread.marketplace_id,
                app_id=thread.app_id,
                after=after | {"review": str(thread.review_id)},
            )
        ]
    )
