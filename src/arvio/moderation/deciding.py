"""A moderator decides: the item, its rating and its places, the history, the notices, at once.

Two at the same moment meet at the case's lock: one wins, the other is told who was first.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from arvio.audit.rules import words_hash
from arvio.catalog import queries as catalog
from arvio.catalog.members import member
from arvio.catalog.models import PolicyVersion
from arvio.catalog.staff import Moderator
from arvio.due import actions as due
from arvio.moderation import flagged, guidelines, rules, telling
from arvio.moderation.errors import Declined, NoSuchCase
from arvio.moderation.history import write
from arvio.moderation.models import Case, Decision, DecisionDraft, Report, Thread
from arvio.moderation.reporting import OVERDUE
from arvio.moderation.standing import Standing
from arvio.moderation.states import AGAINST, CASE_MOVES, WAITING, CaseState
from arvio.policy.form import FieldError, FormError
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review
from arvio.reviews.moves import lock_with_due
from arvio.reviews.states import State


@dataclass(frozen=True)
class Words:
    """What a decision says: the action, the rule it rests on, the statement of reasons."""

    action: str
    rule: str = ""
    statement: str = ""


def case_of(*, moderator: Moderator, case_id: UUID) -> Case:
    """Raises NoSuchCase, also for another marketplace's and where no report counts yet."""
    rows = Case.objects.select_related("marketplace", "app__partner", "assigned_to")
    found = rows.filter(pk=case_id, marketplace=moderator.marketplace).first()
    if found is None or found.opened_at is None:
        raise NoSuchCase
    return found


def standing_of(case: Case) -> Standing:
    """As `_lock`, for looking only."""
    review = (
        Review.objects.select_related(
            "marketplace", "app__partner", "account", "user", "policy_version", "live_version",
            "pending_version",
        ).get(pk=case.review_id)
    )  # fmt: skip
    reply = Reply.objects.filter(pk=case.reply_id).first() if case.reply_id else None
    return Standing(case, review, reply)


def _lock(moderator: Moderator, case_id: UUID) -> Standing:
    """The case first, then what waits for its review, then the review: always in this order. Before
    each what waits for it, as the worker takes that first.
    """
    due.hold(kinds=(OVERDUE,), keys=[str(case_id)])
    locked = Case.objects.select_for_update(of=("self",)).filter(
        pk=case_id, marketplace=moderator.marketplace, opened_at__isnull=False
    )
    if not locked.exists():
        raise NoSuchCase
    case = Case.objects.select_related("marketplace", "app__partner").get(pk=locked.get().pk)
    review = lock_with_due(reviews=Review.objects.filter(pk=case.review_id))[0]
    reply = Reply.objects.filter(pk=case.reply_id).first() if case.reply_id else None
    return Standing(case, review, reply)


@transaction.atomic
def decide(
    *, moderator: Moderator, case_id: UUID, words: Words, now: datetime
) -> Decision | DecisionDraft:
    """A Decision; or, where the policy wants four eyes, the proposal that waits for a second
    moderator.

    Raises NoSuchCase, Declined, FormError.
    """
    standing = _lock(moderator, case_id)
    case = standing.case
    if case.state == CaseState.PROPOSED:
        raise Declined("waits_for_second")
    version, words = check_words(standing, moderator, words, now)
    if rules.needs_second(
        policy=version.policy,
        action=words.action,
        against=AGAINST,
        appealed=case.state == CaseState.APPEALED,
    ):
        return _propose(standing, moderator, words, now)
    return _decide(standing, version, words, moderator, None, now)


@transaction.atomic
def approve(
    *, moderator: Moderator, case_id: UUID, now: datetime, seen: str | None = None
) -> Decision:
    """A second moderator agrees with what the first proposed. `seen` is the `print_of` what they
    looked at: another proposal that came meanwhile isn't approved with it.

    Raises NoSuchCase, Declined, FormError.
    """
    standing = _lock(moderator, case_id)
    draft = _proposal(standing.case, moderator)
    if seen is not None and seen != print_of(draft):
        raise Declined("proposal_changed")
    words = Words(draft.action, draft.rule, draft.statement)
    version, words = check_words(standing, moderator, words, now)
    first = Moderator(draft.saved_by, moderator.marketplace, moderator.kind)
    return _decide(standing, version, words, first, moderator, now)


@transaction.atomic
def send_back(*, moderator: Moderator, case_id: UUID, note: str, now: datetime) -> None:
    """A second moderator doesn't agree: the case is open again, with what they say of it."""
    standing = _lock(moderator, case_id)
    draft = _proposal(standing.case, moderator)
    draft.note = rules.clean_note(note)
    draft.proposed_at = None
    draft.save(update_fields=["note", "proposed_at"])
    _set_state(standing.case, "send_back")
    write(standing.case, "case:sent_back", moderator.actor, now, {})


def print_of(draft: DecisionDraft) -> str:
    """The same for the same words of the same moderator, proposed at the same time."""
    at = draft.proposed_at.isoformat() if draft.proposed_at else ""
    words = (draft.action, draft.rule, draft.statement)
    return words_hash("", str(draft.saved_by_id), at, *words)


def _proposal(case: Case, moderator: Moderator) -> DecisionDraft:
    draft = DecisionDraft.objects.select_related("saved_by").filter(case=case).first()
    if case.state != CaseState.PROPOSED or draft is None:
        raise Declined("nothing_proposed")
    if draft.saved_by_id == moderator.person.pk:
        raise Declined("same_moderator")
    return draft


@transaction.atomic
def save_draft(*, moderator: Moderator, case_id: UUID, words: Words, now: datetime) -> None:
    """Keep what was typed; the last who saves wins. Raises NoSuchCase, Declined."""
    case = _lock(moderator, case_id).case
    if case.state == CaseState.PROPOSED:
        raise Declined("waits_for_second")
    if case.state not in WAITING:
        raise Declined("already_decided", **_who_decided(case))
    _write_draft(case, moderator, words, now, proposed_at=None)


def _write_draft(
    case: Case, moderator: Moderator, words: Words, now: datetime, proposed_at: datetime | None
) -> DecisionDraft:
    draft, _ = DecisionDraft.objects.update_or_create(
        case=case,
        defaults={
            "app_id": case.app_id,
            "action": words.action[:10],
            "rule": words.rule[:30],
            "statement": words.statement[: rules.LONGEST_STATEMENT],
            "note": "",
            "saved_by": moderator.person,
            "saved_at": now,
            "proposed_at": proposed_at,
        },
    )
    return draft


def _propose(
    standing: Standing, moderator: Moderator, words: Words, now: datetime
) -> DecisionDraft:
    case = standing.case
    _set_state(case, "propose")
    write(
        case,
        "case:proposed",
        moderator.actor,
        now,
        {"action": words.action, "rule": words.rule},
    )
    return _write_draft(case, moderator, words, now, proposed_at=now)


def check_words(
    standing: Standing, moderator: Moderator, words: Words, now: datetime
) -> tuple[PolicyVersion, Words]:
    case = standing.case
    if case.state not in WAITING:
        raise Declined("already_decided", **_who_decided(case))
    if case.state == CaseState.APPEALED and moderator.person.pk in deciders(case):
        raise Declined("same_moderator")
    if is_partys_own(case=case, moderator=moderator):
        raise Declined("own_partner")
    if words.action not in standing.actions:
        choices = [action for action in ("keep", "remove", "reject", "restore")
                   if action in standing.actions]  # fmt: skip
        raise FormError([FieldError("action", "not_a_choice", {"choices": choices})])
    version = catalog.policy_in_force(marketplace=case.marketplace, now=now)
    known = guidelines.in_force(marketplace=case.marketplace, now=now)
    statement = rules.check_decision_words(
        action=words.action,
        rule=words.rule,
        statement=words.statement,
        rules=known.keys,
        against=AGAINST,
    )
    return version, Words(words.action, words.rule, statement)


def is_partys_own(*, case: Case, moderator: Moderator) -> bool:
    """Nobody judges what is said of their own company's app."""
    return member(person=moderator.person, partner_id=case.app.partner_id) is not None


def deciders(case: Case) -> set[UUID]:
    """Who has decided in this case: an appeal goes to somebody else."""
    rows = Decision.objects.filter(case=case)
    first = set(rows.values_list("decided_by", flat=True))
    return first | set(rows.exclude(seconded_by=None).values_list("seconded_by_id", flat=True))


def _who_decided(case: Case) -> dict[str, Any]:
    last = Decision.objects.select_related("decided_by").filter(case=case).order_by("-number")
    found = last.first()
    if found is None:
        return {}
    return {
        "outcome": found.outcome,
        "by": found.decided_by.name or found.decided_by.email,
        "at": found.decided_at,
    }


def _decide(
    standing: Standing,
    version: PolicyVersion,
    words: Words,
    moderator: Moderator,
    second: Moderator | None,
    now: datetime,
) -> Decision:
    case = standing.case
    before = standing.item_state
    made = new_decision(standing, version, words, moderator, second, now)
    details = {"decision": str(made.pk), "rule": words.rule, "asked_by": asked_by(case)}
    done = _apply(standing, words, moderator.actor, details, now)
    made.outcome, made.item_state = rules.outcome_of(action=words.action, done=done), before
    made.save(force_insert=True)
    appeals = _close_appeals(case, made, now)
    if standing.reply is None:
        flagged.settle(decision=made, by=moderator.actor, now=now)
    _set_state(case, "decide", outcome=made.outcome, decided_at=now)
    due.cancel(kind=OVERDUE, keys=[str(case.pk)])
    DecisionDraft.objects.filter(case=case).delete()
    write(case, "case:decided", moderator.actor, now, _facts(made))
    telling.decided(standing=standing, decision=made, appeals=appeals, now=now)
    return made


def new_decision(
    standing: Standing,
    version: PolicyVersion,
    words: Words,
    moderator: Moderator,
    second: Moderator | None,
    now: datetime,
) -> Decision:
    case = standing.case
    number = Decision.objects.filter(case=case).count() + 1
    return Decision(
        marketplace=case.marketplace,
        app=case.app,
        case=case,
        number=number,
        action=words.action,
        rule=words.rule,
        guidelines_number=guidelines.in_force(marketplace=case.marketplace, now=now).number,
        policy_number=version.number,
        ground="illegal" if words.rule == "illegal" else "contractual",
        statement=words.statement,
        automated_detection=case.own and flagged.was_flagged(review_id=standing.review.pk),
        decided_by=moderator.person,
        seconded_by=second.person if second else None,
        salt=secrets.token_hex(16),
        decided_at=now,
        appealable_until=version.policy.moderation.appeal_window.add(now),
    )


def _apply(
    standing: Standing, words: Words, actor: str, details: Mapping[str, Any], now: datetime
) -> bool:
    """True when it is done; False where something newer stands in the way of a restore."""
    if words.action == "keep" or not _changes(standing, words.action):
        return True
    if standing.reply is not None:
        which: dict[str, Any] = {
            "review": standing.review,
            "reply": standing.reply,
            "actor": actor,
            "details": details,
            "now": now,
        }
        if words.action == "restore":
            return reviews.restore_reply(**which)
        reviews.remove_reply(**which)
        return True
    if words.action == "restore":
        return reviews.restore_review(review=standing.review, actor=actor, details=details, now=now)
    reviews.take_down(
        review=standing.review,
        to=State.REJECTED if words.action == "reject" else State.REMOVED,
        rule=words.rule,
        actor=actor,
        details=details,
        now=now,
    )
    return True


def _changes(standing: Standing, action: str) -> bool:
    """An appeal that fails says again what is so already."""
    return not (
        (action == "remove" and standing.item_state == "removed")
        or (action == "reject" and standing.item_state == "rejected")
    )


def open_appeals(case: Case) -> list[Thread]:
    rows = Thread.objects.select_related("user", "partner", "report__person", "report__user")
    return list(
        rows.filter(decision__case=case, state=Thread.State.OPEN).order_by("opened_at", "pk")
    )


def _close_appeals(case: Case, decision: Decision, now: datetime) -> list[Thread]:
    open_ones = open_appeals(case)
    Thread.objects.filter(pk__in=[thread.pk for thread in open_ones]).update(
        state=Thread.State.CLOSED, outcome=decision.outcome, closed_at=now
    )
    return open_ones


def asked_by(case: Case) -> list[str]:
    """Who reported, by kind alone."""
    rows = Report.objects.filter(case=case, confirmed_at__isnull=False)
    return sorted(set(rows.values_list("party", flat=True)))


def _facts(decision: Decision) -> dict[str, Any]:
    return {
        "decision": str(decision.pk),
        "number": decision.number,
        "action": decision.action,
        "outcome": decision.outcome,
        "rule": decision.rule,
        "guidelines": decision.guidelines_number,
        "statement": words_hash(decision.salt, decision.statement),
    }


def _set_state(case: Case, what: str, **fields: Any) -> None:
    case.state = CASE_MOVES[CaseState(case.state), what]
    for name, value in fields.items():
        setattr(case, name, value)
    case.save(update_fields=["state", *fields])


@transaction.atomic
def assign(*, moderator: Moderator, case_id: UUID, to: Moderator | None, now: datetime) -> None:
    """Take a case, give it to a colleague, or leave it to whoever comes. Raises NoSuchCase."""
    case = _lock(moderator, case_id).case
    person = to.person if to else None
    if case.assigned_to_id == (person.pk if person else None):
        return
    Case.objects.filter(pk=case.pk).update(assigned_to=person)
    after = {"to": str(person.pk) if person else None}
    write(case, "case:assigned", moderator.actor, now, after)
