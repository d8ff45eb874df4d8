"""Reviews from files (FEATURES R155): public as soon as they are taken, marked, never verified.

They count in the rating, hold no place, wait for nothing and nobody is told. What a file says of a
review is taken as it is; the policy in force is written beside it, because it let it in.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from arvio.audit import actions as audit
from arvio.audit.rules import words_hash
from arvio.catalog.models import Account, App, Installation, Marketplace, PolicyVersion, User
from arvio.ids import uuid7
from arvio.policy.form import Cleaned
from arvio.reviews import inbox_rows
from arvio.reviews.models import AboutAnswer, ImportedRow, Reply, Review, ReviewVersion, Source
from arvio.reviews.moves import (
    evidence_hash,
    lock_reviews,
    move,
    rating_change,
    snapshot,
    version_facts,
)
from arvio.reviews.rows import Rows, consent_rows, make_version, version_search_text, write_rows
from arvio.reviews.states import State

ACTOR = "import"
SUPERSEDED = "superseded"


@dataclass(frozen=True)
class IncomingVersion:
    """Words that were public from `effective_at` on. About-you answers are public ones only."""

    answers: Cleaned
    language: str
    submitted_at: datetime
    effective_at: datetime
    number: int = 1
    origin: ReviewVersion.Origin = ReviewVersion.Origin.AUTHOR
    evidence: Mapping[str, Any] = field(default_factory=dict)
    erased_at: datetime | None = None


@dataclass(frozen=True)
class IncomingReply:
    text: str
    replied_at: datetime
    version_number: int = 1
    fixed_in: str = ""


@dataclass(frozen=True)
class Incoming:
    """A review to be taken. `key` is its row's, the same each time; the last version is live."""

    key: str
    app: App
    account: Account
    versions: Sequence[IncomingVersion]
    submitted_at: datetime
    published_at: datetime
    edited_at: datetime | None = None
    installation: Installation | None = None
    user: User | None = None
    app_version: str = ""
    reply: IncomingReply | None = None


@transaction.atomic
def take_reviews(
    *,
    marketplace: Marketplace,
    incoming: Sequence[Incoming],
    version: PolicyVersion,
    now: datetime,
) -> list[Review]:
    """Write them in a constant number of statements; unique (app, key) refuses a row's second time.

    `version` is the policy version in force.
    """
    rows, taken, replies = Rows(), [], []
    for item in incoming:
        review = _add(rows, marketplace, item, version, now)
        taken.append(ImportedRow(app=item.app, review=review, key=item.key))
        if item.reply:
            replies.append(_add_reply(rows, review, item.reply, now))
    write_rows(rows=rows, marketplace=marketplace, now=now, imported=True)
    Reply.objects.bulk_create(replies, batch_size=500)
    stars = {(row.review_id, row.number): row.stars for row in rows.versions}
    inbox_rows.refresh_with_replies(
        replies=[
            (reply.review, reply, stars[reply.review.pk, reply.version_number]) for reply in replies
        ]
    )
    ImportedRow.objects.bulk_create(taken, batch_size=500)
    return rows.reviews


def _add(
    rows: Rows, marketplace: Marketplace, item: Incoming, version: PolicyVersion, now: datetime
) -> Review:
    review_id = uuid7()
    words = [_words(item, incoming, review_id) for incoming in item.versions]
    live = words[-1]
    review = Review(
        id=review_id,
        marketplace=marketplace,
        app=item.app,
        account=item.account,
        user=item.user,
        installation=item.installation,
        policy_version=version,
        source=Source.IMPORTED,
        state=State.PUBLISHED,
        person_key=ACTOR,
        live_version=live,
        version_count=max(row.number for row in words),
        edits_used=sum(row.origin == ReviewVersion.Origin.EDIT for row in words),
        stars=live.stars,
        language=live.language,
        has_text=bool(live.text),
        answered=item.reply is not None,
        verified_install=False,
        app_version=item.app_version,
        search_text="" if live.erased_at else version_search_text(live),
        submitted_at=item.submitted_at,
        published_at=item.published_at,
        edited_at=item.edited_at,
    )
    rows.reviews.append(review)
    rows.versions += words
    for row, incoming in zip(words, item.versions, strict=True):
        rows.about += _about(row, incoming)
        rows.consents += consent_rows(words=row, answers=incoming.answers)
    rows.changes.append(rating_change(review, live, 1))
    rows.entries.append(_entry(review, words, now))
    return review


def _words(item: Incoming, incoming: IncomingVersion, review_id: UUID) -> ReviewVersion:
    row = make_version(
        app_id=item.app.pk,
        review_id=review_id,
        number=incoming.number,
        origin=incoming.origin,
        answers=incoming.answers,
        language=incoming.language,
        evidence=incoming.evidence,
        at=incoming.submitted_at,
        due_at=incoming.effective_at,
    )
    row.effective_at = incoming.effective_at
    if incoming.erased_at:
        row.erased_at, row.salt, row.evidence = incoming.erased_at, "", {}
    return row


def _about(words: ReviewVersion, incoming: IncomingVersion) -> list[AboutAnswer]:
    return [
        AboutAnswer(app_id=words.app_id, version=words, key=key, value=value, public=True)
        for key, value in incoming.answers.about.items()
    ]


def _entry(review: Review, words: Sequence[ReviewVersion], now: datetime) -> audit.Entry:
    *earlier, live = words
    facts: dict[str, Any] = {"words": version_facts(live), "evidence": evidence_hash(live)}
    if earlier:
        facts["earlier"] = [version_facts(row) for row in earlier]
    return audit.Entry(
        subject=review.subject,
        tag="review:imported",
        actor=ACTOR,
        at=now,
        marketplace_id=review.marketplace_id,
        app_id=review.app_id,
        policy_version=review.policy_version.number,
        after=snapshot(review) | facts,
        first=True,
    )


def _add_reply(rows: Rows, review: Review, incoming: IncomingReply, now: datetime) -> Reply:
    reply = Reply(
        app_id=review.app_id,
        review=review,
        version_number=incoming.version_number,
        text=incoming.text,
        fixed_in=incoming.fixed_in,
        actor=ACTOR,
        salt=secrets.token_hex(16),
        replied_at=incoming.replied_at,
    )
    rows.entries.append(
        audit.Entry(
            subject=review.subject,
            tag="reply:sent",
            actor=ACTOR,
            at=now,
            marketplace_id=review.marketplace_id,
            app_id=review.app_id,
            after={"reply": str(reply.pk), "words": words_hash(reply.salt, reply.text)},
            first=True,
        )
    )
    return reply


def supersede_reviews(
    *, marketplace: Marketplace, review_ids: Sequence[UUID], now: datetime
) -> None:
    """A later row of the same shop is here: the earlier review leaves the rating, its words stay.

    In the caller's transaction.
    """
    standing = Review.objects.filter(
        pk__in=review_ids, source=Source.IMPORTED, state=State.PUBLISHED
    )
    move(
        marketplace=marketplace,
        reviews=lock_reviews(reviews=standing),
        to=State.REMOVED,
        actor=ACTOR,
        at=lambda _: now,
        reason=lambda _: SUPERSEDED,
        now=now,
    )
