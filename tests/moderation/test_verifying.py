"""`verify` finds where cases, decisions and what they are about don't say the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from arvio import clock
from arvio.due.models import Due
from arvio.moderation import appealing
from arvio.moderation.models import Case, DecisionDraft
from arvio.moderation.verifying import verify
from arvio.reviews import actions as reviews
from arvio.reviews.models import Reply, Review
from arvio.work.loop import work_once
from tests.cast import NOW, member
from tests.moderation.desk import Desk, desk
from tests.repeating import repeated

pytestmark = pytest.mark.django_db


@pytest.fixture
@repeated
def busy() -> Desk:
    """A case that waits, one of each outcome, a proposal, an appeal; nothing differs."""
    at = desk()
    store = at.stage
    at.report(store.published())
    at.decide(at.report(store.published()).case, "keep")
    restored = at.report(store.published(by=store.anna)).case
    at.decide(restored, "remove")
    case, appellant = appealing.as_author(viewer=store.anna, case_id=restored.pk)
    appealing.appeal(case=case, appellant=appellant, text="It is true.", now=at.now)
    at.decide(restored, "restore", by=at.maija)
    at.decide(at.report(store.published(by=store.arvo)).case, "remove")
    review = store.published()
    reply = reviews.send_reply(
        member=member(store), review_id=review.pk, text="Thank you.", now=at.now
    )
    at.decide(at.report(reply).case, "remove")
    ville = store.viewer(account=store.acme)
    withdrawn = store.published(by=ville)
    reviews.withdraw_review(viewer=ville, review_id=withdrawn.pk, now=at.now)
    assert list(verify(now=at.now)) == []
    return at


def _publish_again() -> None:
    Review.objects.filter(removed_rule="personal_data").update(state="published", removed_rule="")


BREAKS: dict[str, Callable[[], object]] = {
    "review": _publish_again,
    "reply": lambda: Reply.objects.update(state="live"),
    "outcome": lambda: Case.objects.filter(outcome="kept").update(outcome="removed"),
    "state": lambda: Case.objects.filter(state="open").update(state="decided"),
    "proposal": lambda: DecisionDraft.objects.create(
        case=Case.objects.get(state="open"),
        app=Case.objects.get(state="open").app,
        saved_by_id=Case.objects.exclude(decided_at=None).values_list("decisions__decided_by")[0][
            0
        ],
        saved_at=NOW,
        proposed_at=NOW,
    ),
    "due row": lambda: Due.objects.filter(kind="case_due").delete(),
    "due row case_due": lambda: Case.objects.filter(state="open").update(state="lapsed"),
    "decision": lambda: Review.objects.filter(state="published").update(
        state="removed",
        removed_rule="spam",
        removed_at=NOW,
        person_place=None,
        account_place=None,
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_whatever_was_changed_past_the_actions_is_found(busy: Desk, what: str) -> None:
    BREAKS[what]()
    assert [one for one in verify(now=busy.now) if what in one.what]


def test_an_overdue_case_needs_no_row_any_more_and_the_command_asks(
    busy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = busy.now + timedelta(days=40)
    work_once(now=later, kinds=["case_due"])
    assert list(verify(now=later)) == []
    monkeypatch.setattr(clock, "now", lambda: NOW)
    Case.objects.filter(outcome="kept").update(outcome="removed")
    with pytest.raises(CommandError, match="difference"):
        call_command("verify")
