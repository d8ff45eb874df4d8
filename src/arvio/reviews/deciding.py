"""What a moderator's decision does to a review or a reply, and how it is undone.

In the transaction of the decision, on a locked review. Who may decide, by which rule, and who is
told belong to `moderation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from arvio.audit import actions as audit
from arvio.catalog import queries as catalog
from arvio.due import actions as due
from arvio.due.models import Due
from arvio.notify.webhooks.recording import record
from arvio.reviews import inbox_rows
from arvio.reviews.constraints import is_place_taken
from arvio.reviews.models import Reply, Review, ReviewVersion, Source
from arvio.reviews.moves import move, snapshot
from arvio.reviews.states import HOLDS_PLACE, State
from arvio.reviews.submitting import MOST_ATTEMPTS, lowest_free

LIVE, REMOVED = Reply.ReplyState.LIVE, Reply.ReplyState.REMOVED
Places = tuple[int | None, int | None]
# Endings that no moderator decided and none can undo.
NOT_DECIDED = frozenset({"withdrawn", "erased"})


def take_down(
    *,
    review: Review,
    to: State,
    rule: str,
    actor: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """`to` is removed, or rejected for one that is held. It leaves the rating and frees its places
    (R8, R83). `details` go into the history: never words, names or ids of people.
    """
    move(
        marketplace=review.marketplace,
        reviews=[review],
        to=to,
        actor=actor,
        at=lambda _: now,
        reason=lambda _: rule,
        details=details,
        now=now,
    )


def restore_review(
    *, review: Review, actor: str, details: Mapping[str, Any], now: datetime
) -> bool:
    """Undo it (CONTRACT section 5). False, and nothing done, where the author has written anew:
    the newer review stays. An account that is full gives the next number above its limit.
    """
    for _ in range(MOST_ATTEMPTS):
        places = _free_places(review, now)
        if places is None:
            return False
        try:
            with transaction.atomic():
                _bring_back(review, places, actor, details, now)
        except IntegrityError as error:
            if not is_place_taken(error):
                raise
            review.refresh_from_db()
        else:
            return True
    raise RuntimeError("no place was found for a restored review after many attempts")


def can_be_restored(*, review: Review, now: datetime) -> bool:
    """Has nobody taken the author's place meanwhile?"""
    return _free_places(review, now) is not None


def _free_places(review: Review, now: datetime) -> Places | None:
    """Imported reviews take no place (CONTRACT section 5)."""
    if review.source == Source.IMPORTED:
        return None, None
    policy = catalog.policy_in_force(marketplace=review.marketplace, now=now).policy
    standing = Review.objects.filter(app=review.app_id, state__in=sorted(HOLDS_PLACE))
    of_person = _taken(standing.filter(person_key=review.person_key), "person_place")
    if len(of_person) >= policy.limits.per_user:
        return None
    of_account = _taken(standing.filter(account=review.account_id), "account_place")
    return lowest_free(of_person), lowest_free(of_account)


def _taken(reviews: QuerySet[Review], place: str) -> set[int]:
    return set(reviews.filter(**{f"{place}__isnull": False}).values_list(place, flat=True))


def _bring_back(
    review: Review,
    places: Places,
    actor: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """A rejected review whose time hasn't come is held again; all else is public at once. Whoever
    is banned by now is looked at again, as after any ban.
    """
    waits = (
        review.state == State.REJECTED
        and review.publishes_at is not None
        and review.publishes_at > now
    )
    move(
        marketplace=review.marketplace,
        reviews=[review],
        to=State.HELD if waits else State.PUBLISHED,
        actor=actor,
        at=lambda _: now,
        details=details,
        now=now,
    )
    review.person_place, review.account_place = places
    Review.objects.filter(pk=review.pk).update(person_place=places[0], account_place=places[1])
    rows = []
    if review.user_id:
        rows.append(Due(kind="archive_check", key=f"user:{review.user_id}", due_at=now))
    if waits and review.publishes_at:
        rows.append(_due("publish", review, review.publishes_at))
    due.schedule(rows=rows)
    if not waits:
        _take_up_edit(review, actor, now)


def _take_up_edit(review: Review, actor: str, now: datetime) -> None:
    """An edit that waited when the review went waits again: its words were never dropped."""
    unseen = ReviewVersion.objects.filter(
        review=review,
        number__gt=review.live_version.number,
        effective_at=None,
        origin=ReviewVersion.Origin.EDIT,
    )
    edit = unseen.order_by("-number").first()
    if edit is None:
        return
    before = snapshot(review)
    review.pending_version = edit
    Review.objects.filter(pk=review.pk).update(pending_version=edit)
    due.schedule(rows=[_due("edit", review, edit.due_at)])
    record(entries=[_entry(review, "review:edit_resumed", actor, now, before, snapshot(review))])


def _due(kind: str, review: Review, due_at: datetime) -> Due:
    return Due(kind=kind, key=str(review.pk), app_id=review.app_id, due_at=due_at)


def remove_reply(
    *, review: Review, reply: Reply, actor: str, details: Mapping[str, Any], now: datetime
) -> None:
    """The partner may write a new one where the policy says so (R63); the counter rises (R66)."""
    _set_reply(review, reply, REMOVED, "reply:removed", actor, details, now)


def restore_reply(
    *, review: Review, reply: Reply, actor: str, details: Mapping[str, Any], now: datetime
) -> bool:
    """False, and nothing done, where the partner has replied anew: the newer reply stays."""
    if Reply.objects.filter(review=review, state=LIVE).exists():
        return False
    _set_reply(review, reply, LIVE, "reply:restored", actor, details, now)
    return True


def _set_reply(
    review: Review,
    reply: Reply,
    state: Reply.ReplyState,
    tag: str,
    actor: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    before = {"reply": str(reply.pk), "reply_state": str(reply.state)}
    Reply.objects.filter(pk=reply.pk).update(state=state)
    reply.state = state
    live = state == LIVE
    review.answered = live
    Review.objects.filter(pk=review.pk).update(answered=live)
    answered = ReviewVersion.objects.get(review=review, number=reply.version_number)
    inbox_rows.refresh_with_replies(
        replies=[(review, reply if live else None, answered.stars if live else 0)]
    )
    after = {"reply": str(reply.pk), "reply_state": str(state), **details}
    record(entries=[_entry(review, tag, actor, now, before, after)])


def _entry(
    review: Review,
    tag: str,
    actor: str,
    now: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
) -> audit.Entry:
    return audit.Entry(
        subject=review.subject,
        tag=tag,
        actor=actor,
        at=now,
        marketplace_id=review.marketplace_id,
        app_id=review.app_id,
        policy_version=review.policy_version.number,
        before=before,
        after=after,
    )
