"""A review as its partner sees it, in words: a row of the inbox, the open review, what may be
answered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.explain import Names, explain_check
from arvio.catalog.members import Member
from arvio.catalog.words import age, brief_time_left, time_left
from arvio.moderation.partner_reads import Moderated
from arvio.reviews.inbox import DECIDED, PartnerReview
from arvio.reviews.states import State
from arvio.web import language, partner_notes, shown

Tag = dict[str, str]


def row(found: PartnerReview, *, query: str, current: bool, now: datetime) -> dict[str, Any]:
    public = found.public
    return {
        "id": public.id,
        "url": reverse("partner:review", args=[public.id]) + query,
        "current": current,
        "stars": public.stars,
        "author": public.display_name,
        "app": found.app.name,
        "at": public.submitted_at,
        "age": age(public.submitted_at, now),
        "language": public.language,
        "title": public.title,
        "text": public.text or public.pros or public.cons,
        "tags": _tags(found, now),
    }


def _tags(found: PartnerReview, now: datetime) -> list[Tag]:
    tags = []
    if found.waiting:
        tags.append(_tag("accent", "", _("Unanswered")))
    if found.public.reply:
        tags.append(_tag("good", "check", _("Reply sent")))
    if found.publishes_at:
        left = {"time": brief_time_left(found.publishes_at, now)}
        tags.append(_tag("warn", "clock", _("Publishes in %(time)s") % left))
    if found.pending:
        change = {"old": found.public.stars, "new": found.pending.stars}
        tags.append(_tag("warn", "clock", _("Edit waits %(old)s → %(new)s") % change))
    if found.state == State.ARCHIVED:
        tags.append(_tag("", "info", _("Archived")))
    if changed := _changed(found):
        tags.append(_tag("outline", "", changed))
    if found.public.imported:
        tags.append(_tag("", "import", _("Imported")))
    return tags


def _tag(kind: str, icon: str, text: str) -> Tag:
    return {"kind": kind, "icon": icon, "text": text}


def _changed(found: PartnerReview) -> str:
    if found.previous_stars is None or found.previous_stars == found.public.stars:
        return ""
    change = {"old": found.previous_stars, "new": found.public.stars}
    return _("Rating changed %(old)s → %(new)s") % change


def opened(
    found: PartnerReview, *, seen: Moderated, member: Member, address: str, now: datetime
) -> dict[str, Any]:
    """`seen` is what the partner may know of moderation, `address` the list's filters."""
    slug, public = member.marketplace.slug, found.public
    gone = found.state in DECIDED
    published = found.state == State.PUBLISHED
    review = shown.review(public, slug=slug)
    return {
        "review": {**review, "facts": _facts(review)},
        "app": {"ref": found.app.ref, "name": found.app.name, "partner": member.partner.name},
        "held": found.state == State.HELD,
        "notes": _notes(found, now)
        + partner_notes.notes(found, seen, member=member, address=address),
        "asks": partner_notes.asks(found, seen, member=member, address=address),
        "wordless": found.wordless,
        "changed": _changed(found),
        "pending": found.pending and shown.review(found.pending, slug=slug),
        "public_url": reverse("web:review", args=[slug, public.id]) if published else "",
        "reply_note": None if gone else _reply_note(found, member),
    }


def _facts(review: dict[str, Any]) -> list[str]:
    """What is public of who wrote it."""
    version = review["app_version"]
    facts = [
        _("Verified install") if review["verified"] else "",
        review["affiliation"],
        review["usage"],
        _("Version %(version)s") % {"version": version} if version else "",
        *review["about"],
    ]
    return [fact for fact in facts if fact]


def _notes(found: PartnerReview, now: datetime) -> list[dict[str, Any]]:
    """What the reader must know first: the time and the reason of the review's state."""
    notes: list[dict[str, Any]] = []
    if found.publishes_at:
        fact = _("Publishes on %(moment)s, in %(time)s.") % _until(found.publishes_at, now)
        notes.append({"kind": "warn", "icon": "clock", "fact": fact, "rest": _hold_rest(found)})
    if found.pending and found.pending_at:
        change = {"old": found.public.stars, "new": found.pending.stars}
        fact = _("Edit %(old)s → %(new)s: published on %(moment)s, in %(time)s.") % {
            **change,
            **_until(found.pending_at, now),
        }
        rest = _("Until then the page and the rating keep the present review. Both are below.")
        notes.append({"kind": "warn", "icon": "clock", "fact": fact, "rest": rest})
    if found.state == State.ARCHIVED:
        notes.append(
            {
                "kind": "",
                "icon": "info",
                "fact": _("It isn’t shown and doesn’t count at present."),
                "rest": _(
                    "Its author or their account doesn’t meet the conditions for reviews now. It "
                    "comes back by itself when that ends."
                ),
            }
        )
    return notes


def _until(due_at: datetime, now: datetime) -> dict[str, str]:
    return {
        "moment": written.moment(due_at, language.current(), now=now),
        "time": time_left(due_at, now),
    }


def _hold_rest(found: PartnerReview) -> str:
    by_itself = _("It happens by itself: neither you nor we can stop or delay it.")
    if found.public.reply:
        return by_itself + " " + _("Review and reply appear together.")
    if found.can_reply.allowed:
        return by_itself + " " + _("If you reply before that, review and reply appear together.")
    return by_itself


def _reply_note(found: PartnerReview, member: Member) -> dict[str, str] | None:
    """Why there is no editor; nothing where there is one."""
    if found.can_reply.allowed:
        if member.may("reply"):
            return None
        return {
            "fact": _("Your role here is reader."),
            "rest": _(
                "It reads everything. To reply, ask an owner of %(partner)s for the role replier."
            )
            % {"partner": member.partner.name},
        }
    if found.public.reply:
        return {"fact": "", "rest": _("The reply is sent and can’t be changed.")}
    text, unblocks = explain_check(found.can_reply.failed[0], Names(app=found.app.name))
    return {"fact": text, "rest": unblocks or ""}
