"""A case as its moderators see it, in words: its head, the item as the public sees it, who
reported, what was decided before, and who may do what now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from arvio.catalog import staff
from arvio.catalog.staff import Moderator
from arvio.moderation import context, flagged, guidelines, previewing, queries, timeline
from arvio.moderation.context import Looked, Record
from arvio.moderation.deciding import is_partys_own, print_of
from arvio.moderation.errors import Declined
from arvio.moderation.flagged import Found
from arvio.moderation.models import Case, Decision, DecisionDraft, Report, Thread
from arvio.moderation.previewing import Preview
from arvio.moderation.standing import Standing
from arvio.moderation.states import WAITING, CaseState
from arvio.moderation.wording import declined, outcome
from arvio.policy.form import FieldError, FormError
from arvio.reviews.models import Reply
from arvio.reviews.states import State
from arvio.web import (
    desk_context,
    desk_decision,
    desk_history,
    desk_queue,
    desk_words,
    language,
    shown,
)
from arvio.web.desk_decision import Typed

Tag = dict[str, str]


@dataclass(frozen=True)
class Asked:
    """What came with the request: the words typed, what is wrong with them, a last look."""

    typed: Typed | None = None
    errors: Sequence[FieldError] = ()
    late: Declined | None = None
    preview: Preview | None = None
    note: str = ""
    done: str = ""


def opened(case: Case, *, moderator: Moderator, asked: Asked, now: datetime) -> dict[str, Any]:
    looked = context.look(moderator=moderator, review_id=case.review_id, now=now)
    standing = context.standing(case=case, looked=looked)
    draft = DecisionDraft.objects.select_related("saved_by").filter(case=case).first()
    decisions = queries.decisions_of(case=case)
    place = moderator.marketplace
    rules = guidelines.rules_in_force(marketplace=place, now=now, language=language.current())
    reports = queries.reports_of(case=case)
    left = queries.days_left(case, now)
    found: dict[str, Any] = {
        "case": case,
        "heading": desk_queue.reason_name(case.reason),
        "item_name": desk_queue.ITEMS[case.item](),
        "due": desk_queue.due_tag(case, left, now),
        "was_due": case.due_at is not None and case.due_at <= now,
        "waits": case.state in WAITING,
        "item": item(looked, standing),
        "reports": _reports(reports, context.records(reports=reports), moderator),
        "decisions": [_decision(one, place) for one in decisions],
        "appeals": [_appeal(one) for one in queries.appeals_of(case=case)],
        "around": desk_context.show(
            looked, context.around(review=looked.review, case=case, now=now), standing, now=now
        ),
        "history": desk_history.show(
            timeline.events(review=looked.review, case=case), moderator=moderator
        ),
        "colleagues": _colleagues(case, moderator),
        "mine": case.assigned_to_id == moderator.person.pk,
        "late": declined(asked.late) if asked.late else "",
        "done": DONE.get(asked.done, lambda: "")(),
    }
    found |= _deciding(standing, draft, decisions, rules, moderator, asked, now)
    return found


DONE = {
    "saved": lambda: _("The draft is saved. Nobody is told yet."),
    "proposed": lambda: _("The decision is proposed. It takes effect when another agrees."),
    "sent_back": lambda: _("The proposal is sent back. The case is open again."),
    "assigned": lambda: _("The case has changed hands."),
    "decided": lambda: _("It is decided, and everybody whom it concerns is told."),
    "opened": lambda: _("The case is open. Its clock runs."),
}


def _deciding(
    standing: Standing,
    draft: DecisionDraft | None,
    decisions: Sequence[Decision],
    rules: Sequence[guidelines.RuleWords],
    moderator: Moderator,
    asked: Asked,
    now: datetime,
) -> dict[str, Any]:
    """The form, a last look, the proposal of somebody else, or why there is none of these."""
    case, partner = standing.case, standing.review.app.partner.name
    typed = asked.typed
    kept = typed.text if typed and case.state not in {CaseState.OPEN, CaseState.APPEALED} else ""
    if case.state == CaseState.PROPOSED and draft:
        return {"proposal": _proposal(standing, draft, rules, moderator, asked, now), "kept": kept}
    if case.state not in WAITING:
        return {"kept": kept}
    if case.state == CaseState.APPEALED and _decided_by(decisions, moderator):
        return {"not_yours": declined(Declined("same_moderator")), "kept": typed and typed.text}
    if is_partys_own(case=case, moderator=moderator):
        return {"not_yours": declined(Declined("own_partner")), "kept": typed and typed.text}
    if asked.preview:
        seen = desk_decision.look(asked.preview, standing, rules=rules, partner=partner)
        return {"look": seen}
    return {
        "form": desk_decision.form(
            standing,
            typed or desk_decision.of_draft(draft),
            rules=rules,
            errors=asked.errors,
            moderator=moderator,
        ),
        "draft": draft and _draft(draft, moderator),
    }


def _decided_by(decisions: Sequence[Decision], moderator: Moderator) -> bool:
    mine = moderator.person.pk
    return any(mine in (one.decided_by_id, one.seconded_by_id) for one in decisions)


def _draft(draft: DecisionDraft, moderator: Moderator) -> dict[str, Any]:
    mine = draft.saved_by_id == moderator.person.pk
    return {
        "by": "" if mine else draft.saved_by.name or draft.saved_by.email,
        "at": draft.saved_at,
        "note": draft.note,
    }


def _proposal(
    standing: Standing,
    draft: DecisionDraft,
    rules: Sequence[guidelines.RuleWords],
    moderator: Moderator,
    asked: Asked,
    now: datetime,
) -> dict[str, Any]:
    """As the second moderator judges it. The item may have changed since, so that it can't be done
    any more: then it can only be sent back.
    """
    found: dict[str, Any] = {
        "by": draft.saved_by.name or draft.saved_by.email,
        "at": draft.proposed_at,
        "seen": print_of(draft),
        "mine": draft.saved_by_id == moderator.person.pk,
        "text": draft.statement,
        "rule_name": {rule.key: rule.named for rule in rules}.get(draft.rule, ""),
        "note": asked.note,
        "errors": {error.field: _("Say what should be different.") for error in asked.errors},
    }
    labels = {action: label for action, label, _then in desk_decision.choices(standing)}
    found["choice"] = labels.get(draft.action, "")
    try:
        preview = previewing.preview_proposal(moderator=moderator, draft=draft, now=now)
    except FormError:
        return found
    partner = standing.review.app.partner.name
    seen = desk_decision.look(preview, standing, rules=rules, partner=partner)
    return found | {
        "look": seen,
        "button": desk_decision.button(draft.action, standing, second=False),
    }


def item(looked: Looked, standing: Standing | None) -> dict[str, Any]:
    """The review as the public sees it, with what screening found; and the reply, if it is that."""
    review = looked.review
    words = shown.review(looked.public, slug=review.marketplace.slug)
    flags, highlights = flagged.found_in(review=review)
    reply = standing.reply if standing else None
    return {
        "review": desk_words.marked({**words, "facts": facts(words)}, highlights),
        "app": {"ref": review.app.ref, "name": review.app.name, "partner": review.app.partner.name},
        "flags": [_flag(one) for one in flags],
        "state": state_tag(review.state, review.removed_rule),
        "reply": _reply(reply) if reply else words["reply"],
        "reply_state": reply_tag(reply) if reply else None,
        "reported_reply": reply is not None,
        "pending": looked.pending and shown.review(looked.pending, slug=review.marketplace.slug),
        "public_url": words["url"] if review.state == State.PUBLISHED else "",
        "desk_url": reverse("desk:review", args=[review.pk]),
    }


def _flag(found: Found) -> dict[str, Any]:
    url = reverse("desk:review", args=[found.similar]) if found.similar else ""
    return {"found": found, "url": url}


def _reply(reply: Reply) -> dict[str, Any]:
    return {
        "id": reply.pk,
        "text": reply.text,
        "at": reply.replied_at,
        "fixed_in": reply.fixed_in,
        "about_earlier_version": False,
    }


def facts(review: Mapping[str, Any]) -> list[str]:
    """What is public of who wrote it."""
    version = review["app_version"]
    found = [
        _("Verified install") if review["verified"] else "",
        review["affiliation"],
        review["usage"],
        _("Version %(version)s") % {"version": version} if version else "",
        *review["about"],
    ]
    return [fact for fact in found if fact]


def state_tag(state: str, rule: str = "") -> Tag:
    kind, icon, text = {
        State.HELD: ("warn", "clock", _("Waits for publication")),
        State.PUBLISHED: ("", "eye", _("Visible to the public")),
        State.ARCHIVED: ("", "info", _("Archived, not visible")),
        State.REJECTED: ("bad", "cross", _("Not published")),
        State.REMOVED: ("bad", "cross", _("Removed")),
    }[State(state)]
    if rule == "withdrawn":
        text = _("Withdrawn by its author")
    return {"kind": kind, "icon": icon, "text": text}


def reply_tag(reply: Reply) -> Tag:
    kind, icon, text = {
        "live": ("", "eye", _("Visible to the public")),
        "replaced": ("", "info", _("Replaced by a newer reply")),
        "removed": ("bad", "cross", _("Removed")),
    }[str(reply.state)]
    return {"kind": kind, "icon": icon, "text": text}


def _reports(
    reports: Sequence[Report], records: Mapping[str, Record], moderator: Moderator
) -> list[dict[str, Any]]:
    return [
        {
            "who": _reporter(report, moderator),
            "at": report.confirmed_at or report.filed_at,
            "reason": desk_queue.reason_name(report.reason),
            "comment": report.comment,
            "erased": report.erased_at is not None,
            "record": records.get(report.reporter_key),
            "language": report.language,
        }
        for report in reports
    ]


def _reporter(report: Report, moderator: Moderator) -> str:
    if report.party == Report.Party.VISITOR:
        return _("Visitor, e-mail confirmed")
    if report.party == Report.Party.CUSTOMER and report.user:
        return _("Customer, %(account)s") % {"account": report.user.account.name}
    if report.party == Report.Party.PARTNER and report.partner:
        return _("Partner: %(partner)s") % {"partner": report.partner.name}
    if report.person and report.person.pk == moderator.person.pk:
        return _("You, as a moderator")
    name = (report.person.name or report.person.email) if report.person else ""
    return _("Moderator: %(name)s") % {"name": name}


def _decision(decision: Decision, place: Any) -> dict[str, Any]:
    rule = ""
    if decision.rule:
        rule = guidelines.rule_words(
            marketplace=place,
            number=decision.guidelines_number,
            key=decision.rule,
            language=language.current(),
        ).named
    names = [one.name or one.email for one in (decision.decided_by, decision.seconded_by) if one]
    return {
        "outcome": outcome(decision.outcome),
        "by": ", ".join(names),
        "at": decision.decided_at,
        "rule": rule,
        "text": decision.statement,
        "erased": decision.erased_at is not None,
        "until": decision.appealable_until,
        "guidelines": decision.guidelines_number,
        "policy": decision.policy_number,
    }


def _appeal(thread: Thread) -> dict[str, Any]:
    who = {
        "author": _("The author"),
        "partner": _("Partner: %(partner)s")
        % {"partner": thread.partner.name if thread.partner else ""},
        "reporter": _("A reporter"),
    }[str(thread.party)]
    messages = list(thread.messages.all())
    return {
        "who": who,
        "at": thread.opened_at,
        "open": thread.state == Thread.State.OPEN,
        "outcome": outcome(thread.outcome) if thread.outcome else "",
        "texts": [message.text for message in messages],
    }


def _colleagues(case: Case, moderator: Moderator) -> list[dict[str, Any]]:
    others = staff.colleagues(marketplace=moderator.marketplace)
    return [
        {"id": one.person.pk, "name": one.name, "chosen": one.person.pk == case.assigned_to_id}
        for one in others
    ]
