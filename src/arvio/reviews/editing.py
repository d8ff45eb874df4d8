"""What authors do to their own reviews later: edit, withdraw, keep a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from arvio.audit import actions as audit
from arvio.catalog import queries as catalog
from arvio.catalog.models import App
from arvio.catalog.queries import Viewer
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks.recording import record
from arvio.policy.editing import EditFacts, check_edit, edit_due_at
from arvio.policy.form import Cleaned, check_answers
from arvio.policy.model import Policy
from arvio.policy.verdict import Verdict
from arvio.reviews import inbox_rows, telling
from arvio.reviews.errors import NotYours, Refused
from arvio.reviews.models import AboutAnswer, Consent, Draft, Review, ReviewVersion
from arvio.reviews.moves import evidence_hash, lock_with_due, move, snapshot, version_facts
from arvio.reviews.publishing import apply_edits
from arvio.reviews.rows import about_rows, agreed, consent_rows, make_version, version_search_text
from arvio.reviews.screened import check_screened, screened
from arvio.reviews.states import AUTHOR_MAY_ACT, State
from arvio.reviews.submitting import asker_of, evidence_of
from arvio.screening import actions as screening
from arvio.screening.found import Found

CONTENT = ("stars", "title", "text", "pros", "cons")


def own_review(*, viewer: Viewer, review_id: UUID) -> Review:
    """The viewer's own review, locked. Raises NotYours for anybody else's and for none at all."""
    if viewer.user is None:
        raise NotYours
    found = lock_with_due(reviews=Review.objects.filter(pk=review_id, user=viewer.user))
    if not found:
        raise NotYours
    return found[0]


def can_edit(*, review: Review, now: datetime) -> Verdict:
    """By the review's own policy, frozen at its submission (R50-R59)."""
    state: Any = str(review.state)
    facts = EditFacts(state=state, submitted_at=review.submitted_at, edits_used=review.edits_used)
    version = review.policy_version
    return check_edit(policy=version.policy, facts=facts, now=now, policy_version=version.number)


def standing_answers(*, review: Review) -> dict[str, Any]:
    """The answers an edit starts from: those of the pending version, or of the live one."""
    version = review.pending_version or review.live_version
    fields = review.policy_version.policy.form.content
    content = {key: getattr(version, key) for key in CONTENT if key in fields}
    return {
        **content,
        "qualities": dict(version.qualities),
        "about": dict(AboutAnswer.objects.filter(version=version).values_list("key", "value")),
        "consents": list(Consent.objects.filter(version=version).values_list("key", flat=True)),
        "language": version.language,
        "affiliation": version.affiliation,
    }


@transaction.atomic
def edit_review(
    *, viewer: Viewer, review_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Review:
    """A new version: the standing answers with the changes over them.

    When it applies is the policy's word (R53, R54). Raises NotYours, Refused with the
    verdict, FormError.
    """
    review = own_review(viewer=viewer, review_id=review_id)
    verdict = can_edit(review=review, now=now)
    if not verdict.allowed:
        raise Refused(verdict)
    answers = agreed(
        answers=_merged(review, changes), guidelines=_guidelines_read(review, changes, now)
    )
    in_force = catalog.policy_in_force(marketplace=review.marketplace, now=now).policy
    found = check_screened(answers=answers, policy=in_force)
    held = review.state == State.HELD
    due_at = edit_due_at(
        policy=review.policy_version.policy,
        old_stars=review.stars,
        new_stars=answers.stars,
        now=now,
        hold_due_at=review.publishes_at if held else None,
    )
    before, old_stars = snapshot(review), review.stars
    words = _add_version(viewer, review, answers, found, in_force, now, due_at)
    review.edits_used += 1
    review.version_count = words.number
    if held:
        _replace_held(review, words)
    else:
        review.pending_version = words
    Review.objects.filter(pk=review.pk).update(
        edits_used=review.edits_used,
        version_count=review.version_count,
        live_version=review.live_version,
        pending_version=review.pending_version,
        stars=review.stars,
        language=review.language,
        has_text=review.has_text,
        search_text=review.search_text,
        publishes_at=review.publishes_at,
    )
    record(
        entries=[
            audit.Entry(
                subject=review.subject,
                tag="review:edited",
                actor=viewer.actor,
                at=now,
                marketplace_id=review.marketplace_id,
                app_id=review.app_id,
                policy_version=review.policy_version.number,
                before=before,
                after=snapshot(review)
                | {
                    "words": version_facts(words),
                    "evidence": evidence_hash(words),
                    "due_at": due_at.isoformat(),
                },
            )
        ]
    )
    if held:
        inbox_rows.refresh(reviews=[review])
        due.schedule(rows=[_due("publish", review, due_at)])
    elif due_at <= now:
        due.cancel(kind="edit", keys=[str(review.pk)])
        apply_edits(marketplace=review.marketplace, reviews=[review], actor=viewer.actor, now=now)
    else:
        due.schedule(rows=[_due("edit", review, due_at)])
    telling.edited(
        review=review,
        words=words,
        old_stars=old_stars,
        style=in_force.privacy.display_name,
        now=now,
    )
    return review


def _guidelines_read(review: Review, changes: Mapping[str, Any], now: datetime) -> Any:
    """Who is asked again agrees to what is in force now; else what was agreed to before stays."""
    if "consents" in changes:
        return catalog.guidelines_numbers(marketplace=review.marketplace, moments=[now])[0]
    version = review.pending_version or review.live_version
    given = Consent.objects.filter(version=version, key="guidelines")
    return given.values_list("text_version", flat=True).first()


def _merged(review: Review, changes: Mapping[str, Any]) -> Cleaned:
    """What isn't named stays.

    Qualities and about-you answers are merged key by key; null takes an answer back.
    """
    answers = standing_answers(review=review)
    for key, value in changes.items():
        if key in ("qualities", "about") and isinstance(value, Mapping):
            answers[key] = {**answers[key], **value}
        else:
            answers[key] = value
    cleaned = check_answers(form=review.policy_version.policy.form, answers=answers)
    # Who had to disclose an affiliation can't take it back (R11).
    standing = (review.pending_version or review.live_version).affiliation
    return replace(cleaned, affiliation=cleaned.affiliation or standing)


def _add_version(
    viewer: Viewer,
    review: Review,
    answers: Cleaned,
    found: list[Found],
    in_force: Policy,
    now: datetime,
    due_at: datetime,
) -> ReviewVersion:
    asker = asker_of(viewer=viewer, app=review.app, affiliation=answers.affiliation)
    known = catalog.facts(marketplace=review.marketplace, askers=[asker], now=now)[0]
    words = make_version(
        app_id=review.app_id,
        review_id=review.pk,
        number=review.version_count + 1,
        origin=ReviewVersion.Origin.EDIT,
        answers=answers,
        language=answers.language or review.language,
        evidence=evidence_of(asker, known, now),
        at=now,
        due_at=due_at,
    )
    words.save(force_insert=True)
    policy = review.policy_version.policy
    AboutAnswer.objects.bulk_create(about_rows(words=words, answers=answers, policy=policy))
    Consent.objects.bulk_create(consent_rows(words=words, answers=answers))
    version = screened(
        words=words,
        answers=answers,
        found=found,
        asker=asker,
        known=known,
        person_key=review.person_key,
        policy=in_force,
    )
    screening.screen(marketplace=review.marketplace, versions=[version], now=now)
    return words


def _replace_held(review: Review, words: ReviewVersion) -> None:
    """A held review isn't public yet, so the new version takes the old one's place at once."""
    review.live_version = words
    review.stars, review.language, review.has_text = words.stars, words.language, bool(words.text)
    review.search_text = version_search_text(words)
    review.publishes_at = words.due_at


def _due(kind: str, review: Review, due_at: datetime) -> Due:
    return Due(kind=kind, key=str(review.pk), app_id=review.app_id, due_at=due_at)


@transaction.atomic
def withdraw_review(*, viewer: Viewer, review_id: UUID, now: datetime) -> Review:
    """Take one's own review back.

    It leaves the rating and frees its places; its words stay in the history.
    """
    review = own_review(viewer=viewer, review_id=review_id)
    if review.state not in AUTHOR_MAY_ACT:
        raise Refused(can_edit(review=review, now=now))
    move(
        marketplace=review.marketplace,
        reviews=[review],
        to=State.REMOVED,
        actor=viewer.actor,
        at=lambda _: now,
        reason=lambda _: "withdrawn",
        now=now,
    )
    return review


def save_draft(
    *, viewer: Viewer, app: App, answers: Mapping[str, Any], step: int, now: datetime
) -> Draft | None:
    """Keep what was typed, as it was typed, until it is sent (R31).

    None for somebody whom we can't know again.
    """
    if viewer.user is None:
        return None
    draft, _ = Draft.objects.update_or_create(
        app=app,
        user=viewer.user,
        defaults={"answers": dict(answers), "step": step, "saved_at": now},
    )
    return draft


def draft_of(*, viewer: Viewer, app: App) -> Draft | None:
    return Draft.objects.filter(app=app, user=viewer.user).first() if viewer.user else None
