"""Edits and replies of the last time, as they would have fared under the new rules; and what stands
and keeps the rules it was sent under (CONTRACT 4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from arvio.paging import Key, whole
from arvio.policy.editing import EditFacts, check_edit, edit_due_at
from arvio.policy.model import Policy
from arvio.preview.shapes import LONG, Change, Found, Item, Place, Step, by_app, place_of
from arvio.reviews.models import Reply, Review, ReviewVersion
from arvio.reviews.states import State

REFUSED, LATER, SOONER = "edit_refused", "edit_later", "edit_sooner"
CODES = (REFUSED, LATER, SOONER)
EARLY, CHANGED = "reply_while_held", "reply_changed"
REPLY_CODES = (EARLY, CHANGED)
ORDER = (Key("app_id", UUID), Key("review_id", UUID), Key("number", whole))
REPLY_ORDER = (Key("app_id", UUID), Key("review_id", UUID), Key("id", UUID))


def touched(change: Change) -> bool:
    return change.old.editing != change.new.editing


def walk(change: Change, start: Place | None) -> Iterator[Step]:
    """By app and review; two statements for each batch of edits."""
    rows = ReviewVersion.objects.filter(
        origin=ReviewVersion.Origin.EDIT,
        submitted_at__gte=change.now - LONG,
    )

    def look(batch: Sequence[ReviewVersion]) -> Iterator[Found]:
        earlier = _earlier(batch)
        for edit in batch:
            before = [one for one in earlier[edit.review_id] if one.number < edit.number]
            yield from _edit(change, edit, before)

    return by_app(change, rows.select_related("review__app"), ORDER, start, look)


def _earlier(batch: Sequence[ReviewVersion]) -> dict[UUID, list[ReviewVersion]]:
    rows = ReviewVersion.objects.filter(review__in={edit.review_id for edit in batch})
    found: dict[UUID, list[ReviewVersion]] = defaultdict(list)
    for row in rows.only("review_id", "number", "origin", "stars", "due_at").order_by("number"):
        found[row.review_id].append(row)
    return found


def _edit(change: Change, edit: ReviewVersion, before: Sequence[ReviewVersion]) -> Iterator[Found]:
    used = sum(one.origin == ReviewVersion.Origin.EDIT for one in before)
    stars = before[-1].stars if before else edit.stars
    old, new = (_due(policy, edit, used, stars) for policy in (change.old, change.new))
    # Where the old rules refuse it too, it was made under rules that are gone already.
    if old is None or old == new:
        return
    code = REFUSED if new is None else LATER if new > old else SOONER
    app, place = edit.review.app.name, place_of(edit, ORDER)
    yield Found(code, Item("review", app, str(edit.review_id), old, new, place=place))


def _due(policy: Policy, edit: ReviewVersion, used: int, stars: int) -> datetime | None:
    """When it would have been public, as an edit of a public review; None if it were refused."""
    facts = EditFacts(state="published", submitted_at=edit.review.submitted_at, edits_used=used)
    if not check_edit(policy=policy, facts=facts, now=edit.submitted_at).allowed:
        return None
    return edit_due_at(policy=policy, old_stars=stars, new_stars=edit.stars, now=edit.submitted_at)


def replies_touched(change: Change) -> bool:
    old, new = change.old.replies, change.new.replies
    return (old.during_hold and not new.during_hold) or (old.editable and not new.editable)


def replies_walk(change: Change, start: Place | None) -> Iterator[Step]:
    """Only where something is forbidden that was allowed; a statement for each batch."""
    old, new = change.old.replies, change.new.replies
    newer = Reply.objects.filter(review=OuterRef("review"), replied_at__gt=OuterRef("replied_at"))
    counted = Reply.objects.filter(replied_at__gte=change.now - LONG)
    rows = counted.annotate(
        # While the review was held, or is.
        early=Case(When(EARLY_REPLY, then=Value(True)), default=Value(False)),
        changed=Case(
            When(Q(state=Reply.ReplyState.REPLACED) & Exists(newer), then=Value(True)),
            default=Value(False),
        ),
    )

    def look(batch: Sequence[Any]) -> Iterator[Found]:
        for reply in batch:
            place, at = place_of(reply, REPLY_ORDER), reply.replied_at
            item = Item("reply", reply.app.name, str(reply.review_id), at, None, place=place)
            if old.during_hold and not new.during_hold and reply.early:
                yield Found(EARLY, item)
            if old.editable and not new.editable and reply.changed:
                yield Found(CHANGED, item)

    # By the review's app: replies have no index of their own by app.
    named: Any = rows.select_related("app")
    return by_app(change, named, REPLY_ORDER, start, look, app="review__app_id", counted=counted)


EARLY_REPLY = Q(review__published_at=None) | Q(review__published_at__gt=F("replied_at"))

# What stands and keeps its rules


def standing(change: Change) -> int:
    """Reviews that hold to the rules for edits and replies that were in force when they were sent;
    one statement.
    """
    rows = Review.objects.filter(
        app__marketplace=change.marketplace, state__in=[State.HELD, State.PUBLISHED]
    )
    return rows.exclude(user=None).count()
