"""The partner's one answer: sent once, by the review's own policy; a draft until then."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db import transaction

from arvio.audit import actions as audit
from arvio.audit.rules import words_hash
from arvio.catalog.members import Member
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks.recording import record
from arvio.policy.form import LONGEST_REPLY, clean_line, clean_words
from arvio.policy.replying import ReplyFacts, check_reply
from arvio.policy.verdict import Verdict
from arvio.reviews import inbox_rows, telling
from arvio.reviews.errors import NotYourApp, Refused, RightMissing
from arvio.reviews.models import Reply, ReplyDraft, Review
from arvio.reviews.moves import FIXED_IN, lock_reviews, lock_with_due
from arvio.reviews.states import State

LONGEST_FIXED_IN = 60
LIVE, REPLACED, REMOVED = Reply.ReplyState.LIVE, Reply.ReplyState.REPLACED, Reply.ReplyState.REMOVED


@transaction.atomic
def send_reply(
    *,
    member: Member,
    review_id: UUID,
    text: str,
    fixed_in: str = "",
    seen: str | None = None,
    now: datetime,
) -> Reply:
    """Answer a review. Locked from then on, unless the policy lets replies be changed (R60, R62).

    `seen` is the id of the reply that its writer saw there, empty for none: another isn't
    overwritten. None overwrites whatever stands.

    Raises RightMissing, NotYourApp (also for a review that isn't there), FormError, Refused.
    """
    review = _answerable(member, review_id)
    standing = list(Reply.objects.filter(review=review, state__in=[LIVE, REMOVED]))
    verdict = can_reply(review=review, states=[reply.state for reply in standing], now=now)
    live = [reply.pk for reply in standing if reply.state == LIVE]
    if not verdict.allowed:
        raise Refused(verdict)
    if live and seen not in (None, str(live[0])):
        raise Refused(_overtaken(verdict))
    words = clean_words(text=text, field="text", shortest=1, longest=LONGEST_REPLY)
    version = clean_line(text=fixed_in, field="fixed_in", longest=LONGEST_FIXED_IN)
    Reply.objects.filter(pk__in=live).update(state=REPLACED)
    sent = _Sent(review, words, member.actor, now, version, replaces=live[0] if live else None)
    reply = _write([sent])[0]
    ReplyDraft.objects.filter(review=review).delete()
    telling.reply_sent(review=review, reply=reply, now=now)
    if version:
        # The account may have that version already; asked is once the reply can be read.
        at = (review.publishes_at or now) if review.state == State.HELD else now
        due.schedule(rows=[Due(kind=FIXED_IN, key=str(review.pk), app_id=review.app_id, due_at=at)])
    return reply


Given: TypeAlias = tuple[Review, str, str, datetime] | tuple[Review, str, str, datetime, str]


@transaction.atomic
def add_replies(*, replies: Sequence[Given]) -> list[Reply]:
    """Write down replies that were given: (review, text, actor, when), and the version that one
    names, if it does. Nobody is told.

    One live reply per review: the database refuses a second.
    """
    locked = lock_reviews(reviews=Review.objects.filter(pk__in=[row[0].pk for row in replies]))
    fresh = {review.pk: review for review in locked}
    return _write([_Sent(fresh[row[0].pk], *row[1:]) for row in replies])


def can_reply(*, review: Review, states: list[str], now: datetime) -> Verdict:
    """By the review's own policy; `states` are those of the replies that it has had."""
    state: Any = str(review.state)
    version = review.policy_version
    return check_reply(
        policy=version.policy,
        facts=ReplyFacts(state=state, replied=LIVE in states, removed=REMOVED in states),
        now=now,
        policy_version=version.number,
    )


def _overtaken(verdict: Verdict) -> Verdict:
    """It may be changed, but not by who doesn't know it."""
    checks = tuple(
        replace(check, ok=False) if check.code == "already_replied" else check
        for check in verdict.checks
    )
    return replace(verdict, allowed=False, checks=checks)


@transaction.atomic
def save_reply_draft(
    *, member: Member, review_id: UUID, text: str, fixed_in: str = "", now: datetime
) -> None:
    """Keep what was typed; an empty text forgets it. The last who saves wins.

    Raises RightMissing, NotYourApp, FormError.
    """
    review = _answerable(member, review_id)
    if not text.strip():
        ReplyDraft.objects.filter(review=review).delete()
        return
    words = clean_words(text=text, field="text", shortest=1, longest=LONGEST_REPLY)
    version = clean_line(text=fixed_in, field="fixed_in", longest=LONGEST_FIXED_IN)
    ReplyDraft.objects.update_or_create(
        app_id=review.app_id,
        review=review,
        defaults={"text": words, "fixed_in": version, "saved_by": member.actor, "saved_at": now},
    )


def _answerable(member: Member, review_id: UUID) -> Review:
    """A review of the member's partner, locked. The right is asked first: it tells of no review."""
    if not member.may("reply"):
        raise RightMissing
    mine = Review.objects.filter(pk=review_id, app__partner=member.partner)
    found = lock_with_due(reviews=mine)
    if not found:
        raise NotYourApp
    return found[0]


@dataclass(frozen=True)
class _Sent:
    review: Review
    text: str
    actor: str
    at: datetime
    fixed_in: str = ""
    replaces: UUID | None = None


def _write(sent: list[_Sent]) -> list[Reply]:
    made = [
        Reply(
            app_id=item.review.app_id,
            review=item.review,
            version_number=item.review.live_version.number,
            text=item.text,
            fixed_in=item.fixed_in,
            actor=item.actor,
            salt=secrets.token_hex(16),
            replied_at=item.at,
        )
        for item in sent
    ]
    Reply.objects.bulk_create(made, batch_size=500)
    for item in sent:
        item.review.answered = True
    Review.objects.filter(pk__in=[item.review.pk for item in sent]).update(answered=True)
    inbox_rows.refresh_with_replies(
        replies=[
            (item.review, reply, item.review.stars) for item, reply in zip(sent, made, strict=True)
        ]
    )
    record(entries=[_entry(item, reply) for item, reply in zip(sent, made, strict=True)])
    return made


def _entry(item: _Sent, reply: Reply) -> audit.Entry:
    after = {"reply": str(reply.pk), "words": words_hash(reply.salt, reply.text)}
    return audit.Entry(
        subject=item.review.subject,
        tag="reply:changed" if item.replaces else "reply:sent",
        actor=item.actor,
        at=item.at,
        marketplace_id=item.review.marketplace_id,
        app_id=item.review.app_id,
        before={"reply": str(item.replaces)} if item.replaces else None,
        after=after | ({"fixed_in": item.fixed_in} if item.fixed_in else {}),
    )
