"""Corrections: an author or a partner asks that a review's text be replaced, a moderator does it or
says why not (R51).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from arvio.catalog.members import Member
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator
from arvio.moderation import rules, telling
from arvio.moderation.errors import Declined, NoSuchCase, NoSuchItem
from arvio.moderation.models import CorrectionRequest
from arvio.policy.form import FieldError, FormError
from arvio.reviews import actions as reviews
from arvio.reviews.constraints import is_violation
from arvio.reviews.correcting import can_correct
from arvio.reviews.errors import NotYourApp, NotYours, RightMissing
from arvio.reviews.models import Review, ReviewVersion
from arvio.reviews.moves import lock_with_due

OPEN = CorrectionRequest.State.OPEN
ONE_OPEN = (
    "correction_one_open",
    "correction_request.app_id, correction_request.review_id, correction_request.party_key",
)


def ask_as_author(
    *, viewer: Viewer, review_id: UUID, text: str, reason: str, now: datetime
) -> CorrectionRequest:
    """Raises NotYours, Declined, FormError."""
    rows = Review.objects.filter(pk=review_id, user=viewer.user) if viewer.user else None
    review = _read(rows) if rows is not None else None
    if review is None or viewer.user is None:
        raise NotYours
    made = CorrectionRequest(party="author", party_key=f"user:{viewer.user.pk}", user=viewer.user)
    return _ask(made, review, text, reason, now)


def ask_as_partner(
    *, member: Member, review_id: UUID, text: str, reason: str, now: datetime
) -> CorrectionRequest:
    """Raises RightMissing, NotYourApp, Declined, FormError."""
    if not member.may("reply"):
        raise RightMissing
    review = _read(Review.objects.filter(pk=review_id, app__partner=member.partner))
    if review is None:
        raise NotYourApp
    made = CorrectionRequest(
        party="partner", party_key=f"partner:{member.partner.pk}", person=member.person
    )
    return _ask(made, review, text, reason, now)


def _read(rows: object) -> Review | None:
    found: Review | None = rows.select_related(  # type: ignore[attr-defined]  # a queryset
        "marketplace", "app__partner", "policy_version", "live_version", "user"
    ).first()
    return found


def _ask(
    made: CorrectionRequest, review: Review, text: str, reason: str, now: datetime
) -> CorrectionRequest:
    verdict = can_correct(review=review, now=now)
    if not verdict.allowed:
        raise Declined(verdict.failed[0].code)
    errors: list[FieldError] = []
    for name, words in (("text", text), ("reason", reason)):
        try:
            setattr(made, name, rules.clean_note(words, field=name))
        except FormError as error:
            errors += error.errors
    if errors:
        raise FormError(errors)
    made.marketplace, made.app, made.review = review.marketplace, review.app, review
    made.asked_at = now
    try:
        with transaction.atomic():
            # SQLite's guard against overwriting speaks before the constraint does.
            same = CorrectionRequest.objects.filter(app=made.app, review=review, state=OPEN)
            if same.filter(party_key=made.party_key).exists():
                raise Declined("already_open")
            made.save(force_insert=True)
    except IntegrityError as error:
        if is_violation(error, *ONE_OPEN):
            raise Declined("already_open") from None
        raise
    return made


@transaction.atomic
def correct_review(
    *,
    moderator: Moderator,
    review_id: UUID,
    words: Mapping[str, str],
    reason: str,
    now: datetime,
) -> ReviewVersion:
    """A new version with these words; whoever asked is answered by it, author and partner are told.

    Raises NoSuchItem, Declined, FormError.
    """
    why = rules.clean_note(reason, field="reason")
    mine = Review.objects.filter(pk=review_id, marketplace=moderator.marketplace)
    found = lock_with_due(reviews=mine)
    if not found:
        raise NoSuchItem
    review = found[0]
    verdict = can_correct(review=review, now=now)
    if not verdict.allowed:
        raise Declined(verdict.failed[0].code)
    if not words:
        raise FormError([FieldError("text", "required", {"type": "text"})])
    asked = CorrectionRequest.objects.filter(review=review, state=OPEN)
    parties = sorted(set(asked.values_list("party", flat=True)))
    made = reviews.correct(
        review=review,
        words=words,
        actor=moderator.actor,
        details={"asked_by": parties or ["moderator"]},
        now=now,
    )
    asked.update(
        state=CorrectionRequest.State.DONE,
        answer=why,
        closed_at=now,
        closed_by=moderator.actor,
    )
    telling.corrected(review=review, why=why, now=now)
    return made


@transaction.atomic
def decline_correction(
    *, moderator: Moderator, request_id: UUID, reason: str, now: datetime
) -> None:
    """The text stays, and whoever asked is told why. Raises NoSuchCase, Declined, FormError."""
    why = rules.clean_note(reason, field="reason")
    asked = request_of(moderator=moderator, request_id=request_id)
    closed = CorrectionRequest.objects.filter(pk=asked.pk, state=OPEN).update(
        state=CorrectionRequest.State.DECLINED,
        answer=why,
        closed_at=now,
        closed_by=moderator.actor,
    )
    if not closed:
        raise Declined("closed")
    telling.not_corrected(
        review=asked.review, user=asked.user, person=asked.person, why=why, now=now
    )


def request_of(*, moderator: Moderator, request_id: UUID) -> CorrectionRequest:
    """Raises NoSuchCase, also for another marketplace's."""
    rows = CorrectionRequest.objects.select_related(
        "review__app__partner", "review__marketplace", "review__live_version",
        "review__policy_version", "review__user", "review__account", "user", "person",
    )  # fmt: skip
    found = rows.filter(pk=request_id, marketplace=moderator.marketplace).first()
    if found is None:
        raise NoSuchCase
    return found
