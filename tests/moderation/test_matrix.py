"""Every state of a review, every action, every role: the table of `moderation.states`, tried."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from arvio.catalog import actions as catalog
from arvio.moderation import appealing, correcting, states, threads
from arvio.moderation.models import Case
from arvio.moderation.states import MATRIX, ROLES
from arvio.reviews import actions as reviews
from arvio.reviews import states as review_states
from arvio.reviews.models import Review
from arvio.reviews.states import State
from arvio.work.loop import work_once
from tests.cast import member, rival
from tests.moderation.desk import Desk, desk

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "states.md"
CELLS = list(itertools.product(MATRIX, State))
WORDS = "The import works again."


@pytest.mark.django_db
@pytest.mark.parametrize(("action", "state"), CELLS, ids=[f"{a}, {s}" for a, s in CELLS])
def test_who_may_do_what_when(action: str, state: State) -> None:
    at = desk(preset="bitrix24-2025")
    review = bring_to(at, state, appealed=action != "appeal")
    people = cast(at)
    if action.startswith("decide") and not Case.objects.exists():
        at.report(review, by=at.otto, reason="spam")
    may = {role for role in ROLES if tried(at, review, action, people[role])}
    assert may == MATRIX[action].get(state, frozenset())


def bring_to(at: Desk, state: State, *, appealed: bool) -> Review:
    """Anna's review, by the real actions; what a decision ended was decided by Mika."""
    store = at.stage
    if state in (State.HELD, State.REJECTED):
        review = store.review(by=store.anna)
    else:
        review = store.published(by=store.anna)
    if state == State.ARCHIVED:
        assert store.anna.account is not None
        catalog.ban(account=store.anna.account, user=store.anna.user, reason="Spam", now=at.now)
        work_once(now=at.now)
    if state in (State.REJECTED, State.REMOVED):
        case = at.report(review, by=at.otto, reason="spam").case
        at.decide(case, "reject" if state == State.REJECTED else "remove", rule="spam")
        if appealed:
            found, appellant = appealing.as_author(viewer=store.anna, case_id=case.pk)
            appealing.appeal(case=found, appellant=appellant, text=WORDS, now=at.now)
    review.refresh_from_db()
    assert review.state == state
    return review


def cast(at: Desk) -> dict[str, Any]:
    vera, _ = rival(at.stage)
    elsewhere = desk(slug="elsewhere")
    return {
        "visitor": None,
        "author": at.stage.anna,
        "colleague": at.stage.arvo,
        "owner": member(at.stage),
        "replier": member(at.stage, "pavel@mail.example"),
        "reader": member(at.stage, "rita@mail.example"),
        "rival": vera,
        "moderator": at.mika,
        "second": at.maija,
        "operator": at.otto,
        "outsider": elsewhere.mika,
    }


def tried(at: Desk, review: Review, action: str, who: Any) -> bool:
    """Did it go through? What it did is undone, so that the next one finds the same state."""
    try:
        with transaction.atomic():
            ACTIONS[action](at, review, who)
            transaction.set_rollback(True)
    except Exception as refusal:
        # A refusal says what it is; else it is a caller of another kind, or a fault of ours.
        if hasattr(refusal, "code") or isinstance(refusal, AttributeError | AssertionError):
            return False
        raise
    return True


def edit(at: Desk, review: Review, who: Any) -> None:
    reviews.edit_review(viewer=who, review_id=review.pk, changes={"text": WORDS}, now=at.now)


def withdraw(at: Desk, review: Review, who: Any) -> None:
    reviews.withdraw_review(viewer=who, review_id=review.pk, now=at.now)


def reply(at: Desk, review: Review, who: Any) -> None:
    reviews.send_reply(member=who, review_id=review.pk, text=WORDS, now=at.now)


def report(at: Desk, review: Review, who: Any) -> None:
    Case.objects.filter(review=review, state="open").update(state="decided", decided_at=at.now)
    at.report(review, by=who, reason="spam")


def dispute(at: Desk, review: Review, who: Any) -> None:
    threads.open_dispute(member=who, review_id=review.pk, text=WORDS, now=at.now)


def ask(at: Desk, review: Review, who: Any) -> None:
    asked: dict[str, Any] = {"review_id": review.pk, "text": WORDS, "reason": WORDS, "now": at.now}
    if hasattr(who, "partner"):
        correcting.ask_as_partner(member=who, **asked)
    else:
        correcting.ask_as_author(viewer=who, **asked)


def correct(at: Desk, review: Review, who: Any) -> None:
    correcting.correct_review(
        moderator=staff(who), review_id=review.pk, words={"text": WORDS}, reason="Asked", now=at.now
    )


def appeal(at: Desk, review: Review, who: Any) -> None:
    found = Case.objects.filter(review=review).order_by("-created_at").first()
    assert found is not None
    case_id = found.pk
    if hasattr(who, "partner"):
        case, appellant = appealing.as_partner(member=who, case_id=case_id)
    else:
        case, appellant = appealing.as_author(viewer=who, case_id=case_id)
    appealing.appeal(case=case, appellant=appellant, text=WORDS, now=at.now)


def decide(action: str) -> Callable[[Desk, Review, Any], None]:
    def act(at: Desk, review: Review, who: Any) -> None:
        case = Case.objects.filter(review=review).latest("created_at", "pk")
        at.decide(case, action, by=staff(who), rule="spam")

    return act


def staff(who: Any) -> Any:
    """Only staff has a way to the desk: others never get as far as the action."""
    assert hasattr(who, "kind") and not hasattr(who, "partner")
    return who


ACTIONS: dict[str, Callable[[Desk, Review, Any], None]] = {
    "edit": edit,
    "withdraw": withdraw,
    "reply": reply,
    "report": report,
    "dispute": dispute,
    "ask for a correction": ask,
    "correct": correct,
    "appeal": appeal,
    **{f"decide {action}": decide(action) for action in ("keep", "remove", "reject", "restore")},
}


@pytest.mark.once
def test_the_documented_diagrams_and_the_table_are_those_of_the_code() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    drawn = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    assert drawn == [review_states.diagram(), states.diagram()]
    assert text.endswith(states.table())
    said = io.StringIO()
    call_command("states", stdout=said)
    assert said.getvalue() == review_states.diagram() + states.diagram() + states.table()


@pytest.mark.once
def test_every_action_and_role_of_the_table_is_tried() -> None:
    assert set(ACTIONS) == set(MATRIX)
    named = {role for row in MATRIX.values() for roles in row.values() for role in roles}
    assert named <= set(ROLES)
