"""Notices as the actions write them, of reviews that only they know."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from arvio.ids import uuid7
from arvio.notify.actions import Notice, tell
from arvio.notify.models import Message
from arvio.work.loop import work_once
from tests.cast import Stage

WORDS = {
    "title": "Good product, nobody answers",
    "text": "The app does what it says. But two tickets are open.",
    "pros": "Calls land on the right deal.",
    "cons": "Nobody answers.",
    "display_name": "Jonas W.",
    "language": "en",
}


def new(
    stage: Stage, *, at: datetime | None = None, review: UUID | None = None, **facts: Any
) -> Notice:
    return _notice(
        stage, "review_new", at, review, None, {"stars": 2, "publishes_at": None, **WORDS, **facts}
    )


def edited(
    stage: Stage,
    *,
    old: int = 5,
    new: int = 2,
    at: datetime | None = None,
    review: UUID | None = None,
    **facts: Any,
) -> Notice:
    stars = {"old_stars": old, "new_stars": new, "publishes_at": None}
    return _notice(stage, "review_edited", at, review, None, {**stars, **WORDS, **facts})


def replied(stage: Stage, *, review: UUID | None = None, **facts: Any) -> Notice:
    given = {
        "stars": 2,
        "reply": "Thank you for writing.",
        "partner": stage.partner.name,
        "published": True,
        "publishes_at": None,
    }
    assert stage.anna.user
    return _notice(stage, "reply_sent", None, review, stage.anna.user.pk, {**given, **facts})


def archived(stage: Stage, *, review: UUID | None = None, reason: str = "banned") -> Notice:
    assert stage.anna.user
    return _notice(stage, "review_archived", None, review, stage.anna.user.pk, {"reason": reason})


def mails_of(*notices: Notice, stage: Stage, after: timedelta = timedelta(0)) -> list[Message]:
    """Tell, let the worker write the mails, and answer all that there are, the oldest first."""
    tell(notices=notices)
    work_once(now=stage.now + after, kinds=["notice"])
    return mails()


def mails() -> list[Message]:
    return list(Message.objects.order_by("created_at", "id"))


def _notice(
    stage: Stage,
    event: str,
    at: datetime | None,
    review: UUID | None,
    user_id: UUID | None,
    facts: dict[str, Any],
) -> Notice:
    review = review or uuid7()
    return Notice(
        event=event,
        key=str(review),
        marketplace_id=stage.marketplace.pk,
        app_id=stage.app.pk,
        user_id=user_id,
        facts={"review": str(review), **facts},
        at=at or stage.now,
    )
