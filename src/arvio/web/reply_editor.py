"""The reply's editor in words: what stands in it, what is wrong with it, what sending means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.explain import explain_field_error
from arvio.catalog.members import Member
from arvio.policy.form import LONGEST_REPLY, FieldError, FormError, clean_line, clean_words
from arvio.reviews.inbox import PartnerReview
from arvio.reviews.queries import PublicReply
from arvio.reviews.replying import LONGEST_FIXED_IN
from arvio.reviews.states import State
from arvio.web import language, reply_tips, shown


@dataclass(frozen=True)
class Typed:
    """What a form brought. `standing` is the reply that its writer saw there, if any."""

    text: str
    fixed_in: str = ""
    standing: str = ""


def read(post: QueryDict) -> Typed:
    return Typed(post.get("text", ""), post.get("fixed_in", ""), post.get("standing", ""))


def check(typed: Typed) -> Typed:
    """Clean words, or FormError with all that is wrong."""
    errors: list[FieldError] = []
    cleaned = typed
    try:
        text = clean_words(text=typed.text, field="text", shortest=1, longest=LONGEST_REPLY)
        cleaned = replace(cleaned, text=text)
    except FormError as error:
        errors += error.errors
    try:
        version = clean_line(text=typed.fixed_in, field="fixed_in", longest=LONGEST_FIXED_IN)
        cleaned = replace(cleaned, fixed_in=version)
    except FormError as error:
        errors += error.errors
    if errors:
        raise FormError(errors)
    return cleaned


def standing(found: PartnerReview) -> str:
    return str(found.public.reply.id) if found.public.reply else ""


def show(
    found: PartnerReview,
    *,
    member: Member,
    typed: Typed | None,
    errors: Sequence[FieldError],
    now: datetime,
) -> dict[str, Any] | None:
    """The editor, or None where no reply can be written, or not by this member."""
    if not (found.can_reply.allowed and member.may("reply")):
        return None
    content = typed or _kept(found)
    wrong = {error.field: explain_field_error(error) for error in errors}
    return {
        "text": content.text,
        "fixed_in": content.fixed_in,
        "standing": standing(found),
        "changing": found.public.reply is not None,
        "errors": wrong,
        "longest": LONGEST_REPLY,
        "longest_fixed_in": LONGEST_FIXED_IN,
        "once": _once(found),
        "editable": _editable(found),
        "tips": reply_tips.show(found, member=member, text=content.text, now=now),
    }


def _kept(found: PartnerReview) -> Typed:
    """The draft; else the reply that may be changed."""
    if found.draft:
        return Typed(found.draft, found.draft_fixed_in)
    reply = found.public.reply
    return Typed(reply.text, reply.fixed_in) if reply else Typed("")


def _once(found: PartnerReview) -> str:
    if _editable(found):
        return _("There is one reply for each review. You can change it later.")
    return _("You can reply once, and the reply can’t be changed.")


def _editable(found: PartnerReview) -> bool:
    """By the review's own policy, which its verdict tells."""
    checks = {check.code: check.values for check in found.can_reply.checks}
    return bool(checks["already_replied"].get("editable"))


def preview(found: PartnerReview, typed: Typed, *, member: Member, now: datetime) -> dict[str, Any]:
    """The review as the public will see it, with the reply, and what sending it means."""
    reply = PublicReply(
        id=UUID(int=0),
        text=typed.text,
        replied_at=now,
        about_earlier_version=False,
        fixed_in=typed.fixed_in,
    )
    public = replace(found.public, reply=reply, published_at=None)
    return {
        "review": shown.review(public, slug=member.marketplace.slug),
        "app": {"ref": found.app.ref, "name": found.app.name, "partner": member.partner.name},
        "typed": typed,
        "standing": standing(found),
        "editable": _editable(found),
        "once": _once(found),
        "together": _together(found, now),
    }


def _together(found: PartnerReview, now: datetime) -> str:
    if not found.publishes_at:
        return _("It is public at once, and the author is told by e-mail if they wish.")
    moment = written.moment(found.publishes_at, language.current(), now=now)
    return _("Review and reply appear together on %(moment)s.") % {"moment": moment}


def late(found: PartnerReview) -> dict[str, str]:
    """Why words weren't sent though nothing is wrong with them."""
    if found.public.reply and found.can_reply.allowed:
        return {
            "fact": _("Another reply was sent while you were writing."),
            "rest": _("Yours isn’t sent. If you send it now, it takes the place of this one."),
        }
    if found.public.reply:
        return {
            "fact": _("Somebody of your team replied while you were writing."),
            "rest": _("Yours isn’t sent. Its text is below, so that you can copy it."),
        }
    return {
        "fact": _("Something changed while you were writing."),
        "rest": _("Your reply isn’t sent. Its text is still here."),
    }


def done(found: PartnerReview, what: str, *, now: datetime) -> dict[str, str] | None:
    """What has just been done, as the address says it: believed only where it is so."""
    if what == "saved" and found.draft:
        return {"fact": _("Draft saved."), "rest": _("All members of the partner see it here.")}
    if what == "emptied" and not found.draft:
        return {"fact": _("Draft removed."), "rest": ""}
    if what == "sent" and found.public.reply:
        rest = (
            _("The reply is public.") if found.state == State.PUBLISHED else _together(found, now)
        )
        return {"fact": _("Reply sent."), "rest": rest}
    return None
