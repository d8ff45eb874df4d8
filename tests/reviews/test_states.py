"""The table of moves, whole: what may follow what, and what it does to place and rating."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from arvio.reviews import states
from arvio.reviews.models import Review
from arvio.reviews.moves import change_state
from arvio.reviews.states import HOLDS_PLACE, MOVES, PUBLIC, State
from tests import cast

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "states.md"
EVERY_MOVE = list(itertools.product(State, State))


@pytest.mark.once
def test_the_documented_diagram_is_fresh() -> None:
    drawn = re.findall(r"```mermaid\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert drawn[0] == states.diagram()


@pytest.mark.once
def test_every_state_is_documented_and_can_be_reached() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for state in State:
        assert f"\n| {state} |" in text
    reached = {State.HELD} | {end for _, end in MOVES}
    assert reached == set(State)


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "end"), EVERY_MOVE, ids=[f"{a}-{b}" for a, b in EVERY_MOVE])
def test_a_move_is_in_the_table_or_refused(start: State, end: State) -> None:
    stage = cast.stage()
    review = stage.review(by=stage.anna)
    if start != State.HELD:
        review.published_at = stage.now
    review.state = start
    if start not in HOLDS_PLACE:
        review.person_place = review.account_place = None
    if (start, end) not in MOVES:
        with pytest.raises(ValueError, match=f"can't go from {start} to {end}"):
            move(review, end)
        return
    tag, sign = move(review, end)
    assert tag == MOVES[start, end]
    assert sign == (end in PUBLIC) - (start in PUBLIC)
    assert (review.person_place is None) == (end not in HOLDS_PLACE or start not in HOLDS_PLACE)
    assert (review.removed_at is None) == (end in HOLDS_PLACE)


def move(review: Review, to: State) -> tuple[str, int]:
    moved = change_state(review=review, to=to, actor="policy", at=cast.NOW, reason="spam")
    assert moved.entry.before is not None
    assert moved.entry.after is not None
    assert moved.entry.after["state"] == to
    return moved.entry.tag, moved.change.sign if moved.change else 0
