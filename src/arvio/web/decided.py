"""What a moderator did with a review, in words for its author, and what the author may answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.moderation.models import CorrectionRequest, Decision, Thread
from arvio.moderation.own import Side
from arvio.web import language

State = CorrectionRequest.State


def ended(side: Side, again: str) -> dict[str, str]:
    """The note of a review that a decision took away. `side` has a decision."""
    decision = side.decision
    assert decision is not None  # noqa: S101  # for the type checker
    if decision.outcome == "upheld_superseded":
        return {
            "fact": _("Your appeal was right."),
            "rest": _("You had written a new review meanwhile, so that one stays."),
        }
    values = {"date": _day(decision.decided_at), "rule": side.rule.named if side.rule else ""}
    if decision.outcome == "rejected":
        fact = _("A moderator didn’t publish it on %(date)s, under the rule “%(rule)s”.")
    else:
        fact = _("It was removed on %(date)s under the rule “%(rule)s”.")
    return {"fact": fact % values, "rest": " ".join(filter(None, (again, _answer(side, decision))))}


def _answer(side: Side, decision: Decision) -> str:
    until = {"moment": written.limit(decision.appealable_until, language.current())}
    if side.may_appeal:
        return (
            _(
                "You can appeal before %(moment)s. Another moderator than the one who decided "
                "looks at it."
            )
            % until
        )
    return _("The time for an appeal ended on %(moment)s.") % until if not side.appeal else ""


def restored(side: Side) -> str:
    if side.decision is None or side.decision.outcome != "restored":
        return ""
    values = {"date": _day(side.decision.decided_at)}
    return _("After an appeal a moderator brought it back on %(date)s.") % values


def blocks(side: Side, *, ended: bool) -> list[dict[str, str]]:
    """Statement of reasons, appeal, correction: what stands below the note."""
    found = []
    decision = side.decision
    if ended and decision and decision.statement:
        by = _("Statement of reasons by a moderator")
        found.append({"by": by, "words": decision.statement})
    if ended and side.appeal:
        found.append({"by": _("Your appeal"), "text": appeal_words(side.appeal)})
    if not ended and side.correction:
        found.append(_correction(side.correction))
    return found


def appeal_words(appeal: Thread) -> str:
    if appeal.state == Thread.State.OPEN and appeal.due_at:
        values = {
            "date": _day(appeal.opened_at),
            "moment": written.limit(appeal.due_at, language.current()),
        }
        return _("Sent on %(date)s. Another moderator decides before %(moment)s.") % values
    values = {"date": _day(appeal.closed_at or appeal.last_at)}
    if appeal.outcome == "upheld_superseded":
        return (
            _("Another moderator found it right on %(date)s, and something newer stands.") % values
        )
    if appeal.decision and appeal.outcome != appeal.decision.outcome:
        return _("Another moderator found it right on %(date)s.") % values
    return _("Another moderator looked at it on %(date)s and came to the same decision.") % values


def _correction(asked: CorrectionRequest) -> dict[str, str]:
    by = _("Your request for a correction")
    if asked.state == State.OPEN:
        values = {"date": _day(asked.asked_at)}
        return {"by": by, "text": _("Sent on %(date)s. A moderator answers you.") % values}
    values = {"date": _day(asked.closed_at or asked.asked_at)}
    if asked.state == State.DONE:
        text = _("A moderator corrected the text on %(date)s. The earlier text is kept.")
    else:
        text = _("A moderator left the text as it is on %(date)s.")
    return {"by": by, "text": text % values, "words": asked.answer}


def actions(side: Side, slug: str, review: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if side.may_appeal:
        url = reverse("web:appeal_review", args=[slug, review])
        found.append({"label": _("Appeal"), "url": url, "quiet": True})
    if side.may_ask:
        url = reverse("web:correction", args=[slug, review])
        found.append({"label": _("Ask for a correction"), "url": url, "quiet": True})
    return found


def _day(at: Any) -> str:
    return written.day(at, language.current())
