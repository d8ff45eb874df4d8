"""A review as its author sees it: which state, since when and why, what comes next, what can be
done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog import written
from arvio.catalog.explain import Names, explain_check, explain_refusal
from arvio.catalog.words import time_left
from arvio.moderation.own import Side
from arvio.policy.model import Policy
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.queries import OwnReview
from arvio.reviews.states import AUTHOR_MAY_ACT, State
from arvio.web import decided, language, shown


def show(own: OwnReview, *, slug: str, now: datetime, side: Side) -> dict[str, Any]:
    """`side` is what moderation has to do with it."""
    review, public = own.review, own.public
    held = review.state == State.HELD
    return {
        "id": review.pk,
        "app": {"ref": review.app.ref, "name": review.app.name},
        "app_url": reverse("web:product", args=[slug, review.app.ref]),
        "partner": review.app.partner.name,
        "stars": public.stars,
        "title": public.title,
        "text": public.text,
        "erased": public.erased and review.state in AUTHOR_MAY_ACT,
        "when": _when(own, now),
        "tags": _tags(own),
        "note": {
            "icon": "clock" if held or own.pending else _icon(review.state),
            **_note(own, now, side),
        },
        "moderation": decided.blocks(side, ended=review.state not in AUTHOR_MAY_ACT),
        "pending": own.pending
        and {"stars": own.pending.stars, "title": own.pending.title, "text": own.pending.text},
        "reply": shown.review(public, slug=slug)["reply"],
        "actions": _actions(own, slug) + decided.actions(side, slug, review.pk),
    }


def _icon(state: str) -> str:
    return "check" if state == State.PUBLISHED else "info"


def _when(own: OwnReview, now: datetime) -> str:
    sent = written.limit(own.public.submitted_at, language.current())
    if own.public.edited_at:
        values = {"sent": sent, "edited": written.day(own.public.edited_at, language.current())}
        return _("sent on %(sent)s, edited on %(edited)s") % values
    return _("sent on %(sent)s") % {"sent": sent}


def _tags(own: OwnReview) -> list[dict[str, str]]:
    tags = {
        State.HELD: ("warn", "clock", _("Sent to the developer")),
        State.PUBLISHED: ("good", "check", _("Published")),
        State.ARCHIVED: ("", "info", _("Archived")),
        State.REJECTED: ("bad", "cross", _("Not published")),
        State.REMOVED: ("bad", "cross", _("Removed by a moderator")),
    }
    kind, icon, text = tags[State(own.review.state)]
    if own.review.state == State.REMOVED and own.review.removed_rule == "withdrawn":
        kind, icon, text = "", "info", _("Withdrawn")
    if own.review.state == State.REMOVED and own.review.removed_rule == "erased":
        kind, icon, text = "", "info", _("Erased")
    found = [{"kind": kind, "icon": icon, "text": text}]
    if own.pending:
        found.append({"kind": "warn", "icon": "clock", "text": _("Edit waits to be published")})
    return found


def _note(own: OwnReview, now: datetime, side: Side) -> dict[str, str]:
    review = own.review
    if own.pending and review.pending_version:
        return {
            "fact": _pending_fact(own, now),
            "rest": _joined(_pending_rest(own), edits_left(own)),
        }
    if review.state == State.HELD:
        return {
            "fact": publishes(own, now),
            "rest": _joined(_hold_rest(review.policy_version.policy), edits_left(own)),
        }
    if review.state == State.PUBLISHED:
        at = review.edited_at or review.published_at or now
        values = {"moment": written.moment(at, language.current(), now=now)}
        fact = (
            _("Edit published on %(moment)s.")
            if review.edited_at
            else _("Published on %(moment)s.")
        )
        return {"fact": fact % values, "rest": _joined(decided.restored(side), edits_left(own))}
    if review.state == State.ARCHIVED:
        text, unblocks = explain_refusal(review.archived_reason, Names(app=review.app.name))
        back = _("It comes back when the reason for that ends.")
        return {
            "fact": _("It isn’t shown at present."),
            "rest": _joined(text, unblocks or "", back),
        }
    return _ended(own, side)


def _ended(own: OwnReview, side: Side) -> dict[str, str]:
    review = own.review
    again = _("You can write a new review.")
    if side.decision and review.removed_rule not in NOT_DECIDED:
        return decided.ended(side, again)
    if review.removed_at is None:
        return {"fact": _("It was not published."), "rest": again}
    date = written.day(review.removed_at, language.current())
    if review.removed_rule == "withdrawn":
        return {"fact": _("You withdrew it on %(date)s.") % {"date": date}, "rest": again}
    if review.removed_rule == "erased":
        return {"fact": _("You had it erased on %(date)s.") % {"date": date}, "rest": again}
    values = {"date": date, "rule": review.removed_rule.replace("_", " ")}
    return {
        "fact": _("It was removed on %(date)s under the rule “%(rule)s”.") % values,
        "rest": again,
    }


def publishes(own: OwnReview, now: datetime) -> str:
    due_at = own.review.publishes_at or now
    return _("Publishes on %(moment)s, in %(time)s.") % _until(due_at, now)


def _pending_fact(own: OwnReview, now: datetime) -> str:
    pending = own.review.pending_version
    due_at = pending.due_at if pending else now
    values = {
        "old": own.public.stars,
        "new": own.pending.stars if own.pending else "",
        **_until(due_at, now),
    }
    return _("Edit %(old)s → %(new)s: published on %(moment)s, in %(time)s.") % values


def _pending_rest(own: OwnReview) -> str:
    return ngettext(
        "Until then the page keeps the present review with %(stars)s star.",
        "Until then the page keeps the present review with %(stars)s stars.",
        own.public.stars,
    ) % {"stars": own.public.stars}


def _until(due_at: datetime, now: datetime) -> dict[str, str]:
    return {
        "moment": written.moment(due_at, language.current(), now=now),
        "time": time_left(due_at, now),
    }


def _hold_rest(policy: Policy) -> str:
    if policy.replies.during_hold:
        return _(
            "Until then only you, the partner and the moderators see it. "
            "The partner can answer, but can’t stop or delay it."
        )
    return _(
        "Until then only you, the partner and the moderators see it. The partner can’t stop or "
        "delay it."
    )


def edits_left(own: OwnReview) -> str:
    """What the policy still lets the author do, and until when; nothing when it never did."""
    checks = [
        check
        for check in own.can_edit.checks
        if check.code in ("edit_limit_reached", "window_closed")
    ]
    failed = [check for check in own.can_edit.failed if check in checks]
    sentences = [explain_check(check, Names())[0].rstrip(".") + "." for check in failed or checks]
    return _joined(*sentences)


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _actions(own: OwnReview, slug: str) -> list[dict[str, Any]]:
    review = own.review
    actions: list[dict[str, Any]] = []
    if own.can_edit.allowed:
        actions.append({"label": _("Edit"), "url": reverse("web:edit", args=[slug, review.pk])})
    if review.state == State.PUBLISHED:
        url = reverse("web:review", args=[slug, review.pk])
        actions.append(
            {"label": _("Open the review"), "url": url, "outside": True, "quiet": bool(actions)}
        )
    if review.state in AUTHOR_MAY_ACT:
        url = reverse("web:withdraw", args=[slug, review.pk])
        actions.append({"label": _("Withdraw"), "url": url, "quiet": bool(actions)})
    else:
        url = reverse("web:product", args=[slug, review.app.ref])
        actions.append({"label": _("Write a new review"), "url": url})
    return actions
