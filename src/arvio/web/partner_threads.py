"""A partner's conversations with the moderators, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.explain import explain_field_error
from arvio.catalog.members import Member
from arvio.moderation import partner_reads
from arvio.moderation.guidelines import rule_words
from arvio.moderation.models import Decision, Thread, ThreadMessage
from arvio.moderation.partner_reads import AGAINST
from arvio.moderation.threads import MODERATOR, outcome_words
from arvio.moderation.wording import outcome
from arvio.policy.form import FormError
from arvio.reviews.deciding import NOT_DECIDED
from arvio.reviews.models import Review
from arvio.web import language

Words = dict[str, Any]


def row(thread: Thread) -> Words:
    return {
        "url": reverse("partner:dispute", args=[thread.pk]),
        "heading": _heading(thread),
        "app": thread.review.app,
        "stars": thread.review.stars,
        "opened_at": thread.opened_at,
        "last_at": thread.last_at,
        "tags": _tags(thread, unread=partner_reads.is_unread(thread)),
    }


def opened(thread: Thread, *, member: Member) -> Words:
    review = thread.review
    gone = review.removed_rule in NOT_DECIDED
    return {
        "heading": _heading(thread),
        "app": review.app,
        "stars": review.stars,
        "submitted_at": review.submitted_at,
        "review_url": "" if gone else _review_url(review),
        "tags": _tags(thread, unread=False),
        "note": _note(thread),
    }


def _review_url(review: Review) -> str:
    return reverse("partner:review", args=[review.pk])


def _heading(thread: Thread) -> str:
    app = {"app": thread.review.app.name}
    if thread.kind == Thread.Kind.APPEAL:
        return _("Appeal about %(app)s") % app
    return _("Dispute about %(app)s") % app


def _tags(thread: Thread, *, unread: bool) -> list[dict[str, str]]:
    found = []
    if unread:
        found.append({"kind": "accent", "icon": "", "text": _("New answer")})
    if thread.state == Thread.State.OPEN:
        found.append({"kind": "warn", "icon": "clock", "text": _("Open")})
    else:
        found.append({"kind": "", "icon": "check", "text": _closed_tag(thread)})
    return found


def _closed_tag(thread: Thread) -> str:
    if thread.kind == Thread.Kind.APPEAL:
        return outcome(thread.outcome)
    return {
        "stays": _("Closed: the review stays"),
        "corrected": _("Closed: the text was corrected"),
        "case": _("Closed: a case was opened"),
    }[thread.outcome]


def _note(thread: Thread) -> Words:
    """How it stands and what comes of it."""
    if thread.kind == Thread.Kind.APPEAL:
        return _appeal_note(thread)
    if thread.state == Thread.State.OPEN:
        return {
            "kind": "",
            "icon": "info",
            "fact": _("It hides nothing: the review stays as it is."),
            "rest": _("Your team and the moderators read this, nobody else."),
        }
    closed = written.day(thread.closed_at or thread.last_at, language.current())
    fact = _("Closed on %(date)s.") % {"date": closed}
    return {"kind": "", "icon": "check", "fact": fact, "rest": outcome_words(thread.outcome)}


def _appeal_note(thread: Thread) -> Words:
    decision = partner_reads.decision_about(thread=thread)
    if thread.state == Thread.State.OPEN or decision is None:
        due_at = thread.due_at or thread.opened_at
        values = {"moment": written.limit(due_at, language.current())}
        return {
            "kind": "",
            "icon": "clock",
            "fact": _("Another moderator decides before %(moment)s.") % values,
            "rest": _("Nothing changes until then, nothing can be added. The answer is mailed."),
        }
    values = {
        "moment": written.limit(decision.decided_at, language.current()),
        "outcome": outcome(decision.outcome),
    }
    return {
        "kind": "",
        "icon": "check",
        "fact": _("Decided on %(moment)s: %(outcome)s.") % values,
        "rest": " ".join(filter(None, (_rule(decision), _("This decision is final here.")))),
        **_statement(decision),
    }


def _rule(decision: Decision) -> str:
    if decision.outcome not in AGAINST or not decision.rule:
        return ""
    words = rule_words(
        marketplace=decision.marketplace,
        number=decision.guidelines_number,
        key=decision.rule,
        language=language.current(),
    )
    return _("The rule it breaks: %(rule)s.") % {"rule": words.named}


def _statement(decision: Decision) -> Words:
    """The reasons go to whom a decision concerns: of a review to its author, of a reply to us."""
    if decision.case.item != "reply" or not decision.statement:
        return {}
    return {"quote": decision.statement, "quote_by": _("Statement of reasons")}


def said(messages: Sequence[ThreadMessage], *, seen: int, member: Member) -> list[Words]:
    """The moderators are one voice, a team's members have names."""
    return [
        {
            "id": f"m{message.number}",
            "by": _by(message, member),
            "staff": message.party == MODERATOR,
            "new": message.party == MODERATOR and message.number > seen,
            "at": message.sent_at,
            "text": message.text,
            "erased": message.erased_at is not None,
        }
        for message in messages
    ]


def _by(message: ThreadMessage, member: Member) -> str:
    if message.party == MODERATOR:
        return _("The moderators")
    person = message.person
    return (person.name or person.email) if person else member.partner.name


def sentence(error: FormError) -> str:
    return explain_field_error(error.errors[0])
