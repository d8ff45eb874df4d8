"""The rows of new reviews and versions, collected in memory, written in a few statements."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from arvio.audit import actions as audit
from arvio.catalog.models import Marketplace, PolicyVersion
from arvio.catalog.rules import search_text
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.ids import uuid7
from arvio.notify.webhooks.recording import record
from arvio.policy.form import Cleaned
from arvio.policy.model import Policy
from arvio.ratings import actions as ratings
from arvio.reviews import inbox_rows
from arvio.reviews.models import AboutAnswer, Consent, Review, ReviewVersion
from arvio.reviews.moves import change_state, evidence_hash, snapshot, version_facts
from arvio.reviews.states import State


@dataclass
class Rows:
    reviews: list[Review] = field(default_factory=list)
    versions: list[ReviewVersion] = field(default_factory=list)
    about: list[AboutAnswer] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    entries: list[audit.Entry] = field(default_factory=list)
    due: list[Due] = field(default_factory=list)
    changes: list[ratings.Change] = field(default_factory=list)


def add_rows(
    *,
    rows: Rows,
    review: Review,
    words: ReviewVersion,
    answers: Cleaned,
    version: PolicyVersion,
    actor: str,
    now: datetime,
) -> None:
    """Collect a new review's rows: held until its due time, or public where that has passed.

    Written down later than it was submitted, it is public from the moment that its hold ended.
    """
    rows.reviews.append(review)
    rows.versions.append(words)
    rows.about += about_rows(words=words, answers=answers, policy=version.policy)
    rows.consents += consent_rows(words=words, answers=answers)
    rows.entries.append(
        audit.Entry(
            subject=review.subject,
            tag="review:submitted",
            actor=actor,
            at=words.submitted_at,
            marketplace_id=review.marketplace_id,
            app_id=review.app_id,
            policy_version=version.number,
            after=snapshot(review)
            | {"words": version_facts(words), "evidence": evidence_hash(words)},
            first=True,
        )
    )
    if words.due_at > now:
        rows.due.append(
            Due(kind="publish", key=str(review.pk), app_id=review.app_id, due_at=words.due_at)
        )
        return
    moved = change_state(
        review=review,
        to=State.PUBLISHED,
        actor="policy",
        at=words.due_at,
    )
    words.effective_at = review.published_at
    rows.entries.append(replace(moved.entry, first=True))
    if moved.change:
        rows.changes.append(moved.change)


def write_rows(
    *, rows: Rows, marketplace: Marketplace, now: datetime, imported: bool = False
) -> None:
    # Versions first. A row whose parent comes later makes SQLite look for it when the parent does:
    # by an index on the version's review, through the whole table on the review's live version.
    ReviewVersion.objects.bulk_create(rows.versions, batch_size=500)
    Review.objects.bulk_create(rows.reviews, batch_size=500)
    AboutAnswer.objects.bulk_create(rows.about, batch_size=500)
    Consent.objects.bulk_create(rows.consents, batch_size=500)
    inbox_rows.add(reviews=rows.reviews)
    due.schedule(rows=rows.due)
    ratings.apply(marketplace=marketplace, changes=rows.changes, now=now)
    record(entries=rows.entries, quiet=imported)


def make_version(
    *,
    app_id: UUID,
    review_id: UUID,
    number: int,
    origin: ReviewVersion.Origin,
    answers: Cleaned,
    language: str,
    evidence: Mapping[str, Any],
    at: datetime,
    due_at: datetime,
) -> ReviewVersion:
    return ReviewVersion(
        id=uuid7(),
        app_id=app_id,
        review_id=review_id,
        number=number,
        origin=origin,
        stars=answers.stars,
        title=answers.title,
        text=answers.text,
        pros=answers.pros,
        cons=answers.cons,
        affiliation=answers.affiliation,
        qualities=dict(answers.qualities),
        language=language,
        evidence=dict(evidence),
        salt=secrets.token_hex(16),
        submitted_at=at,
        due_at=due_at,
    )


def version_search_text(version: ReviewVersion) -> str:
    return search_text(version.title, version.text, version.pros, version.cons)


def about_rows(*, words: ReviewVersion, answers: Cleaned, policy: Policy) -> list[AboutAnswer]:
    fields = policy.form.about
    return [
        AboutAnswer(
            app_id=words.app_id,
            version=words,
            key=key,
            value=value,
            public=fields[key].visibility == "public",
        )
        for key, value in answers.about.items()
    ]


def consent_rows(*, words: ReviewVersion, answers: Cleaned) -> list[Consent]:
    return [
        Consent(
            app_id=words.app_id,
            version=words,
            key=key,
            text_version=text_version or "",
            given_at=words.submitted_at,
        )
        for key, text_version in answers.consents.items()
    ]


def agreed(*, answers: Cleaned, guidelines: int | str | None) -> Cleaned:
    """The answers with the version of the guidelines that its author had before them (R28, R111).

    It is the marketplace's, whatever the policy's form calls the text.
    """
    if "guidelines" not in answers.consents or guidelines is None:
        return answers
    return replace(answers, consents={**answers.consents, "guidelines": str(guidelines)})


def guess_language(*, words: str, locale: str, marketplace: Marketplace) -> str:
    """Where the author didn't say: by the script of the words, then the author's locale, then the
    marketplace's first language.
    """
    letters = [character for character in words if character.isalpha()]
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in letters)
    if letters and cyrillic * 2 > len(letters):
        return "ru"
    spoken = locale.replace("_", "-").partition("-")[0].lower()
    if spoken and not (letters and spoken == "ru"):
        return spoken
    return "en" if letters and spoken == "ru" else str(marketplace.languages[0])
