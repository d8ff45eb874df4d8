"""An operator's correction: the words are replaced on request, the old version is kept (R51)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from arvio.audit import actions as audit
from arvio.notify.webhooks.recording import record
from arvio.policy.form import Cleaned, FieldError, FormError, clean_line, clean_words
from arvio.policy.model import Form
from arvio.policy.verdict import Check, Verdict, decide
from arvio.reviews import inbox_rows
from arvio.reviews.models import AboutAnswer, Consent, Review, ReviewVersion
from arvio.reviews.moves import make_effective, snapshot, version_facts
from arvio.reviews.rows import about_rows, consent_rows, make_version, version_search_text
from arvio.reviews.states import State

CORRECTABLE = frozenset({State.HELD, State.PUBLISHED})
WORDS = ("title", "text", "pros", "cons")
LONGEST_WORDS = 5_000


def can_correct(*, review: Review, now: datetime) -> Verdict:
    """By the review's own policy. While an edit of the author's waits, it would overtake the
    correction.
    """
    policy = review.policy_version.policy
    checks = (
        Check("correction_not_allowed", policy.editing.operator_replacement),
        Check(
            "review_not_visible",
            State(review.state) in CORRECTABLE and review.live_version.erased_at is None,
            {"state": str(review.state)},
        ),
        Check("edit_waits", review.pending_version_id is None),
    )
    return decide(checks, policy_version=review.policy_version.number, at=now)


def correct(
    *,
    review: Review,
    words: Mapping[str, str],
    actor: str,
    details: Mapping[str, Any],
    now: datetime,
) -> ReviewVersion:
    """A new version with these words; stars and answers stay. `review` is locked and may be
    corrected.

    Raises FormError. A public review shows as edited from now on; a held one keeps its time.
    """
    before = snapshot(review)
    made = _make_version(review, words, now)
    review.version_count = made.number
    review.live_version = made
    review.has_text, review.search_text = bool(made.text), version_search_text(made)
    public = review.state == State.PUBLISHED
    if public:
        review.edited_at = now
    Review.objects.filter(pk=review.pk).update(
        version_count=review.version_count,
        live_version=made,
        has_text=review.has_text,
        search_text=review.search_text,
        edited_at=review.edited_at,
    )
    inbox_rows.refresh(reviews=[review])
    if public:
        make_effective(versions=[(made, now)])
    record(
        entries=[
            audit.Entry(
                subject=review.subject,
                tag="review:corrected",
                actor=actor,
                at=now,
                marketplace_id=review.marketplace_id,
                app_id=review.app_id,
                policy_version=review.policy_version.number,
                before=before,
                after=snapshot(review) | {"words": version_facts(made)} | dict(details),
            )
        ]
    )
    return made


def _make_version(review: Review, words: Mapping[str, str], now: datetime) -> ReviewVersion:
    old, policy = review.live_version, review.policy_version.policy
    content = {key: getattr(old, key) for key in WORDS} | _clean(policy.form, words)
    consents = Consent.objects.filter(version=old).values_list("key", "text_version")
    answers = Cleaned(
        stars=old.stars,
        **content,
        qualities=old.qualities,
        about=dict(AboutAnswer.objects.filter(version=old).values_list("key", "value")),
        consents=dict(consents),
        affiliation=old.affiliation,
    )
    made = make_version(
        app_id=review.app_id,
        review_id=review.pk,
        number=review.version_count + 1,
        origin=ReviewVersion.Origin.CORRECTION,
        answers=answers,
        language=old.language,
        evidence=old.evidence,
        at=now,
        due_at=old.due_at,
    )
    made.save(force_insert=True)
    AboutAnswer.objects.bulk_create(about_rows(words=made, answers=answers, policy=policy))
    Consent.objects.bulk_create(consent_rows(words=made, answers=answers))
    return made


def _clean(form: Form, words: Mapping[str, str]) -> dict[str, str]:
    """The new words alone by the rules of their fields: what stays was taken before."""
    cleaned: dict[str, str] = {}
    errors: list[FieldError] = []
    for key, text in words.items():
        field = form.content.get(key)
        if field is None or key not in WORDS:
            errors.append(FieldError(key, "unknown_field", {"choices": list(form.content)}))
            continue
        shortest = field.min or 1 if field.required or text.strip() else 0
        longest = field.max or LONGEST_WORDS
        try:
            if field.type == "line":
                cleaned[key] = clean_line(text=text, field=key, longest=longest)
            elif text.strip() or shortest:
                cleaned[key] = clean_words(text=text, field=key, shortest=shortest, longest=longest)
            else:
                cleaned[key] = ""
        except FormError as error:
            errors += error.errors
    if errors:
        raise FormError(errors)
    return cleaned
